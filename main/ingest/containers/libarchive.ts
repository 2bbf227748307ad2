/**
 * Archives of 7-Zip and RAR, and tar files packed by bzip2 or xz, read by libarchive. It is WebAssembly, which reads the
 * archive from its own memory.
 */
import { readFile } from 'node:fs/promises';
import { libarchiveWasm } from 'libarchive-wasm';
import { LonghandError } from '../../../base/errors.ts';
import { sizeInWords } from '../../library/files.ts';
import type { ContainerEntry } from './containers.ts';

/** Of the archive, which is in memory as a whole. */
const mostArchiveBytes = 512 * 1024 ** 2;
const pieceBytes = 2 ** 18;
/** The type of an entry that is a file with bytes of its own (st_mode). */
const regularFile = 0o100000;

/**
 * The files of an archive; folders and links are passed over. `limit` is for what all are said to hold, since passing
 * over one means unpacking it. Throws a clause for what is damaged, encrypted or too large.
 */
export async function* archiveEntries(path: string, byteSize: number, limit: number): AsyncGenerator<ContainerEntry> {
  if (byteSize > mostArchiveBytes)
    throw new LonghandError(
      'too-large',
      `archives of this kind are read up to ${sizeInWords(mostArchiveBytes)}: unpack it, and add the folder`,
    );
  // One for each archive: what a damaged one does to its memory ends with it.
  const library = await libarchiveWasm();
  const { module } = library;
  const guarded = <Result>(read: () => Result): Result => {
    try {
      return read();
    } catch (cause) {
      throw new LonghandError('bad-file', 'it is damaged, or of a kind that is not known', { cause });
    }
  };
  const start = guarded(() => module._malloc(byteSize));
  const piece = guarded(() => module._malloc(pieceBytes));
  module.HEAP8.set(await readFile(path), start);
  const archive = guarded(() => library.read_new_memory(start, byteSize));

  async function* content(encrypted: boolean): AsyncGenerator<Uint8Array> {
    if (encrypted) throw new LonghandError('unsupported', 'it is encrypted');
    for (;;) {
      const length = guarded(() => library.read_data(archive, piece, pieceBytes));
      if (length === 0) return;
      // A copy: the memory is written again, and moves when it grows.
      yield Uint8Array.from(new Uint8Array(module.HEAP8.buffer, piece, length));
    }
  }

  let claimed = 0;
  for (;;) {
    const entry = guarded(() => library.read_next_entry(archive));
    if (entry === 0) break;
    claimed += guarded(() => library.entry_size(entry));
    if (claimed > limit) throw new LonghandError('too-large', `it holds more than ${sizeInWords(limit)}`);
    if (guarded(() => library.entry_filetype(entry)) !== regularFile) continue;
    const name = guarded(() => library.entry_pathname(entry));
    yield { name: name || 'file', bytes: content(guarded(() => library.entry_is_encrypted(entry)) !== 0) };
  }
  const failure = guarded(() => library.error_string(archive));
  if (failure) throw new LonghandError('bad-file', /encrypt/i.test(failure) ? 'it is encrypted' : 'it is damaged');
}
