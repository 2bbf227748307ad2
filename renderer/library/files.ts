/** Turns what a person dropped or chose into the files that can be added. */

/** The part of a `FileSystemEntry` that walking needs. */
export interface Entry {
  isFile: boolean;
  isDirectory: boolean;
  name: string;
}

interface FileEntry extends Entry {
  file(resolve: (file: File) => void, reject: (error: Error) => void): void;
}

interface FolderEntry extends Entry {
  createReader(): { readEntries(resolve: (entries: Entry[]) => void, reject: (error: Error) => void): void };
}

export interface WalkedFiles {
  files: File[];
  /** Files of other kinds inside dropped folders, which were passed over. */
  passedOver: number;
  /** True when there were more files than `mostFiles`. */
  truncated: boolean;
}

/** As many sources as one request may name. */
export const mostFiles = 1000;
const deepestFolder = 32;

function isFile(entry: Entry): entry is FileEntry {
  return entry.isFile;
}

function isFolder(entry: Entry): entry is FolderEntry {
  return entry.isDirectory;
}

/** A folder's entries: `readEntries` gives them in portions and ends with an empty one. */
async function entriesOf(folder: FolderEntry): Promise<Entry[]> {
  const reader = folder.createReader();
  const entries: Entry[] = [];
  for (;;) {
    const portion = await new Promise<Entry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (portion.length === 0) return entries;
    entries.push(...portion);
  }
}

/** The ending of a file name, without the dot, in lower case. */
export function extensionOf(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot > 0 ? name.slice(dot + 1).toLowerCase() : '';
}

/**
 * Walks dropped entries, folders included. A file that was dropped itself is always taken, so that a
 * kind that can't be read is refused with a sentence; inside folders only the given endings are, and
 * hidden entries are not. Rejects when an entry can't be read.
 */
export async function walkEntries(
  entries: readonly Entry[],
  extensions: readonly string[],
  most: number = mostFiles,
): Promise<WalkedFiles> {
  const walked: WalkedFiles = { files: [], passedOver: 0, truncated: false };

  async function take(entry: FileEntry): Promise<void> {
    if (walked.files.length >= most) walked.truncated = true;
    else walked.files.push(await new Promise<File>((resolve, reject) => entry.file(resolve, reject)));
  }

  async function walkFolder(folder: FolderEntry, depth: number): Promise<void> {
    const inside = (await entriesOf(folder)).sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
    for (const entry of inside) {
      if (walked.truncated) return;
      if (entry.name.startsWith('.')) continue;
      if (isFolder(entry) && depth < deepestFolder) await walkFolder(entry, depth + 1);
      else if (isFile(entry) && extensions.includes(extensionOf(entry.name))) await take(entry);
      else walked.passedOver += 1;
    }
  }

  for (const entry of entries) {
    if (isFolder(entry)) await walkFolder(entry, 1);
    else if (isFile(entry)) await take(entry);
  }
  return walked;
}

/** The entries of a drop; must be called while the event is handled, before anything is awaited. */
export function droppedEntries(transfer: DataTransfer): Entry[] {
  return [...transfer.items].flatMap((item) => {
    const entry = item.kind === 'file' ? item.webkitGetAsEntry() : null;
    return entry ? [entry] : [];
  });
}

/** A title for pasted text: its first line that holds a word, shortened. */
export function titleOfText(text: string): string {
  const line = text.split('\n').find((candidate) => /[\p{L}\p{N}]/u.test(candidate)) ?? '';
  const bare = line.replace(/^[#>*\-\s]+/, '').trim();
  return bare.length > 80 ? `${bare.slice(0, 79).trimEnd()}…` : bare;
}
