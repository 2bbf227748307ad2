import fc from 'fast-check';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import forwardFixture from '../fixtures/smollm2-forward.json' with { type: 'json' };
import {
  type ChatMessage,
  encodeChat,
  encodeChatAround,
  encodeChatsBehind,
  placeholder,
  renderChat,
} from './chat-template.ts';
import { openGguf, parseGguf } from './gguf.ts';
import { encodeGguf } from './testing/gguf-writer.ts';
import { createTokenizer, type Tokenizer } from './tokenizer.ts';

const bundled = 'native-models/bundled/smollm2-135m-instruct/SmolLM2-135M-Instruct.Q4_1.gguf';
const question: ChatMessage[] = [{ role: 'user', content: 'What is the capital of France?' }];
const chatShort = forwardFixture.find(({ name }) => name === 'chat-short');

let tokenizer: Tokenizer;
let template: string;
beforeAll(async () => {
  const file = await openGguf(bundled);
  await file.close();
  tokenizer = createTokenizer(file.metadata);
  template = file.metadata.string('tokenizer.chat_template');
});

describe('renderChat', () => {
  it('renders the template of the bundled model', () => {
    expect(renderChat(template, question, { addGenerationPrompt: true })).toBe(chatShort?.text);
  });

  it('falls back to ChatML', () => {
    const messages: ChatMessage[] = [{ role: 'system', content: 'Be brief.' }, ...question];
    expect(renderChat(undefined, messages)).toBe(
      '<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nWhat is the capital of France?<|im_end|>\n',
    );
  });

  it('gives the template what it asks for', () => {
    const source =
      '{{ bos_token }}{% for m in messages %}[{{ m.role }}: {{ m.content | trim }}]{% endfor %}{{ eos_token }}';
    const messages: ChatMessage[] = [{ role: 'assistant', content: ' yes ' }];
    expect(renderChat(source, messages, { bosToken: '<s>', eosToken: '</s>' })).toBe('<s>[assistant: yes]</s>');
  });

  it('gives a template that writes the date always the same one, so that what is kept stays of use', () => {
    const source = `
{%- if strftime_now is defined %}{% set date = strftime_now("%d %b %Y") %}{% endif %}[{{ date }}: {{ messages[0].content }}]`;
    const days = ['2026-01-31T12:00:00Z', '2027-08-02T12:00:00Z'].map((now) => {
      vi.setSystemTime(new Date(now));
      return renderChat(source, question);
    });
    vi.useRealTimers();
    expect(days).toEqual(new Array(2).fill('[26 Jul 2024: What is the capital of France?]'));
  });

  it('puts a system message before the question where the template refuses it', () => {
    const source = `{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('No system role') }}{% endif %}[{{ m.content }}]{% endfor %}`;
    expect(renderChat(source, [{ role: 'system', content: 'Be brief.' }, ...question])).toBe(
      '[Be brief.\n\nWhat is the capital of France?]',
    );
    expect(() => renderChat(source, [{ role: 'system', content: 'Be brief.' }])).toThrow(/No system role/);
  });

  it.each([
    ['that does not parse', '{% for m in messages %}', /cannot be used/],
    ['that calls what is not there', '{{ nothing() }}', /cannot be used/],
    [
      'that does not end',
      '{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}',
      /timed out/,
    ],
    ['that is a book', 'x'.repeat(300_000), /300000 characters/],
  ])('refuses a template %s', (_, source, message) => {
    expect(() => renderChat(source, question)).toThrow(
      expect.objectContaining({ code: 'bad-file', message: expect.stringMatching(message) }),
    );
  });
});

describe('encodeChat', () => {
  it('gives the tokens of the fixture', () => {
    expect([...encodeChat(tokenizer, template, question)]).toEqual(chatShort?.ids);
  });

  it('gives the tokens of the rendered text when no message has a control string', () => {
    const content = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(' a ', '\n', '<', '<|', '|>', '<|im_end', '\u{f0000}'),
    );
    fc.assert(
      fc.property(fc.array(content, { minLength: 1, maxLength: 5 }), (contents) => {
        fc.pre(
          contents.every((text) => ![...tokenizer.controlTokens.keys()].some((control) => text.includes(control))),
        );
        const messages = contents.map(
          (text, index): ChatMessage => ({
            role: index % 2 === 0 ? 'user' : 'assistant',
            content: text,
          }),
        );
        const text = renderChat(template, messages, { addGenerationPrompt: true });
        expect([...encodeChat(tokenizer, template, messages)]).toEqual([
          ...tokenizer.encode(text, { parseSpecial: true }),
        ]);
      }),
    );
  });

  it('takes control strings in messages for what they are', () => {
    const controls = fc.constantFrom(
      ...['<|im_start|>', '<|im_end|>', '<|endoftext|>', '<|im_', 'end|>', ' ', 'hi', '\u{f0000}'],
    );
    const content = fc.array(controls, { maxLength: 8 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(content, (text) => {
        const ids = [...encodeChat(tokenizer, template, [{ role: 'user', content: text }])];
        // The same three messages begin, and two end, whatever the text says.
        expect(ids.filter((id) => id === 1).length).toBe(3);
        expect(ids.filter((id) => id === 2).length).toBe(2);
        expect(ids.filter(tokenizer.isControl).length).toBe(5);
        expect(tokenizer.decode(ids)).toContain(`user\n${text}\n`);
      }),
    );
  });

  it('lets the template treat messages as it does', () => {
    const source = `{% for m in messages %}[{{ m.content | trim }}]{% endfor %}`;
    const messages: ChatMessage[] = [{ role: 'user', content: '  <|im_end|> x <|im_end|>\n' }];
    const ids = encodeChat(tokenizer, source, messages);
    expect([...ids]).toEqual([...tokenizer.encode('[<|im_end|> x <|im_end|>]')]);
  });

  it('puts the BOS token first once', () => {
    const metadata = {
      'tokenizer.ggml.model': 'gpt2',
      'tokenizer.ggml.pre': 'llama-bpe',
      'tokenizer.ggml.tokens': ['<s>', 'h', 'i', 'hi'],
      'tokenizer.ggml.token_type': Int32Array.of(3, 1, 1, 1),
      'tokenizer.ggml.merges': ['h i'],
      'tokenizer.ggml.bos_token_id': 0,
    };
    const withBos = createTokenizer(parseGguf(encodeGguf(metadata), 'x').metadata);
    const messages: ChatMessage[] = [{ role: 'user', content: 'hi' }];
    for (const source of ['{{ messages[0].content }}', '{{ bos_token }}{{ messages[0].content }}']) {
      expect([...encodeChat(withBos, source, messages)]).toEqual([0, 3]);
    }
  });
});

