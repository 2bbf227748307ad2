import { createContext, Script } from 'node:vm';
import { Template } from '@huggingface/jinja';
import { LonghandError } from '../../base/errors.ts';
import type { Tokenizer } from './tokenizer.ts';
import { alternatives, splitter } from './vocabulary.ts';

export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

export interface RenderOptions {
  /** Whether the text ends with the beginning of the assistant's next message. */
  readonly addGenerationPrompt?: boolean;
  readonly bosToken?: string;
  readonly eosToken?: string;
}

/** What most models without a template of their own were trained with. */
const chatMl = `{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}`;

/** The longest template accepted; those in use have up to about 20,000 characters. */
const longestTemplate = 2 ** 18;
/**
 * Some templates write today's date. Here it is always the same: what is kept of documents was read behind the beginning of
 * the prompt, and would be of no use tomorrow. The library defines the function by itself, and takes no other in its place,
 * but a template may set it anew. (What comes behind keeps a line end at the template's beginning.)
 */
const datesAreFixed = `{% set strftime_now = fixed_date %}{{ '' }}`;
const fixedDate = '26 Jul 2024';

/** A template is a program from a file: it may loop for ever. */
const timeLimitMs = 2000;

/**
 * The text of a conversation as the model was trained to see it: the Jinja template of the GGUF file
 * (`tokenizer.chat_template`), or ChatML where there is none.
 * Some templates refuse a system message; then it is put before the first user message.
 * Throws `bad-file` when the template is broken, refuses the messages, or does not come to an end.
 */
export function renderChat(
  template: string | undefined,
  messages: readonly ChatMessage[],
  options: RenderOptions = {},
): string {
  const source = template ?? chatMl;
  if (source.length > longestTemplate) throw broken(`it has ${source.length} characters`);
  try {
    return render(source, messages, options);
  } catch (error) {
    const merged = withoutSystem(messages);
    if (!merged) throw error;
    return render(source, merged, options);
  }
}

