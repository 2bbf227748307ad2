/** What the window and the worker that decodes recordings say to each other. */

/** From the window: begin with a recording, or go on with what comes after the message that came. */
export type ToDecoder =
  | { kind: 'start'; url: string; isImage: boolean; fileName: string; from: number }
  | { kind: 'more' };

/** From the worker; after each but the last it waits for `more`. */
export type FromDecoder =
  /** Sound up to the second `end`: 16-bit samples at 16 kHz, in base64. */
  | { kind: 'sound'; samples: string; end: number }
  /** A picture: grey values, and a small JPEG file, in base64. */
  | { kind: 'picture'; at: number; width: number; height: number; pixels: string; thumbnail: string }
  /** `problem`: a sentence, when it could not be decoded; `leftOut`: one that says what part of it could not. */
  | { kind: 'end'; problem: string | null; leftOut: string | null };
