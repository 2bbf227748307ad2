/** `npm run -s bench -- TASK [--json] [--tokens N,N] [--crash] [--data-dir DIR]`: speed and memory, measured side by side. */
import { parseArgs } from 'node:util';
import { errorData, LonghandError } from '../../base/errors.ts';

interface Arguments {
  lengths: number[] | undefined;
  crash: boolean;
  dataFolder: string | undefined;
}

/** Each is loaded by itself: memory is measured in this very program, without what the others need. */
const tasks: Record<string, (args: Arguments) => Promise<object>> = {
  engine: async ({ lengths }) => (await import('./engine.ts')).runEngineBenchmark(lengths ? { lengths } : {}),
  context: async ({ lengths: [tokens = 65_536] = [], crash, dataFolder }) =>
    (await import('./context.ts')).runContextBenchmark({ tokens, crash, dataFolder }),
  ingest: async () => (await import('./ingest.ts')).runIngestBenchmark(),
};

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'boolean' },
      tokens: { type: 'string' },
      crash: { type: 'boolean' },
      'data-dir': { type: 'string' },
    },
  });
  const name = positionals[0] ?? '';
  const task = tasks[name];
  if (!task)
    throw new LonghandError('bad-request', `Name a task: ${Object.keys(tasks).join(', ')}. There is no "${name}".`);
  const lengths = values.tokens?.split(',').map(Number);
  if (lengths?.some((length) => !Number.isInteger(length) || length < 512))
    throw new LonghandError('bad-request', '--tokens is a list of whole numbers from 512 on, such as 2048,65536.');
  process.stdout.write(
    `${JSON.stringify(await task({ lengths, crash: values.crash ?? false, dataFolder: values['data-dir'] }), null, values.json ? 0 : 2)}\n`,
  );
} catch (thrown) {
  process.stderr.write(`${errorData(thrown).message}\n`);
  process.exitCode = 1;
}
