/** Unpacking in a process of its own: whatever an archive does to it happens there, and it ends when it is stopped. */
import { join } from 'node:path';
import { LonghandError, throwIfCancelled } from '../../../base/errors.ts';
import { connect } from '../../../base/rpc.ts';
import type { Fork } from '../../../base/utility-process.ts';
import { protocol } from '../protocol.ts';
import type { unpack } from './unpack.ts';

interface UnpackerOptions {
  fork: Fork;
  /** Folder of the built reading process, ingest.js. */
  processFolder: string;
}

const heapMiB = 1024;

/** Makes the function that unpacks; it throws as `unpack` does, `cancelled`, and `bad-file` when the process is lost. */
export function createUnpacker({ fork, processFolder }: UnpackerOptions) {
  return async (
    input: Parameters<typeof unpack>[0],
    signal?: AbortSignal,
  ): Promise<Awaited<ReturnType<typeof unpack>>> => {
    throwIfCancelled(signal);
    const process = fork(join(processFolder, 'ingest.js'), { heapMiB });
    const stop = (): void => process.kill();
    signal?.addEventListener('abort', stop, { once: true });
    try {
      return await connect(process.channel, protocol).request('unpack', input);
    } catch (thrown) {
      throwIfCancelled(signal);
      if (thrown instanceof LonghandError && thrown.code !== 'process-lost') throw thrown;
      throw new LonghandError(
        'bad-file',
        `“${input.fileName}” brought down the process that unpacks files: it may be damaged, or need more memory than there is.`,
        { cause: thrown },
      );
    } finally {
      signal?.removeEventListener('abort', stop);
      process.kill();
    }
  };
}
