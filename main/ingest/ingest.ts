/** Adding documents: sources → files in the library's store → the reading queue. */
import { randomUUID } from 'node:crypto';
import { createReadStream, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { asLonghandError, errorData, isCancelled, LonghandError, throwIfCancelled } from '../../base/errors.ts';
import type { Fork } from '../../base/utility-process.ts';
import { type StoredFile, writeStream } from '../library/files.ts';
import type { Library, NewContent } from '../library/library.ts';
import type { DocumentEntry } from '../library/schema.ts';
import { archiveOf, type ContainerKind } from './containers/containers.ts';
import { createUnpacker } from './containers/unpacker.ts';
import { formatOf } from './formats/index.ts';
import type { RecordingOptions } from './media/recording-lane.ts';
import { cleanName, type Refused, titleOf } from './names.ts';
import { createOrigins, lookOf } from './origins.ts';
import { createQueue } from './queue.ts';
import { filesOfFolder, isFolder, type Source, startOfFile, textFileName } from './sources.ts';

export interface IngestOptions {
  library: Library;
  /** What hears recordings and reads pictures; without it recordings stay in the queue, and scanned pages empty. */
  recordings?: RecordingOptions;
  /**
   * Reads what is added here and nothing else that is queued: a command has no window, which some of it may be waiting
   * for, and ends with what it was told to do.
   */
  onlyAdded?: boolean | undefined;
  dataFolder: string;
  /** Folder of the sample document that ships. */
  samplesFolder: string;
  fork: Fork;
  /** Folder of the built reading processes, ingest.js and media.js. */
  processFolder: string;
  /** Hears of errors that stop the queue as a whole, such as a full disk. */
  onError(error: LonghandError): void;
}

export interface Ingest {
  /**
   * Adds documents, and begins to read them. A file whose content is there already is returned as it is,
   * and read again if that had failed or been stopped; so is one that was added from the same path with another
   * content, which is offered for reading again (`changed`). Throws `forbidden` when a path is named without
   * the right to; whatever else cannot be added is in `refused`. The files in an archive, and those that came with
   * a letter, become documents of their own.
   */
  add(
    sources: readonly Source[],
    rights: { paths: boolean },
    signal?: AbortSignal,
  ): Promise<{ documents: DocumentEntry[]; refused: Refused[] }>;
  /** Stops reading a document; what was read of it is discarded. Nothing happens to one that is ready. */
  cancel(id: string): Promise<void>;
  /** Reads a failed or cancelled document again, with a password if it is locked; that is kept nowhere. */
  retry(id: string, password?: string): void;
  /**
   * Reads the file that a document was added from again, with the content that it has now: the document keeps its id,
   * the title that a person chose, and its conversations. Throws `not-found` and `disk` when the file cannot be read,
   * and `bad-request` when the document was not added from a file of this machine, or another document has that
   * content; nothing changes then.
   */
  refresh(id: string): Promise<void>;
  /**
   * Looks whether the file that a document was added from has changed, which is then offered for reading again; those
   * of all documents when none is named.
   */
  lookForChanges(id?: string): Promise<void>;
  /** Removes a document, in whatever state it is. */
  remove(id: string): Promise<void>;
  /**
   * Stores the bytes of an upload and gives its id for `add` or `takeUpload`.
   * Throws `too-large` past `maximumUploadBytes`, `cancelled`, and `disk`; nothing is left behind then.
   */
  receiveUpload(bytes: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<string>;
  /** The file of an upload that is no document, which now is the caller's. Throws `not-found`. */
  takeUpload(id: string): { path: string };
  /** Resolves when nothing is queued or being read. */
  idle(): Promise<void>;
  /**
   * Ends the reading process and every look for changes; what was being read is read again at the next start. The
   * library is left alone from then on.
   */
  close(): Promise<void>;
}

/** Archives within archives, and letters within letters, are opened up to this depth. */
const maximumNesting = 4;
/** Models are the largest files that are sent. */
const maximumUploadBytes = 32 * 1024 ** 3;
const sampleFileName = 'a-short-history-of-the-lighthouse.pdf';

/** A file that is ready to be put into the library's store. */
interface Candidate {
  fileName: string;
  /** Where its bytes are now. */
  path: string;
  /** For a file that is already on the library's disk and is moved, not copied. */
  stored?: StoredFile;
  title?: string;
  /** Its path as a person knows it, if it lies on this machine. */
  origin?: string;
}

/** Starts the ingest: cleans up what an earlier run left, and goes on with its queue. */
export function createIngest(options: IngestOptions): Ingest {
  const { library, dataFolder, samplesFolder } = options;
  const incoming = join(dataFolder, 'incoming');
  mkdirSync(incoming, { recursive: true });
  removeLeftOvers(incoming);
  const uploads = new Map<string, StoredFile>();
  const passwords = new Map<string, string>();
  const added = new Set<string>();
  const queue = createQueue({ ...options, passwords, only: options.onlyAdded ? added : undefined });
  const origins = createOrigins(library);
  const unpackFile = createUnpacker(options);
  const report = (thrown: unknown): void => options.onError(asLonghandError(thrown));
  const ready = library.cleanUp().then(queue.run, report);

  async function receive(bytes: AsyncIterable<Uint8Array>, name: string, signal?: AbortSignal): Promise<string> {
    const id = randomUUID();
    uploads.set(id, await writeStream(join(incoming, id), bytes, { maximumBytes: maximumUploadBytes, name, signal }));
    return id;
  }

  /** The files that a source stands for. */
  async function candidates(source: Source, refused: Refused[], signal?: AbortSignal): Promise<Candidate[]> {
    switch (source.kind) {
      case 'path': {
        const path = resolve(source.path);
        if (!(await isFolder(path))) return [{ fileName: cleanName(path), path, origin: path }];
        const { files, leftOut } = await filesOfFolder(path);
        refused.push(...leftOut);
        return files.map((file) => ({ fileName: basename(file), path: file, origin: file }));
      }
      case 'upload':
        return [{ fileName: cleanName(source.name), ...takeUpload(source.upload) }];
      case 'text': {
        const fileName = textFileName(source.title, source.text);
        const id = await receive(chunksOf(source.text), fileName, signal);
        return [{ fileName, title: source.title, ...takeUpload(id) }];
      }
      case 'sample':
        return [{ fileName: sampleFileName, path: join(samplesFolder, sampleFileName) }];
    }
  }

  function takeUpload(id: string): { path: string; stored: StoredFile } {
    const stored = uploads.get(id);
    if (!stored) throw new LonghandError('not-found', 'This upload is no longer there: send the file again.');
    uploads.delete(id);
    return { path: join(incoming, id), stored };
  }

  /** The files within a candidate, if it is an archive or a letter; they are gone when the generator ends. */
  async function* membersOf(
    { fileName, path }: Candidate,
    container: ContainerKind,
    refused: Refused[],
    signal?: AbortSignal,
  ): AsyncGenerator<Candidate> {
    const folder = join(incoming, randomUUID());
    mkdirSync(folder);
    try {
      const { byteSize } = await startOfFile(path);
      const { members, leftOut } = await unpackFile({ path, fileName, byteSize, container, folder }, signal);
      refused.push(...leftOut);
      for (const { name, ...stored } of members) yield { fileName: name, path: stored.path, stored };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** Puts a candidate's file into the store, and says what it is. */
  async function store(candidate: Candidate, signal?: AbortSignal): Promise<NewContent> {
    const { fileName, path, stored, origin } = candidate;
    const { byteSize, start } = await startOfFile(path);
    const { kind, maximumBytes } = formatOf(fileName, start, byteSize);
    // Before its bytes are read: a change while that is done is noticed afterwards.
    const look = origin && (await lookOf(origin));
    const limits = { maximumBytes, name: fileName, signal };
    const file = stored ?? (await library.files.add(createReadStream(path), limits));
    if (stored) await library.files.adopt(path, stored.hash);
    return {
      kind,
      contentHash: file.hash,
      byteSize: file.byteSize,
      ...(origin && look && { origin: { path: origin, look } }),
    };
  }

  async function addFile(candidate: Candidate, signal?: AbortSignal): Promise<DocumentEntry> {
    const { fileName, path, stored, title, origin } = candidate;
    const earlier = origin && library.findByOrigin(origin);
    if (earlier) return meetAgain(earlier);
    try {
      const content = await store(candidate, signal);
      const known = library.findByContent(content.contentHash);
      if (known) return readAgain(await foundElsewhere(known, content));
      const added = library.addDocument({ title: titleOf(fileName), fileName, ...content });
      return title ? library.rename(added.id, title) : added;
    } finally {
      if (stored) await rm(path, { force: true });
    }
  }

  /** A file that was added before: its other content, if it has one, is offered, or read where nothing else was. */
  async function meetAgain(document: DocumentEntry): Promise<DocumentEntry> {
    if (ended(document)) await refresh(document.id);
    else await origins.look(document.id);
    return library.get(document.id);
  }

  /** Follows a document's file to another place, when it is no longer in the first. */
  async function foundElsewhere(document: DocumentEntry, { origin }: NewContent): Promise<DocumentEntry> {
    const before = library.origin(document.id);
    if (origin && !(before && (await lookOf(before.path)))) library.setOrigin(document.id, origin, false);
    return document;
  }

  async function refresh(id: string): Promise<void> {
    const { title, fileName } = library.get(id);
    const path = library.origin(id)?.path;
    if (path === undefined)
      throw new LonghandError('bad-request', `“${title}” was not added from a file of this machine: add it again.`);
    const content = await store({ fileName, path, origin: path });
    const known = library.findByContent(content.contentHash);
    if (known && known.id !== id)
      throw new LonghandError(
        'bad-request',
        `“${path}” has the same content as “${known.title}” now, which is in the library: remove one of the two.`,
      );
    if (!known) {
      queue.stop(id);
      await library.replaceContent(id, content);
    } else if (content.origin) library.setOrigin(id, content.origin, false);
    readAgain(library.get(id));
    run(id);
  }

  /** Begins to read a document. */
  function run(id: string): void {
    added.add(id);
    queue.run();
  }

  function readAgain(document: DocumentEntry): DocumentEntry {
    if (ended(document)) library.setState(document.id, 'queued');
    return library.get(document.id);
  }

  return {
    async add(sources, rights, signal) {
      if (!rights.paths && sources.some(({ kind }) => kind === 'path'))
        throw new LonghandError(
          'forbidden',
          'This window may not name files of this machine: choose or drop the file instead.',
        );
      await ready;
      const documents = new Map<string, DocumentEntry>();
      const refused: Refused[] = [];
      /** Runs one step for one name; what cannot be done is refused with its sentence, and the rest goes on. */
      const attempt = async (name: string, step: () => Promise<void>): Promise<void> => {
        throwIfCancelled(signal);
        try {
          await step();
        } catch (thrown) {
          if (isCancelled(thrown)) throw thrown;
          refused.push({ name, reason: errorData(thrown).message });
        }
      };
      /** Adds a file, or the files that it holds, or both. */
      const addCandidate = async (candidate: Candidate, depth: number): Promise<void> => {
        const { start } = await startOfFile(candidate.path);
        const archive = archiveOf(candidate.fileName, start);
        const addMembers = async (container: ContainerKind, holder: Candidate): Promise<void> => {
          if (depth >= maximumNesting)
            throw new LonghandError(
              'too-large',
              `“${candidate.fileName}” was not opened: archives nest deeper than ${maximumNesting} levels.`,
            );
          for await (const member of membersOf(holder, container, refused, signal))
            await attempt(member.fileName, () => addCandidate(member, depth + 1));
        };
        if (archive) {
          try {
            await addMembers(archive, candidate);
          } finally {
            if (candidate.stored) await rm(candidate.path, { force: true });
          }
          return;
        }
        const document = await addFile(candidate, signal);
        documents.set(document.id, document);
        run(document.id);
        if (document.kind === 'email')
          await addMembers('email', { fileName: candidate.fileName, path: library.filePath(document.id) });
      };
      for (const source of sources)
        await attempt(sourceName(source), async () => {
          for (const candidate of await candidates(source, refused, signal))
            await attempt(candidate.fileName, () => addCandidate(candidate, 0));
        });
      return { documents: [...documents.values()], refused };
    },
    async cancel(id) {
      const { state } = library.get(id);
      if (state !== 'queued' && state !== 'reading') return;
      library.setState(id, 'cancelled');
      queue.stop(id);
      await library.discardSections(id);
    },
    retry(id, password) {
      if (password !== undefined) passwords.set(id, password);
      readAgain(library.get(id));
      run(id);
    },
    refresh,
    async lookForChanges(id) {
      await ready;
      await (id === undefined ? origins.lookAtAll() : origins.look(id));
    },
    async remove(id) {
      library.get(id);
      queue.stop(id);
      await library.remove(id);
    },
    receiveUpload: (bytes, signal) => receive(bytes, 'The file', signal),
    takeUpload,
    async idle() {
      await ready;
      await queue.idle();
    },
    async close() {
      await Promise.all([ready, origins.close()]);
      await queue.close();
    },
  };
}

/** The names of what is made in the folder of what comes in. */
const uniqueName = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Removes what an earlier run left behind; a data folder may be one that holds a person's own files. */
function removeLeftOvers(incoming: string): void {
  for (const name of readdirSync(incoming))
    if (uniqueName.test(name)) rmSync(join(incoming, name), { recursive: true, force: true });
}

/** A document that was not read to its end, and waits for nothing. */
const ended = ({ state }: DocumentEntry): boolean => state === 'failed' || state === 'cancelled';

function sourceName(source: Source): string {
  switch (source.kind) {
    case 'path':
      return cleanName(source.path);
    case 'upload':
      return cleanName(source.name);
    case 'text':
      return source.title;
    case 'sample':
      return sampleFileName;
  }
}

/** A text as chunks of bytes, without a second copy of all of it. */
async function* chunksOf(text: string): AsyncGenerator<Uint8Array> {
  const length = 1 << 20;
  for (let start = 0, end = 0; start < text.length; start = end) {
    end = Math.min(text.length, start + length);
    // A surrogate pair stays together.
    if (end < text.length && /[\ud800-\udbff]/.test(text[end - 1] ?? '')) end -= 1;
    yield Buffer.from(text.slice(start, end));
  }
}
