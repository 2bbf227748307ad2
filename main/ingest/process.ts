/** The process that reads files: whatever a file does to its reader happens here, and not in main. */
import { LonghandError } from '../../base/errors.ts';
import { serve } from '../../base/rpc.ts';
import { parentChannel } from '../../base/utility-process.ts';
import { unpack } from './containers/unpack.ts';
import { protocol } from './protocol.ts';
import { type Reading, startReading } from './reading.ts';

let reading: Reading | undefined;

serve(
  protocol,
  {
    unpack,
    start(input) {
      reading = startReading(input);
      return {};
    },
    next({ lines }) {
      if (!reading) throw new LonghandError('bad-request', 'No file is being read.');
      return reading.next(lines);
    },
  },
  parentChannel(),
);
