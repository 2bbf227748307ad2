/** `npm run -s eval -- TASK [--json]`: how good the answers are, on real documents and with the real model. */
import { parseArgs } from 'node:util';
import { errorData, LonghandError } from '../../base/errors.ts';
import { evaluateAnswers } from './answers.ts';

const tasks: Record<string, (options: { model?: string; limit?: number }) => Promise<object>> = {
  answers: evaluateAnswers,
};

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'boolean' }, model: { type: 'string' }, limit: { type: 'string' } },
  });
  const task = tasks[positionals[0] ?? ''];
  if (!task)
    throw new LonghandError(
      'bad-request',
      `Name a task: ${Object.keys(tasks).join(', ')}. There is no "${positionals[0] ?? ''}".`,
    );
  const result = await task({
    ...(values.model !== undefined && { model: values.model }),
    ...(values.limit !== undefined && { limit: Number(values.limit) }),
  });
  process.stdout.write(`${JSON.stringify(result, null, values.json ? 0 : 2)}\n`);
} catch (thrown) {
  process.stderr.write(`${errorData(thrown).message}\n`);
  process.exitCode = 1;
}
