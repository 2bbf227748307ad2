/** Has the engine read a text, from where it stands to its end, a batch of sections at a time. */
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
  /** After opening and after each batch. */
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
 * Mends what is damaged and reads what is missing. Throws `cancelled`, `disk` and `process-lost`; what was read until
 * then is kept, and the next call goes on there.
 */
export async function readStream(
  streams: EngineStreams,
  text: StreamText,
  { signal, onState, onTokens, beforeBatch }: ReadStreamOptions,
): Promise<StreamState> {
  const { id, header, expected, sectionCount } = text;
  let state = await streams.open({ id, header, expected });
  if (state.complete && state.next.section < sectionCount) state = await streams.reopen(id);
  onState?.(state);
  for (const { block, from, to } of state.damaged) {
    state = await streams.mend({ id, block, sections: sectionsOf(text, from, to - from + 1) }, { signal });
  }
  while (!state.complete) {
    await beforeBatch?.(state);
    const sections = batchFrom(text, state.next.section);
    const last = state.next.section + sections.length >= sectionCount;
    state = await streams.read({ id, sections, last }, { signal, ...(onTokens && { onProgress: onTokens }) });
    onState?.(state);
  }
  return state;
}

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
