/** Tar files (POSIX ustar and pax, GNU long names) as a stream of their files. */
import { LonghandError } from '../../../base/errors.ts';
import type { ContainerEntry } from './containers.ts';

const blockBytes = 512;
/** Of the records that hold long names. */
const maximumRecordBytes = 64 * 1024;

const damaged = (): LonghandError => new LonghandError('bad-file', 'it is damaged');

/** Pulls exact amounts out of a stream of chunks. */
class ByteReader {
  private rest: Buffer = Buffer.alloc(0);
  private readonly chunks: AsyncIterator<Uint8Array>;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.chunks = source[Symbol.asyncIterator]();
  }

  /** Up to `most` bytes; undefined at the end. */
  async some(most: number): Promise<Buffer | undefined> {
    if (this.rest.length === 0) {
      const { value, done } = await this.chunks.next();
      if (done) return undefined;
      this.rest = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    }
    const taken = this.rest.subarray(0, most);
    this.rest = this.rest.subarray(taken.length);
    return taken;
  }

  /** Exactly `length` bytes; undefined when the stream has ended before. */
  async exactly(length: number): Promise<Buffer | undefined> {
    const taken: Buffer[] = [];
    let left = length;
    while (left > 0) {
      const bytes = await this.some(left);
      if (!bytes) return undefined;
      taken.push(bytes);
      left -= bytes.length;
    }
    return Buffer.concat(taken);
  }
}

const textField = (header: Buffer, start: number, length: number): string => {
  const field = header.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.subarray(0, end < 0 ? length : end).toString('utf8');
};

/** A number in octal digits, or in binary when its first bit is set. */
function numberField(header: Buffer, start: number, length: number): number {
  if ((header[start] ?? 0) & 0x80)
    return header.subarray(start + 1, start + length).reduce((sum, byte) => sum * 256 + byte, 0);
  const value = Number.parseInt(textField(header, start, length).trim() || '0', 8);
  if (!(value >= 0)) throw damaged();
  return value;
}

/** True for the first bytes of a tar file, of the old kind without a mark as well: its first block holds its own sum. */
export function startsTar(start: Uint8Array): boolean {
  const header = Buffer.from(start.subarray(0, blockBytes));
  return header.length === blockBytes && /^[0-7 ]+$/.test(textField(header, 148, 8)) && hasChecksum(header);
}

function hasChecksum(header: Buffer): boolean {
  const sum = header.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 32 : byte), 0);
  return sum === numberField(header, 148, 8);
}

/** The fields of a pax record: "length key=value\n". */
function paxFields(record: Buffer): Map<string, string> {
  return new Map(
    [...record.toString('utf8').matchAll(/(?:^|\n)\d+ ([^=\n]+)=([^\n]*)/g)].map(([, key = '', value = '']) => [
      key,
      value,
    ]),
  );
}

/** The regular files of a tar; folders, links and devices are passed over. Throws a clause for what is damaged. */
export async function* tarEntries(source: AsyncIterable<Uint8Array>): AsyncGenerator<ContainerEntry> {
  const reader = new ByteReader(source);
  let longName: string | undefined;
  let longSize: number | undefined;
  for (;;) {
    const header = await reader.exactly(blockBytes);
    if (!header || header.every((byte) => byte === 0)) return;
    if (!hasChecksum(header)) throw damaged();
    const type = String.fromCharCode(header[156] ?? 0);
    const size = longSize ?? numberField(header, 124, 12);
    const padding = (blockBytes - (size % blockBytes)) % blockBytes;
    if (type === 'L' || type === 'x') {
      if (size > maximumRecordBytes) throw damaged();
      const record = (await reader.exactly(size + padding))?.subarray(0, size);
      if (!record) throw damaged();
      if (type === 'L') longName = textField(record, 0, record.length);
      else {
        const fields = paxFields(record);
        longName = fields.get('path') ?? longName;
        longSize = fields.has('size') ? Number(fields.get('size')) : undefined;
        if (longSize !== undefined && !(longSize >= 0)) throw damaged();
      }
      continue;
    }
    const prefix = textField(header, 257, 5) === 'ustar' ? textField(header, 345, 155) : '';
    const name = longName ?? (prefix ? `${prefix}/` : '') + textField(header, 0, 100);
    longName = undefined;
    longSize = undefined;
    let left = size;
    async function* content(): AsyncGenerator<Uint8Array> {
      while (left > 0) {
        const bytes = await reader.some(left);
        if (!bytes) throw damaged();
        left -= bytes.length;
        yield bytes;
      }
    }
    if (type === '0' || type === '\0' || type === '7') yield { name, bytes: content() };
    for await (const _ of content());
    if (padding > 0 && !(await reader.exactly(padding))) throw damaged();
  }
}
