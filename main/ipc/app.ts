/** What a shell gets from the composition root: the app without a window. */
import type { Channel } from '../../base/rpc.ts';
import type { Fork } from '../../base/utility-process.ts';

/** What the window at the other end of a channel may do. */
export interface Rights {
  /** May name files of this machine: true only where the shell knows that the person chose them. */
  paths: boolean;
}

export interface DocumentFile {
  path: string;
  mediaType: string;
  byteSize: number;
}

export interface App {
  /** Speaks the contract on a channel until it closes. */
  serve(channel: Channel, rights: Rights): void;
  /** The stored file of a document, for the reader; undefined when there is none with that id. */
  documentFile(id: string): DocumentFile | undefined;
  /**
   * Stores the bytes of an upload and gives its id for `library.add`.
   * Throws `too-large` past the size limit and `disk` when it cannot be written; nothing is left behind then.
   */
  receiveUpload(bytes: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<string>;
  /** Ends the utility processes and closes the database. */
  close(): Promise<void>;
}

export interface AppOptions {
  shell: 'electron' | 'served';
  version: string;
  /** Everything that is kept is below this folder. */
  dataFolder: string;
  /** Folder of the weights and samples that ship (native-models/bundled and assets/samples, or their packaged copies). */
  bundledFolder: string;
  samplesFolder: string;
  /** Folder of the built utility processes: engine.js, ingest.js, media.js, perception.js. */
  processFolder: string;
  fork: Fork;
  /** True where no window is ever opened, as on the command line: nothing waits for one then. */
  headless?: boolean;
  /** Overrides of the stored settings for this run (command line). */
  overrides?: { modelId?: string; device?: 'auto' | 'cpu' | 'webgpu'; threads?: number };
}
