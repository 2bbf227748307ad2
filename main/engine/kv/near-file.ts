/**
 * What layers with a window keep of a stream: the keys and values of its last chunks, which reading goes on from. Nothing
 * older is ever attended to again. The file is a ring of slots, one a chunk; each says which chunk it holds and has a
 * checksum over all of it, so that one that was not written to its end holds none.
 */
import { constants } from 'node:fs';
import { crc32 } from 'node:zlib';
import { writeAll } from '../../../base/files.ts';
import type { FilePool } from './open-files.ts';
import { onDisk } from './stream-file.ts';

export interface NearFile {
  /** Writes a chunk's blocks over those of the oldest chunk, and flushes them. Throws `disk`. */
  write(chunk: number, blocks: readonly Uint8Array[]): Promise<void>;
  /** A chunk's blocks; undefined when they are there no longer, or damaged. Throws `disk`. */
  read(chunk: number): Promise<Uint8Array<ArrayBuffer>[] | undefined>;
  close(): Promise<void>;
}

export interface NearShape {
  /** Chunks that are kept. */
  readonly slots: number;
  readonly chunkBlocks: number;
  readonly blockBytes: number;
}

/** The chunk, how many blocks it has, and a checksum of both and of the blocks. */
const headerBytes = 12;

/** The file, which is made when it is not there; what it holds stays when it cannot be opened. */
export function nearFileAt(path: string, shape: NearShape, files: FilePool): NearFile {
  const guarded = <Result>(work: () => Promise<Result>): Promise<Result> => onDisk(path, work);
  const file = files.file(path, constants.O_RDWR | constants.O_CREAT);
  const { slots, chunkBlocks, blockBytes } = shape;
  const slotBytes = headerBytes + chunkBlocks * blockBytes;
  const placeOf = (chunk: number): number => (chunk % slots) * slotBytes;
  return {
    async write(chunk, blocks) {
      const bytes = Buffer.concat([Buffer.alloc(headerBytes), ...blocks]);
      bytes.writeUInt32LE(chunk, 0);
      bytes.writeUInt32LE(blocks.length, 4);
      bytes.writeUInt32LE(checksum(bytes), 8);
      await guarded(() =>
        file.use(async (handle) => {
          await writeAll(handle, bytes, placeOf(chunk));
          await handle.datasync();
        }),
      );
    },
    async read(chunk) {
      const bytes = Buffer.alloc(slotBytes);
      const { bytesRead } = await guarded(() => file.use((handle) => handle.read(bytes, 0, slotBytes, placeOf(chunk))));
      const count = bytes.readUInt32LE(4);
      const end = headerBytes + count * blockBytes;
      if (bytes.readUInt32LE(0) !== chunk || count === 0 || count > chunkBlocks || end > bytesRead) return undefined;
      if (bytes.readUInt32LE(8) !== checksum(bytes.subarray(0, end))) return undefined;
      return Array.from({ length: count }, (_, index) => {
        const from = headerBytes + index * blockBytes;
        // A copy of its own, since its scales are read as floats and must be aligned.
        return new Uint8Array(bytes.subarray(from, from + blockBytes));
      });
    },
    close: () => file.close(),
  };
}

const checksum = (bytes: Uint8Array): number => crc32(bytes.subarray(headerBytes), crc32(bytes.subarray(0, 8)));
