/** The table of recordings that can be read: how each is told from other files. */
import type { DocumentKind } from '../../library/schema.ts';
import type { FileFormat } from '../formats/format.ts';

const maximumBytes = 4 * 1024 ** 3;

const text = (start: Uint8Array, from: number, to: number): string => String.fromCharCode(...start.subarray(from, to));
const startsWave = (start: Uint8Array): boolean => text(start, 0, 4) === 'RIFF' && text(start, 8, 12) === 'WAVE';
const startsMp3 = (start: Uint8Array): boolean =>
  text(start, 0, 3) === 'ID3' || (start[0] === 0xff && ((start[1] ?? 0) & 0xe6) === 0xe2);
const startsAdts = (start: Uint8Array): boolean => start[0] === 0xff && ((start[1] ?? 0) & 0xf6) === 0xf0;
const startsFlac = (start: Uint8Array): boolean => text(start, 0, 4) === 'fLaC';
const startsOgg = (start: Uint8Array): boolean => text(start, 0, 4) === 'OggS';
const startsMatroska = (start: Uint8Array): boolean => text(start, 0, 4) === '\x1a\x45\xdf\xa3';
const startsMp4 = (start: Uint8Array): boolean =>
  text(start, 4, 8) === 'ftyp' || ['moov', 'mdat', 'wide'].includes(text(start, 4, 8));
const isSoundOnly = (start: Uint8Array): boolean => startsMp4(start) && /^M4[AB] $/.test(text(start, 8, 12));

/** What only its name tells apart has the same signature as what stands before it, and no mark of its own. */
const noMark = (): boolean => false;

function recording(
  kind: DocumentKind & ('audio' | 'video'),
  name: string,
  extensions: string[],
  mediaType: string,
  signature: (start: Uint8Array) => boolean,
  sniff: (start: Uint8Array) => boolean = signature,
): FileFormat {
  return { kind, name, extensions, mediaType, maximumBytes, signature, sniff };
}

export const recordings: readonly FileFormat[] = [
  recording('audio', 'WAV', ['wav'], 'audio/wav', startsWave),
  // A sync word of eleven bits is no proof.
  recording('audio', 'MP3', ['mp3'], 'audio/mpeg', startsMp3, (start) => text(start, 0, 3) === 'ID3'),
  recording('audio', 'AAC', ['aac'], 'audio/aac', startsAdts, noMark),
  recording('audio', 'FLAC', ['flac'], 'audio/flac', startsFlac),
  recording('audio', 'M4A', ['m4a', 'm4b'], 'audio/mp4', startsMp4, isSoundOnly),
  recording('video', 'MP4', ['mp4', 'm4v'], 'video/mp4', startsMp4),
  recording('video', 'MOV', ['mov'], 'video/quicktime', startsMp4, noMark),
  recording('audio', 'Ogg', ['ogg', 'oga', 'opus'], 'audio/ogg', startsOgg),
  recording('video', 'WebM', ['webm'], 'video/webm', startsMatroska),
  recording('audio', 'MKA', ['mka', 'weba'], 'audio/webm', startsMatroska, noMark),
  recording('video', 'MKV', ['mkv'], 'video/x-matroska', startsMatroska, noMark),
];
