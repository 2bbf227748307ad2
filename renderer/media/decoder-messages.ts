/** What the window and the worker that decodes recordings say to each other. */

/** From the window: begin with a recording, or go on with the piece after the one that came. */
export type ToDecoder = { kind: 'start'; url: string; fileName: string; from: number } | { kind: 'more' };

/** From the worker: a piece of sound (16-bit samples at 16 kHz, in base64) up to the second `end`; or the end. */
export type FromDecoder =
  | { kind: 'piece'; samples: string; end: number }
  /** `problem`: a sentence, when it could not be decoded. */
  | { kind: 'end'; problem: string | null };
