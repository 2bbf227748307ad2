/** What main asks of the process that decodes recordings. Main pulls: nothing is decoded further than it is heard. */
import { z } from 'zod';
import type { Contract } from '../../../base/rpc.ts';

const track = z.object({
  /** The codec's name for a person. */
  codec: z.string(),
  /** Whether it can be decoded without a browser. */
  decodable: z.boolean(),
});

export const protocol = {
  requests: {
    /** Opens a recording; the one before is closed. */
    open: {
      params: z.object({ path: z.string(), fileName: z.string() }),
      result: z.object({
        /** Seconds; null when they are not known. */
        duration: z.number().nullable(),
        sound: track.nullable(),
        pictures: z.object({ codec: z.string() }).nullable(),
      }),
    },
    /** Goes to a second of the open recording. */
    seek: { params: z.object({ seconds: z.number().min(0) }), result: z.object({}) },
    /** The next stretch of its sound, at 16 kHz on one channel; null at the end. */
    next: {
      params: z.object({}),
      result: z
        .object({
          samples: z.instanceof(Float32Array),
          /** Its end, in seconds from the recording's beginning. */
          end: z.number(),
        })
        .nullable(),
    },
  },
  events: {},
} satisfies Contract;

export type MediaProtocol = typeof protocol;
