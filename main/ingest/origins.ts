/** The files of this machine that documents were added from, and whether they have changed since they were read. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Library } from '../library/library.ts';

export interface Origins {
  /** Compares a document's file with what was read of it; one that is missing, or cannot be read, changes nothing. */
  look(id: string): Promise<void>;
  /** Does so with all documents, one after the other; a second call waits for the first. */
  lookAtAll(): Promise<void>;
  /** Ends what is being looked at, and looks at nothing any more; resolves when the library is left alone. */
  close(): Promise<void>;
}

/** What a file looks like without being read: its size and time. Undefined when there is no file. */
export async function lookOf(path: string): Promise<string | undefined> {
  const info = await stat(path).catch(() => undefined);
  return info?.isFile() ? `${info.size} ${Math.trunc(info.mtimeMs)}` : undefined;
}

async function hashOf(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { signal })) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}

export function createOrigins(library: Library): Origins {
  let lookingAtAll: Promise<void> | undefined;
  const looks = new Set<Promise<void>>();
  const closing = new AbortController();
  const { signal } = closing;

  /** A file of another size has another content; one that was only touched is read to find out. */
  async function differs(id: string, { path, size }: { path: string; size: number }): Promise<boolean> {
    return size !== library.get(id).byteSize || library.findByContent(await hashOf(path, signal))?.id !== id;
  }

  function look(id: string): Promise<void> {
    const looking = compare(id).finally(() => looks.delete(looking));
    looks.add(looking);
    return looking;
  }

  async function compare(id: string): Promise<void> {
    if (signal.aborted) return;
    const origin = library.origin(id);
    const now = origin && (await lookOf(origin.path));
    if (!now || now === origin.look) return;
    try {
      const changed = await differs(id, { path: origin.path, size: Number.parseInt(now, 10) });
      // Unless it was read again, or removed, meanwhile.
      if (library.origin(id)?.look === origin.look) library.setOrigin(id, { path: origin.path, look: now }, changed);
    } catch {
      // It cannot be read now: it is looked at again the next time.
    }
  }

  async function lookAtEach(): Promise<void> {
    if (signal.aborted) return;
    for (const id of library.withOrigin()) await look(id);
  }

  return {
    look,
    lookAtAll() {
      lookingAtAll ??= lookAtEach().finally(() => {
        lookingAtAll = undefined;
      });
      return lookingAtAll;
    },
    async close() {
      closing.abort();
      await Promise.allSettled(looks);
    },
  };
}
