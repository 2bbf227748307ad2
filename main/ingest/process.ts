/** The process that reads files: whatever a file does to its reader happens here, and not in main. */
import { LonghandError } from '../../base/errors.ts';
import { serve } from '../../base/rpc.ts';
import { parentChannel } from '../../base/utility-process.ts';
import { unpack } from './containers/unpack.ts';
import { protocol } from './protocol.ts';
import { readDocument } from './reader.ts';

let reading: ReturnType<typeof readDocument> | undefined;

serve(
  protocol,
  {
    unpack,
    start(input) {
      reading = readDocument(input);
      return {};
    },
    async next() {
      if (!reading) throw new LonghandError('bad-request', 'No file is being read.');
      const step = await reading.next();
      return step.done ? { kind: 'end' as const, summary: step.value } : { kind: 'sections' as const, ...step.value };
    },
  },
  parentChannel(),
);
