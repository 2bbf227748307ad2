/** `npm run -s bench -- TASK [--json] [--tokens N,N]`: speed and memory, measured side by side. */
import { parseArgs } from 'node:util';
import { errorData, LonghandError } from '../../base/errors.ts';
import { runEngineBenchmark } from './engine.ts';

const tasks: Record<string, (lengths?: number[]) => Promise<object>> = {
  engine: (lengths) => runEngineBenchmark(lengths ? { lengths } : {}),
};

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'boolean' }, tokens: { type: 'string' } },
  });
  const name = positionals[0] ?? '';
  const task = tasks[name];
  if (!task)
    throw new LonghandError('bad-request', `Name a task: ${Object.keys(tasks).join(', ')}. There is no "${name}".`);
  process.stdout.write(
    `${JSON.stringify(await task(values.tokens?.split(',').map(Number)), null, values.json ? 0 : 2)}\n`,
  );
} catch (thrown) {
  process.stderr.write(`${errorData(thrown).message}\n`);
  process.exitCode = 1;
}
