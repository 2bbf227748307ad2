/** A double of what the engine keeps: it notes the text of each stream instead of reading it. */
import { LonghandError } from '../../../base/errors.ts';
import type { StreamState } from '../../engine/protocol.ts';
import type { EngineStreams } from '../../engine/supervisor.ts';

interface Kept {
  sections: string[];
  complete: boolean;
  bytesPerToken: number;
}

export interface StreamDouble extends EngineStreams {
  readonly kept: Map<string, Kept>;
  /** What other models keep, in bytes. */
  others: number;
  /** Called before each batch is read. */
  onRead(id: string): Promise<void> | void;
}

/** A token for each character, of 10 bytes, or of as many as said until it is compacted. */
export function streamDouble(bytesPerToken = 10): StreamDouble {
  const kept = new Map<string, Kept>();
  const of = (id: string): Kept => {
    const found = kept.get(id);
    if (found) return found;
    throw new LonghandError('not-found', `Nothing was read of ${id} yet.`);
  };
  const tokensOf = (id: string): number => of(id).sections.join('').length;
  const bytesOf = (id: string): number => tokensOf(id) * of(id).bytesPerToken;
  const state = (id: string): StreamState => ({
    tokens: tokensOf(id),
    complete: of(id).complete,
    bytes: bytesOf(id),
    bytesPerToken: of(id).bytesPerToken,
    next: { section: of(id).sections.length, token: 0 },
    damaged: [],
  });
  const double: StreamDouble = {
    kept,
    others: 0,
    onRead: () => undefined,
    async open({ id }) {
      if (!kept.has(id)) kept.set(id, { sections: [], complete: false, bytesPerToken });
      return state(id);
    },
    async read({ id, sections, last }, { signal, onProgress }) {
      await double.onRead(id);
      if (signal?.aborted) throw new LonghandError('cancelled', 'Stopped.');
      const stream = of(id);
      for (const { ordinal, text } of sections) {
        if (ordinal !== stream.sections.length)
          throw new LonghandError('internal', `Section ${ordinal} came after ${stream.sections.length}.`);
        stream.sections.push(text);
      }
      stream.complete = last;
      onProgress?.(tokensOf(id));
      return state(id);
    },
    mend: async ({ id }) => state(id),
    async reopen(id) {
      of(id).complete = false;
      return state(id);
    },
    async compact(id) {
      of(id).bytesPerToken = Math.min(10, of(id).bytesPerToken);
      return state(id);
    },
    remove: async (id) => void kept.delete(id),
    sizes: async () => ({
      own: new Map(Array.from(kept.keys(), (id) => [id, bytesOf(id)])),
      others: double.others,
    }),
    async removeOthers() {
      double.others = 0;
    },
  };
  return double;
}
