/** What main asks of the process that reads files. Main pulls: nothing is read further than it can be stored. */
import { z } from 'zod';
import type { Contract } from '../../base/rpc.ts';
import { anchor, documentEntry, documentKind, section } from '../library/schema.ts';
import { picture, textLine } from '../perception/protocol.ts';
import { containerKinds } from './containers/containers.ts';

const newSection = section.pick({ title: true, level: true, format: true, text: true, anchor: true }).extend({
  passages: z.array(z.object({ start: z.int(), end: z.int(), anchor })),
});

const progress = documentEntry.shape.progress.unwrap().omit({ secondsLeft: true });

export const protocol = {
  requests: {
    /** Takes the files out of an archive or a letter, into an empty folder. */
    unpack: {
      params: z.object({
        path: z.string(),
        fileName: z.string(),
        byteSize: z.int(),
        container: z.enum(containerKinds),
        folder: z.string(),
      }),
      result: z.object({
        members: z.array(z.object({ name: z.string(), path: z.string(), hash: z.string(), byteSize: z.int() })),
        leftOut: z.array(z.object({ name: z.string(), reason: z.string() })),
      }),
    },
    /** Begins to read a file; a reading that is under way is given up. */
    start: {
      params: z.object({
        path: z.string(),
        fileName: z.string(),
        kind: documentKind,
        byteSize: z.int(),
        password: z.string().optional(),
      }),
      result: z.object({}),
    },
    /** The next sections, or a picture whose text is wanted first, or, at the end, the summary. */
    next: {
      params: z.object({
        /** The text of the picture that the answer before was; none when it was none, or could not be read. */
        lines: z.array(textLine).default([]),
      }),
      result: z.discriminatedUnion('kind', [
        z.object({ kind: z.literal('picture'), picture, progress }),
        z.object({ kind: z.literal('sections'), sections: z.array(newSection), progress }),
        z.object({
          kind: z.literal('end'),
          summary: z.object({
            title: z.string().nullable(),
            metadata: documentEntry.shape.metadata,
            emptySections: z.int(),
          }),
        }),
      ]),
    },
  },
  events: {},
} satisfies Contract;

export type Protocol = typeof protocol;
export type ReadProgress = z.output<typeof progress>;