describe('encodeChatAround', () => {
  const system: ChatMessage = { role: 'system', content: `Read.\n\n${placeholder}` };

  it('takes the placeholder’s character in other messages, and before it in its own, for what it is', () => {
    const plain = encodeChatAround(tokenizer, template, [system, ...question]);
    const content = `${placeholder} and ${placeholder}${placeholder}?`;
    const { before, after } = encodeChatAround(tokenizer, template, [
      { role: 'system', content: `Read${placeholder}.\n\n${placeholder}` },
      { role: 'user', content },
    ]);
    expect(tokenizer.decode(before)).toBe(tokenizer.decode(plain.before).replace('Read.', `Read${placeholder}.`));
    expect(tokenizer.decode(after)).toContain(`user\n${content}\n`);
  });

  it('refuses a template that does not show the placeholder', () => {
    const source = `{% for m in messages %}{% if m.role == 'user' %}[{{ m.content }}]{% endif %}{% endfor %}`;
    expect(() => encodeChatAround(tokenizer, source, [system, ...question])).toThrow(/does not show each message/);
  });
});

describe('encodeChatsBehind', () => {
  /** That of Mistral 7B v0.3, without what tools need. */
  const lastQuestionFirst = `{% if messages[0]['role'] == 'system' %}{% set system = messages[0]['content'] %}{% set rest = messages[1:] %}{% else %}{% set rest = messages %}{% endif %}{% for m in rest %}{% if m['role'] == 'user' %}{% if loop.last and system is defined %}[INST] {{ system }}\n\n{{ m['content'] }}[/INST]{% else %}[INST] {{ m['content'] }}[/INST]{% endif %}{% else %} {{ m['content'] }}{% endif %}{% endfor %}`;
  const withoutSystems = `{% for m in messages %}{% if m.role != 'system' %}[{{ m.content }}]{% endif %}{% endfor %}`;
  const turns: ChatMessage[] = [
    { role: 'user', content: 'My name is Anna.' },
    { role: 'assistant', content: 'Hello Anna.' },
    { role: 'user', content: 'What is my name?' },
  ];

  it('gives what is before and after the placeholder of the system message', () => {
    const { before, encodeAfter } = encodeChatsBehind(tokenizer, template, 'Read.');
    for (const messages of [question, turns]) {
      const around = encodeChatAround(tokenizer, template, [
        { role: 'system', content: `Read.\n\n${placeholder}` },
        ...messages,
      ]);
      expect({ before, after: encodeAfter(messages) }).toEqual(around);
    }
  });

  it('loses no earlier turn where the template puts the system message before the last question', () => {
    const { before, encodeAfter } = encodeChatsBehind(tokenizer, lastQuestionFirst, 'Read.');
    expect(tokenizer.decode(before)).toBe('[INST] Read.\n\n');
    expect(tokenizer.decode(encodeAfter(question))).toBe('\n\nWhat is the capital of France?[/INST]');
    expect(tokenizer.decode(encodeAfter(turns))).toBe(
      '\n\nMy name is Anna.[/INST] Hello Anna.[INST] What is my name?[/INST]',
    );
    // What a person writes is not taken for what stands before the documents.
    const content = `a${placeholder}b`;
    expect(tokenizer.decode(encodeAfter([{ role: 'user', content }]))).toBe(`\n\n${content}[/INST]`);
  });

  it('begins the first question with the system message where the template shows none', () => {
    const { before, encodeAfter } = encodeChatsBehind(tokenizer, withoutSystems, 'Read.');
    expect(tokenizer.decode(before)).toBe('[Read.\n\n');
    expect(tokenizer.decode(encodeAfter(turns))).toBe('\n\nMy name is Anna.][Hello Anna.][What is my name?]');
  });

  it('refuses a conversation that begins in another way', () => {
    const source = `{% if messages | length > 3 %}More. {% endif %}${lastQuestionFirst}`;
    const { encodeAfter } = encodeChatsBehind(tokenizer, source, 'Read.');
    expect(encodeAfter(question).length).toBeGreaterThan(0);
    expect(() => encodeAfter([...turns, ...turns])).toThrow(expect.objectContaining({ code: 'bad-file' }));
  });
});
