/** The streams of one model in a folder, and the blocks of them that are in memory. */
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { errorData, LonghandError } from '../../../base/errors.ts';
import { isAbsent } from '../../../base/files.ts';
import { type BlockFormat, type BlockFormatName, blockFormat, transcode } from './block-format.ts';
import type { CacheShape } from './cache.ts';
import { type NearFile, nearFileAt } from './near-file.ts';
import { createFilePool } from './open-files.ts';
import {
  type BlockRecord,
  isStreamFolder,
  onDisk,
  openStreamFile,
  type StreamDescription,
  type StreamFile,
} from './stream-file.ts';

export interface Stream {
  readonly id: string;
  /** Of layers that attend to everything. */
  readonly format: BlockFormat;
  /** Of layers with a window, of which only the last chunks are kept; undefined for models without. */
  readonly nearFormat: BlockFormat | undefined;
  readonly file: StreamFile;
  /** Blocks that were found damaged and are not mended yet. */
  readonly damaged: ReadonlySet<number>;
  checksum(block: Uint8Array): number;
  /** A block, from memory where it is. Throws `data-corrupt`, and remembers the block as damaged; or `disk`. */
  load(block: number): Promise<Uint8Array>;
  /** A block of layers with a window, while it is kept. Throws `disk`. */
  loadNear(block: number): Promise<Uint8Array | undefined>;
  /** Adds a chunk; `near` are its blocks of layers with a window. */
  append(blocks: readonly Uint8Array[], records: readonly BlockRecord[], near: readonly Uint8Array[]): Promise<void>;
  /** Writes a damaged block anew. With layers that have a window it may differ in its last bits. */
  mend(block: number, bytes: Uint8Array): Promise<void>;
  truncate(blocks: number): Promise<void>;
  close(): Promise<void>;
}

export interface StreamStore {
  /** Opens a stream, or begins one with this header and format. Throws `disk`. */
  open(id: string, header: string, format: BlockFormatName): Promise<Stream>;
  /** A stream that is open, or on disk and of use; undefined otherwise. Throws `disk`. */
  find(id: string): Promise<Stream | undefined>;
  /**
   * Keeps a stream in another format from now on, where that takes less space; gives whether it does. What held the
   * stream before must be let go of. Throws `data-corrupt` and `disk`; it is as it was then.
   */
  compact(id: string, format: BlockFormatName): Promise<boolean>;
  /** Deletes a stream, and gives its space back; `everywhere`, those of its name that lie beside this store, too. */
  remove(id: string, everywhere?: boolean): Promise<void>;
  /** Bytes on disk by stream, and of all that lies beside this store: other models' streams. */
  sizes(): Promise<{ own: Map<string, number>; others: number }>;
  /** Deletes what lies beside this store. */
  removeOthers(): Promise<void>;
  /** Bytes of blocks in memory. */
  readonly cachedBytes: number;
  close(): Promise<void>;
}

const formatNames: readonly BlockFormatName[] = ['float32', 'int16', 'int8', 'int4'];

/** Streams are named by the ids that main gives documents and conversations. */
const validId = /^[0-9a-f][0-9a-f-]{0,63}$/;

export interface StreamStoreOptions {
  readonly description: Pick<StreamDescription, 'version' | 'fingerprint' | 'chunkBlocks'>;
  readonly shape: CacheShape;
  /** Chunks that layers with a window keep: as many as their window reaches over. */
  readonly nearChunks: number;
  /** Bounds the blocks kept in memory. */
  readonly cacheBytes: number;
}

/** The most files that stay open while they are not in use. */
const mostIdleFiles = 256;

