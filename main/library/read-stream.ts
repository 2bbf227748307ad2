/** Has the engine read a text, from where it stands to its end, a batch of sections at a time. */
import { errorData } from '../../base/errors.ts';
import type { StreamState } from '../engine/protocol.ts';
import type { EngineStreams } from '../engine/supervisor.ts';

/** A text that is kept as a stream. */
export interface StreamText {
  readonly id: string;
  /** What is read before the first section. */
  readonly header: string;
  /** About how many tokens it has; null for a text that grows. */
  readonly expected: number | null;
  readonly sectionCount: number;
  sections(from: number, count: number): { ordinal: number; text: string }[];
}

export interface ReadStreamOptions {
  readonly signal: AbortSignal;
  /** After opening, also again, and after each batch. */
  onState?(state: StreamState): void;
  /** Tokens read, more often than that. */
  onTokens?(tokens: number): void;
  /** What has to be done before more is read; what it throws ends the reading. */
  beforeBatch?(state: StreamState): Promise<void>;
}

/** Characters of text handed to the engine at once: some seconds of reading. */
export const charactersInBatch = 24_000;
const sectionsAtOnce = 50;

/**
 * Mends what is damaged and reads what is missing. Throws `cancelled`, `disk`, `process-lost`, and `data-corrupt` for what
 * cannot be mended; what was read until then is kept, and the next call goes on there.
 */
export async function readStream(
  streams: EngineStreams,
  text: StreamText,
  { signal, onState, onTokens, beforeBatch }: ReadStreamOptions,
): Promise<StreamState> {
  const { id, header, expected, sectionCount } = text;
  const open = () => streams.open({ id, header, expected });
  const mend = ({ block, from, to }: DamagedBlock) =>
    streams.mend({ id, block, sections: sectionsOf(text, from, to - from + 1) }, { signal });

  async function readBatch(before: StreamState): Promise<StreamState> {
    await beforeBatch?.(before);
    const sections = batchFrom(text, before.next.section);
    const last = before.next.section + sections.length >= sectionCount;
    const state = await streams.read({ id, sections, last }, { signal, ...(onTokens && { onProgress: onTokens }) });
    onState?.(state);
    return state;
  }

  let state = await open();
  if (state.complete && state.next.section < sectionCount) state = await streams.reopen(id);
  onState?.(state);
  /** What was found damaged while something else was read or mended behind it. */
  const found = new Set<number | undefined>();
  for (;;) {
    // The first one comes first: the others are read again behind it.
    const [first] = state.damaged;
    if (!first && state.complete) return state;
    try {
      state = first ? await mend(first) : await readBatch(state);
    } catch (thrown) {
      if (errorData(thrown).code !== 'data-corrupt') throw thrown;
      state = await open();
      onState?.(state);
      const cause = state.damaged[0]?.block;
      // It was mended, or tried to be, and is damaged again.
      if (found.has(cause)) throw thrown;
      found.add(cause);
    }
  }
}

type DamagedBlock = StreamState['damaged'][number];

function sectionsOf(text: StreamText, from: number, count: number): { ordinal: number; text: string }[] {
  const found: { ordinal: number; text: string }[] = [];
  for (let at = from; at < from + count; at += sectionsAtOnce) {
    const sections = text.sections(at, Math.min(sectionsAtOnce, from + count - at));
    found.push(...sections.map(({ ordinal, text: content }) => ({ ordinal, text: content })));
    if (sections.length < sectionsAtOnce) break;
  }
  return found;
}

function batchFrom(text: StreamText, from: number): { ordinal: number; text: string }[] {
  const batch: { ordinal: number; text: string }[] = [];
  let characters = 0;
  for (const section of sectionsOf(text, from, sectionsAtOnce)) {
    if (batch.length > 0 && characters + section.text.length > charactersInBatch) break;
    batch.push(section);
    characters += section.text.length;
  }
  return batch;
}
