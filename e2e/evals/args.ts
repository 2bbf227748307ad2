/** The command line of the evaluations. */
import { basename, extname } from 'node:path';
import { parseArgs } from 'node:util';
import { LonghandError } from '../../base/errors.ts';
import { modelNamed } from '../../main/models/models.ts';
import { type TaskName, taskNames } from './items.ts';
import { lengthInWords } from './report.ts';
import { type Condition, conditions } from './runner.ts';

export interface TaskArguments {
  kind: 'tasks';
  tasks: TaskName[];
  tokens: number[];
  trials: number;
  model?: string;
  seed: number;
  haystack?: string;
  dataFolder?: string;
  conditions: Condition[];
  json: boolean;
  out?: string;
}

export type EvaluationArguments =
  | TaskArguments
  | { kind: 'answers'; model?: string; limit?: number; json: boolean }
  | { kind: 'ingest'; json: boolean }
  | { kind: 'speech'; json: boolean }
  | { kind: 'ocr'; json: boolean }
  | { kind: 'media-recall'; minutes: number[]; video: boolean; json: boolean }
  | { kind: 'search'; tokens: number[]; seed: number; json: boolean }
  | { kind: 'words'; out: string }
  | { kind: 'report'; files: string[]; out?: string };

const defaultTokens = { tasks: '4k,16k,64k,256k,1M', search: '64k,1M' };
const defaultTrials = 5;
/** Below, facts and prose do not fit; above, there are not enough books. */
const bounds = {
  tokens: { low: 1024, high: 16 * 2 ** 20 },
  trials: { low: 1, high: 200 },
  minutes: { low: 1, high: 180 },
  seed: { low: 0, high: 2 ** 31 },
};

/** Reads the arguments; throws `bad-request`, saying what is allowed. */
export function parseArguments(argv: readonly string[]): EvaluationArguments {
  const { values, positionals } = parsed(argv);
  const [name = '', ...files] = positionals;
  const json = values.json ?? false;
  const model = values.model === undefined ? {} : { model: modelNamed(values.model) };
  const out = values.out === undefined ? {} : { out: values.out };
  if (name === 'answers') {
    const limit = values.limit === undefined ? {} : { limit: whole('--limit', values.limit, { low: 1, high: 1000 }) };
    return { kind: 'answers', json, ...model, ...limit };
  }
  if (name === 'ingest') return { kind: 'ingest', json };
  if (name === 'speech' || name === 'ocr') return { kind: name, json };
  if (name === 'media-recall') {
    const minutes = (values.minutes ?? '1').split(',').map((given) => whole('--minutes', given, bounds.minutes));
    return { kind: 'media-recall', minutes, video: values.video ?? false, json };
  }
  const tokens = [
    ...new Set((values.tokens ?? defaultTokens[name === 'search' ? 'search' : 'tasks']).split(',').map(tokensOf)),
  ];
  const seed = values.seed === undefined ? 0 : whole('--seed', values.seed, bounds.seed);
  if (name === 'search') return { kind: 'search', tokens, seed, json };
  if (name === 'words') {
    if (values.out === undefined) throw new LonghandError('bad-request', 'Say with --out where the vectors go.');
    return { kind: 'words', out: values.out };
  }
  if (name === 'report') {
    if (files.length === 0) throw new LonghandError('bad-request', 'Name the files of rows to report.');
    return { kind: 'report', files, ...out };
  }
  return {
    kind: 'tasks',
    tasks:
      name === 'all'
        ? [...taskNames]
        : listOf(name, taskNames, 'a task', [
            'all',
            'answers',
            'ingest',
            'speech',
            'ocr',
            'media-recall',
            'search',
            'words',
            'report',
          ]),
    tokens,
    trials: values.trials === undefined ? defaultTrials : whole('--trials', values.trials, bounds.trials),
    seed,
    conditions:
      values.conditions === undefined ? [...conditions] : listOf(values.conditions, conditions, 'a condition'),
    json,
    ...model,
    ...out,
    ...(values.haystack !== undefined && { haystack: values.haystack }),
    ...(values['data-dir'] !== undefined && { dataFolder: values['data-dir'] }),
  };
}

function parsed(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        json: { type: 'boolean' },
        model: { type: 'string' },
        limit: { type: 'string' },
        minutes: { type: 'string' },
        video: { type: 'boolean' },
        tokens: { type: 'string' },
        trials: { type: 'string' },
        seed: { type: 'string' },
        haystack: { type: 'string' },
        'data-dir': { type: 'string' },
        conditions: { type: 'string' },
        out: { type: 'string' },
      },
    });
  } catch (thrown) {
    throw new LonghandError('bad-request', thrown instanceof Error ? thrown.message : String(thrown), {
      cause: thrown,
    });
  }
}

/** "a,b" as names that are known, each once. */
function listOf<Name extends string>(
  list: string,
  known: readonly Name[],
  what: string,
  besides: readonly string[] = [],
): Name[] {
  const names = list.split(',').map((given) => {
    const found = known.find((name) => name === given);
    if (!found)
      throw new LonghandError(
        'bad-request',
        `Name ${what}: ${[...known, ...besides].join(', ')}. There is no "${given}".`,
      );
    return found;
  });
  return [...new Set(names)];
}

/** "4k", "1M" or "5000" in tokens; k and M are powers of 2. */
function tokensOf(given: string): number {
  const [, digits, unit = ''] = /^(\d+)([kKmM]?)$/.exec(given) ?? [];
  const tokens = Number(digits) * (unit === '' ? 1 : unit.toLowerCase() === 'k' ? 2 ** 10 : 2 ** 20);
  const { low, high } = bounds.tokens;
  if (!(tokens >= low && tokens <= high))
    throw new LonghandError(
      'bad-request',
      `--tokens is a list of lengths between ${lengthInWords(low)} and ${lengthInWords(high)}, such as 4k,64k,1M; "${given}" is none.`,
    );
  return tokens;
}

function whole(option: string, given: string, { low, high }: { low: number; high: number }): number {
  const number = Number(given);
  if (!/^\d+$/.test(given) || number < low || number > high)
    throw new LonghandError('bad-request', `${option} is a whole number from ${low} to ${high}; "${given}" is none.`);
  return number;
}

/** What has to be typed to get the same rows; paths of this machine are left out. */
export function commandOf({ tasks, tokens, trials, model, seed, haystack, conditions: read }: TaskArguments): string {
  return [
    'npm run -s eval --',
    tasks.length === taskNames.length ? 'all' : tasks.join(','),
    `--tokens ${tokens.map(lengthInWords).join(',')}`,
    `--trials ${trials}`,
    `--seed ${seed}`,
    `--conditions ${read.join(',')}`,
    ...(model === undefined ? [] : [`--model ${extname(model) === '.gguf' ? basename(model) : model}`]),
    ...(haystack === undefined ? [] : ['--haystack PATH']),
  ].join(' ');
}