/** Opens the folder of a model's streams, and ends what was broken off in it. Throws `disk`. */
export async function openStreamStore(
  folder: string,
  { description, shape, nearChunks, cacheBytes }: StreamStoreOptions,
): Promise<StreamStore> {
  await onDisk(folder, () => tidy(folder));
  const { nearLayers = [] } = shape;
  const near = new Set(nearLayers);
  const farLayers = Array.from({ length: shape.layers }, (_, layer) => layer).filter((layer) => !near.has(layer));
  const formats = Object.fromEntries(
    formatNames.map((name): [string, BlockFormat] => [name, blockFormat(name, shape, farLayers)]),
  ) as Record<BlockFormatName, BlockFormat>;
  const blockBytes = Object.fromEntries(formatNames.map((name) => [name, formats[name].bytes]));
  const open = new Map<string, Promise<Stream>>();
  const cache = createBlockCache(cacheBytes);
  const files = createFilePool(mostIdleFiles);

  function folderOf(id: string): string {
    if (validId.test(id)) return join(folder, id);
    throw new LonghandError('bad-request', `"${id.slice(0, 80)}" is no name for a stream.`);
  }

  async function make(id: string, header: string, format: BlockFormatName): Promise<Stream> {
    const wanted = { ...description, header, format, blockBytes: formats[format].bytes };
    const file = await openStreamFile(folderOf(id), wanted, blockBytes, files);
    const name = file.description.format as BlockFormatName;
    return streamOf(id, file, formats[name], nearOf(folderOf(id), name), cache);
  }

  function nearOf(streamFolder: string, name: BlockFormatName): NearBlocks | undefined {
    if (nearLayers.length === 0) return undefined;
    const format = blockFormat(name, shape, nearLayers);
    const { chunkBlocks } = description;
    // One more than is needed to go on: the last chunk of a text is read again when the text goes on.
    const ring = { slots: nearChunks + 1, chunkBlocks, blockBytes: format.bytes };
    return { format, file: nearFileAt(join(streamFolder, nearFile), ring, files), chunkBlocks };
  }

  function openOnce(id: string, header: string, format: BlockFormatName): Promise<Stream> {
    const opening = open.get(id) ?? make(id, header, format);
    open.set(id, opening);
    opening.catch(() => open.delete(id));
    return opening;
  }

  async function besides(): Promise<string[]> {
    const parent = dirname(folder);
    const names = await readdir(parent).catch(() => []);
    return names.filter((name) => name !== basename(folder)).map((name) => join(parent, name));
  }

  return {
    open: openOnce,
    async find(id) {
      const opened = open.get(id);
      if (opened) return opened;
      const isKept = await isStreamFolder(folderOf(id), description, blockBytes);
      return isKept ? openOnce(id, '', 'int8') : undefined;
    },
    async compact(id, wantedFormat) {
      const stream = await open.get(id);
      const format = formats[wantedFormat];
      if (!stream || stream.format.bytes <= format.bytes) return false;
      const target = `${folderOf(id)}.compact`;
      await discard(target);
      const { header } = stream.file.description;
      const wanted = { ...description, header, format: wantedFormat, blockBytes: format.bytes };
      const file = await openStreamFile(target, wanted, blockBytes, files);
      const made = streamOf(id, file, format, nearOf(target, wantedFormat), createBlockCache(0));
      try {
        await copyStream(stream, made, description.chunkBlocks, shape).finally(() => made.close());
        open.delete(id);
        await stream.close();
        cache.forget(id);
        await replace(folderOf(id), target);
      } catch (thrown) {
        await discard(target);
        throw thrown;
      }
      return true;
    },
    async remove(id, everywhere = false) {
      const opened = open.get(id);
      open.delete(id);
      await (await opened?.catch(() => undefined))?.close();
      cache.forget(id);
      await removeFolder(folderOf(id));
      if (everywhere) for (const other of await besides()) await discard(join(other, id));
    },
    async sizes() {
      const own = await sizesIn(folder);
      let others = 0;
      for (const other of await besides()) {
        for (const size of (await sizesIn(other)).values()) others += size;
      }
      return { own, others };
    },
    async removeOthers() {
      for (const other of await besides()) await rm(other, { recursive: true, force: true });
    },
    get cachedBytes() {
      return cache.bytes;
    },
    async close() {
      for (const opened of open.values()) await (await opened.catch(() => undefined))?.close();
      open.clear();
    },
  };
}

/** Deletes a folder, if it is there. Throws `disk`. */
const discard = (folder: string): Promise<void> => onDisk(folder, () => rm(folder, { recursive: true, force: true }));

/** Where a folder is until another one has taken its place. */
const asideOf = (folder: string): string => `${folder}.aside`;

/**
 * Puts another folder in the place of one. One of the two is there whenever the process ends, though the old one maybe
 * aside. Throws `disk`; the old one is in its place then, or put back when the store is opened next.
 */
function replace(folder: string, other: string): Promise<void> {
  return onDisk(folder, async () => {
    const aside = asideOf(folder);
    await rm(aside, { recursive: true, force: true });
    await rename(folder, aside);
    await rename(other, folder).catch(async (cause: unknown) => {
      await rename(aside, folder);
      throw cause;
    });
    await rm(aside, { recursive: true, force: true });
  });
}

/**
 * Deletes a folder, and what it was before, under another name first: file by file is long enough to be broken off, and
 * what is left then is found at the next start. Throws `disk`.
 */
async function removeFolder(folder: string): Promise<void> {
  const removed = `${folder}.removed`;
  for (const left of [asideOf(folder), removed]) await discard(left);
  await onDisk(folder, async () => {
    try {
      await rename(folder, removed);
    } catch (cause) {
      if (!isAbsent(cause)) throw cause;
    }
  });
  await discard(removed);
}

/** What making, compacting and removing a stream leave when they are broken off, and the stream's name. */
const leftOver = /^([0-9a-f][0-9a-f-]{0,63})\.(?:aside|compact|compact\.new|new|removed)$/;