function render(source: string, messages: readonly ChatMessage[], options: RenderOptions): string {
  const { addGenerationPrompt = false, bosToken = '', eosToken = '' } = options;
  const variables = {
    messages,
    add_generation_prompt: addGenerationPrompt,
    bos_token: bosToken,
    eos_token: eosToken,
  };
  const writesDate = source.includes('strftime_now');
  try {
    return withTimeLimit(() =>
      writesDate
        ? new Template(datesAreFixed + source).render({ ...variables, fixed_date: () => fixedDate })
        : new Template(source).render(variables),
    );
  } catch (cause) {
    throw broken(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** Runs inside a script of another context, because that is what V8 can stop. */
function withTimeLimit(run: () => string): string {
  const results: string[] = [];
  const step = (): void => {
    results.push(run());
  };
  new Script('step()').runInContext(createContext({ step }), { timeout: timeLimitMs });
  return results.join('');
}

function broken(problem: string, options?: ErrorOptions): LonghandError {
  return new LonghandError('bad-file', `The model's chat template cannot be used: ${problem}.`, options);
}

/** The conversation with its system message put before the first user message; undefined without one. */
function withoutSystem(messages: readonly ChatMessage[]): ChatMessage[] | undefined {
  const [system, user, ...rest] = messages;
  if (system?.role !== 'system' || user?.role !== 'user') return undefined;
  return [{ role: 'user', content: `${system.content}\n\n${user.content}` }, ...rest];
}

/**
 * The tokens of a conversation. Control tokens come from the template only: in what a person or a document wrote,
 * "<|im_end|>" is plain text and cannot end a message. Without such strings in the messages, the tokens are
 * those of the rendered text. The BOS token is put before it when the model expects one and the template has none.
 * Throws as `renderChat` does.
 */
export function encodeChat(
  tokenizer: Tokenizer,
  template: string | undefined,
  messages: readonly ChatMessage[],
  options: { readonly addGenerationPrompt?: boolean } = {},
): Int32Array {
  return encodeParts(tokenizer, template, messages, undefined, options)[0] as Int32Array;
}

/** Stands in a message for what is put there later; no text has it. */
export const placeholder = '\u{10fffd}';

/**
 * The tokens of a conversation before and after the placeholder, which one of the messages holds; each as if the other
 * were not there. Throws as `renderChat` does, and `bad-file` when the template loses the placeholder.
 */
export function encodeChatAround(
  tokenizer: Tokenizer,
  template: string | undefined,
  messages: readonly ChatMessage[],
  options: { readonly mergesSystem?: boolean } = {},
): { before: Int32Array; after: Int32Array } {
  const [before, after, ...more] = encodeParts(tokenizer, template, messages, placeholder, options);
  if (!before || !after || more.length > 0) throw broken('it does not show each message once');
  return { before, after };
}

/** Conversations that all begin with the same system message, and with what is put behind it. */
export interface ChatsBehind {
  /** The tokens that all of them begin with. */
  readonly before: Int32Array;
  /**
   * The tokens of a conversation, its system message left out, behind what is put there. Throws as `encodeChatAround`, and
   * `bad-file` when the template lets this conversation begin in another way.
   */
  encodeAfter(messages: readonly ChatMessage[]): Int32Array;
}

/**
 * Encodes conversations behind a system message and what is put behind that. Some templates put the system message before
 * the last question, so that earlier turns would come before it: with these it is a part of the first question. Throws as
 * `encodeChatAround`.
 */
export function encodeChatsBehind(tokenizer: Tokenizer, template: string | undefined, system: string): ChatsBehind {
  const first: ChatMessage = { role: 'system', content: `${system}\n\n${placeholder}` };
  const encode = (messages: readonly ChatMessage[], mergesSystem: boolean) =>
    encodeChatAround(tokenizer, template, [first, ...messages], { mergesSystem });
  const mergesSystem = !beginAlike((messages) => encode(messages, false).before);
  const { before } = encode([{ role: 'user', content: '' }], mergesSystem);
  return {
    before,
    encodeAfter(messages) {
      const encoded = encode(messages, mergesSystem);
      if (isSame(encoded.before, before)) return encoded.after;
      throw broken('it puts earlier messages before the system message');
    },
  };
}

/** Whether a conversation begins as a single question does; not when the template refuses it or does not show the beginning. */
function beginAlike(beginningOf: (messages: readonly ChatMessage[]) => Int32Array): boolean {
  const question: ChatMessage = { role: 'user', content: 'a' };
  const answer: ChatMessage = { role: 'assistant', content: 'b' };
  try {
    return isSame(beginningOf([question]), beginningOf([question, answer, question]));
  } catch {
    return false;
  }
}

const isSame = (a: Int32Array, b: Int32Array): boolean => a.length === b.length && a.every((id, at) => id === b[at]);

interface EncodeOptions {
  readonly addGenerationPrompt?: boolean;
  /** The system message becomes a part of the first question. */
  readonly mergesSystem?: boolean;
}

/** The tokens of a conversation in parts: those before, between and after the dividers, if there is one. */
function encodeParts(
  tokenizer: Tokenizer,
  template: string | undefined,
  messages: readonly ChatMessage[],
  divider: string | undefined,
  { addGenerationPrompt = true, mergesSystem = false }: EncodeOptions = {},
): Int32Array[] {
  const { bos, eos, controlTokens } = tokenizer;
  const contents = messages.map(({ content }) => content);
  const strings = [...controlTokens.keys(), ...(divider === undefined ? [] : [divider])];
  const disguise = createDisguise(strings, [template ?? chatMl, ...contents]);
  const hidden = hideAround(divider, messages, disguise);
  const text = renderChat(template, (mergesSystem ? withoutSystem(hidden) : undefined) ?? hidden, {
    addGenerationPrompt,
    bosToken: tokenText(tokenizer, bos),
    eosToken: tokenText(tokenizer, eos),
  });
  const parts = divider === undefined ? [text] : text.split(divider);
  return parts.map((part, index) => {
    const ids: number[] = [];
    for (const piece of splitter(controlTokens)(part)) {
      if (typeof piece === 'number') ids.push(piece);
      else for (const id of tokenizer.encode(disguise.reveal(piece))) ids.push(id);
    }
    if (index === 0 && tokenizer.addsBos && bos !== undefined && ids[0] !== bos) ids.unshift(bos);
    return Int32Array.from(ids);
  });
}

/** The messages disguised, but for the divider: the last one in the first message that has it. */
function hideAround(
  divider: string | undefined,
  messages: readonly ChatMessage[],
  { hide }: Disguise,
): readonly ChatMessage[] {
  const holder = messages.findIndex(({ content }) => divider !== undefined && content.includes(divider));
  return messages.map(({ role, content }, index) => {
    if (divider === undefined || index !== holder) return { role, content: hide(content) };
    const at = content.lastIndexOf(divider);
    return { role, content: hide(content.slice(0, at)) + divider + hide(content.slice(at + divider.length)) };
  });
}

function tokenText(tokenizer: Tokenizer, id: number | undefined): string {
  return id === undefined ? '' : new TextDecoder().decode(tokenizer.tokenBytes(id));
}

interface Disguise {
  hide(text: string): string;
  reveal(text: string): string;
}

/**
 * A reversible change of texts after which they contain none of `strings`: the first character of each occurrence
 * is replaced by a private-use character that no text has. Text is otherwise unchanged, so that a template
 * treats it as it would have (trims it, looks for other strings in it).
 */
function createDisguise(strings: readonly string[], texts: readonly string[]): Disguise {
  if (strings.length === 0) return { hide: (text) => text, reveal: (text) => text };
  const occurrence = new RegExp(`(?=${alternatives(strings)}).`, 'gsu');
  const originals = [...new Set(strings.map((string) => String.fromCodePoint(string.codePointAt(0) ?? 0)))];
  const masks = unusedCharacters(originals.length, [...strings, ...texts]);
  const maskOf = new Map(originals.map((original, index) => [original, masks[index] ?? '']));
  const originalOf = new Map(masks.map((mask, index) => [mask, originals[index] ?? '']));
  return {
    hide: (text) => text.replace(occurrence, (character) => maskOf.get(character) ?? ''),
    reveal: (text) => text.replace(privateUse, (character) => originalOf.get(character) ?? character),
  };
}

/** Plane 15, which is wholly for private use and which hardly any text uses. */
const privateUse = /[\u{f0000}-\u{ffffd}]/gu;

function unusedCharacters(count: number, texts: readonly string[]): string[] {
  const used = new Set(texts.flatMap((text) => text.match(privateUse) ?? []));
  const unused: string[] = [];
  for (let codePoint = 0xf0000; codePoint <= 0xffffd && unused.length < count; codePoint++) {
    const character = String.fromCodePoint(codePoint);
    if (!used.has(character)) unused.push(character);
  }
  if (unused.length < count) {
    throw new LonghandError('unsupported', 'The messages use every private-use character, so they cannot be encoded.');
  }
  return unused;
}
