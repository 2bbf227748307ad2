/** Names of files, as they are shown. */

/** What could not be added. */
export interface Refused {
  name: string;
  /** One sentence for a person. */
  reason: string;
}

/** A file name without folders and control characters, for showing it. */
export function cleanName(name: string): string {
  const last = name.split(/[/\\]/).findLast((part) => part !== '') ?? '';
  return last.replace(/\p{Cc}/gu, '').slice(0, 255) || 'document';
}

/** A title from a file name: without its ending. */
export function titleOf(fileName: string): string {
  return (
    fileName
      .replace(/(?<=.)\.[^.]{1,8}$/, '')
      .replace(/_/g, ' ')
      .trim() || fileName
  );
}

/** The endings of files that were left out, for a sentence: "jpg, mp3 and 2 other kinds". */
function endings(names: ReadonlyMap<string, number>): string {
  const sorted = [...names].sort((a, b) => b[1] - a[1]).map(([name]) => name || 'no ending');
  return sorted.length > 5
    ? `${sorted.slice(0, 5).join(', ')} and ${sorted.length - 5} other kinds`
    : sorted.join(', ');
}

/** The sentence for files of a folder or archive that are of no kind that can be read, by their endings. */
export function leftOutSentence(holder: string, names: ReadonlyMap<string, number>): string {
  const count = [...names.values()].reduce((sum, n) => sum + n, 0);
  return count === 1
    ? `1 file in “${holder}” cannot be read (${endings(names)}).`
    : `${count} files in “${holder}” cannot be read (${endings(names)}).`;
}