/** Puts back what was moved aside and has no successor, and deletes what else is left over. */
async function tidy(folder: string): Promise<void> {
  const names: string[] = await readdir(folder).catch(() => []);
  for (const name of names) {
    const id = leftOver.exec(name)?.[1];
    if (!id) continue;
    const path = join(folder, name);
    if (name.endsWith('.aside') && !names.includes(id)) await rename(path, join(folder, id));
    // What cannot be deleted now is found at the next start; nothing is lost by it.
    else await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}

async function sizesIn(folder: string): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  for (const name of await readdir(folder).catch(() => [])) {
    if (!validId.test(name)) continue;
    let bytes = 0;
    for (const part of ['blocks', nearFile]) {
      bytes += (await stat(join(folder, name, part)).catch(() => ({ size: 0 }))).size;
    }
    sizes.set(name, bytes);
  }
  return sizes;
}

const nearFile = 'near';

/** Fills an empty stream with what another holds, in its own format. */
async function copyStream(from: Stream, to: Stream, chunkBlocks: number, shape: CacheShape): Promise<void> {
  const { records, complete } = from.file;
  for (let first = 0; first < records.length; first += chunkBlocks) {
    const chunk = records.slice(first, first + chunkBlocks);
    const blocks: Uint8Array[] = [];
    const near: Uint8Array[] = [];
    for (const [offset, { tokens }] of chunk.entries()) {
      blocks.push(transcode(await from.load(first + offset), tokens, from.format, to.format, shape));
      const kept = await from.loadNear(first + offset);
      if (kept && from.nearFormat && to.nearFormat) {
        near.push(transcode(kept, tokens, from.nearFormat, to.nearFormat, shape));
      }
    }
    const copied = chunk.map((record, offset) => ({ ...record, checksum: to.checksum(blocks[offset] as Uint8Array) }));
    await to.append(blocks, copied, near);
  }
  if (complete) await to.file.finish();
}

/** What is kept for layers with a window. */
interface NearBlocks {
  readonly format: BlockFormat;
  readonly file: NearFile;
  readonly chunkBlocks: number;
}

/** In memory, blocks of layers with a window have numbers below zero. */
const nearNumber = (block: number): number => -1 - block;

function streamOf(
  id: string,
  file: StreamFile,
  format: BlockFormat,
  near: NearBlocks | undefined,
  cache: BlockCache,
): Stream {
  const damaged = new Set<number>();
  return {
    id,
    file,
    format,
    nearFormat: near?.format,
    damaged,
    checksum: (block) => crc32(block),
    async load(block) {
      const cached = cache.get(id, block);
      if (cached) return cached;
      try {
        const bytes = await file.readBlock(block);
        cache.put(id, block, bytes);
        return bytes;
      } catch (thrown) {
        if (errorData(thrown).code === 'data-corrupt') damaged.add(block);
        throw thrown;
      }
    },
    async loadNear(block) {
      const cached = cache.get(id, nearNumber(block));
      if (cached || !near) return cached;
      const chunk = Math.floor(block / near.chunkBlocks);
      const blocks = await near.file.read(chunk);
      for (const [offset, bytes] of (blocks ?? []).entries()) {
        cache.put(id, nearNumber(chunk * near.chunkBlocks + offset), bytes);
      }
      return blocks?.[block % near.chunkBlocks];
    },
    async append(blocks, records, nearBlocks) {
      const first = file.records.length;
      // Before the chunk is committed: what it needs to go on is there then.
      if (near) {
        await near.file.write(first / near.chunkBlocks, nearBlocks);
        for (const [offset, bytes] of nearBlocks.entries()) cache.put(id, nearNumber(first + offset), bytes);
      }
      await file.commit(blocks, records);
      for (const [offset, block] of blocks.entries()) cache.put(id, first + offset, block);
    },
    async mend(block, bytes) {
      await file.mend(block, bytes, near !== undefined);
      damaged.delete(block);
      cache.put(id, block, bytes);
    },
    async truncate(blocks) {
      await file.truncate(blocks);
      for (const block of damaged) if (block >= blocks) damaged.delete(block);
      cache.forget(id);
    },
    async close() {
      await file.close();
      await near?.file.close();
    },
  };
}

interface BlockCache {
  readonly bytes: number;
  get(id: string, block: number): Uint8Array | undefined;
  put(id: string, block: number, bytes: Uint8Array): void;
  forget(id: string): void;
}

/** The blocks used last, up to a bound. */
function createBlockCache(limit: number): BlockCache {
  /** A Map keeps the order of insertion: what is used last is put last. */
  const kept = new Map<string, Uint8Array>();
  let total = 0;
  function drop(key: string): void {
    total -= kept.get(key)?.length ?? 0;
    kept.delete(key);
  }
  return {
    get bytes() {
      return total;
    },
    get(id, block) {
      const key = `${id}/${block}`;
      const bytes = kept.get(key);
      if (bytes) {
        kept.delete(key);
        kept.set(key, bytes);
      }
      return bytes;
    },
    put(id, block, bytes) {
      const key = `${id}/${block}`;
      drop(key);
      kept.set(key, bytes);
      total += bytes.length;
      for (const oldest of kept.keys()) {
        if (total <= limit) break;
        drop(oldest);
      }
    },
    forget(id) {
      for (const key of [...kept.keys()]) if (key.startsWith(`${id}/`)) drop(key);
    },
  };
}
