/** The table of pictures whose text can be read. */
import type { FileFormat } from '../formats/format.ts';

const maximumBytes = 256 * 1024 ** 2;

const starts =
  (...bytes: number[]) =>
  (start: Uint8Array): boolean =>
    bytes.every((byte, i) => start[i] === byte);
const startsWebp = (start: Uint8Array): boolean =>
  starts(0x52, 0x49, 0x46, 0x46)(start) && starts(0x57, 0x45, 0x42, 0x50)(start.subarray(8));

function image(name: string, extensions: string[], mediaType: string, sniff: FileFormat['sniff']): FileFormat {
  return { kind: 'image', name, extensions, mediaType, maximumBytes, signature: sniff, sniff };
}

export const images: readonly FileFormat[] = [
  image('PNG', ['png'], 'image/png', starts(0x89, 0x50, 0x4e, 0x47)),
  image('JPEG', ['jpg', 'jpeg'], 'image/jpeg', starts(0xff, 0xd8, 0xff)),
  image('WebP', ['webp'], 'image/webp', startsWebp),
];
