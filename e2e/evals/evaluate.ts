/** Runs tasks at several lengths and under several ways of reading, and reports them. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import { z } from 'zod';
import { LonghandError } from '../../base/errors.ts';
import { commandOf, type TaskArguments } from './args.ts';
import { readBooks, readOwnTexts } from './books.ts';
import { makePlans, type Plan } from './plan.ts';
import { recallPlot } from './plot.ts';
import { openReaders, type Readers } from './readers.ts';
import { lengthInWords, markdownTable, type Row, rowSchema, rowsOf } from './report.ts';
import { type Condition, type Outcome, runItems } from './runner.ts';

export interface Evaluation {
  rows: Row[];
  /** What was left out, each with the reason. */
  skipped: string[];
  /** Every answer that was not wholly right. */
  failures: Pick<Outcome, 'id' | 'condition' | 'tokens' | 'question' | 'text' | 'answers' | 'right' | 'cited'>[];
}

/**
 * Runs the tasks with the real model; `onRows` gets the rows so far after each text, because a long run may be cut
 * short. Throws what books, plans, readers and `onRows` throw.
 */
export async function evaluateTasks(
  options: TaskArguments,
  onRows: (rows: Row[]) => Promise<void> = async () => undefined,
): Promise<Evaluation> {
  const { tasks, tokens, trials, seed, haystack, model, dataFolder } = options;
  const books = haystack === undefined ? await readBooks() : await readOwnTexts(haystack);
  const readers = await openReaders({ model, dataFolder });
  try {
    const skipped: string[] = [];
    const outcomes: Outcome[] = [];
    const repeated = new Set<number>();
    const date = new Date().toISOString().slice(0, 10);
    const run = { model: readers.model, trials, seed, command: commandOf(options), date };
    const rows = (): Row[] => rowsOf(outcomes, run, repeated);
    for (const length of tokens)
      for (const plan of makePlans({ books, countTokens: readers.countTokens, tokens: length, tasks, trials, seed })) {
        if (plan.repeated) repeated.add(length);
        outcomes.push(...(await runPlan(readers, plan, readable(options.conditions, readers, length, skipped))));
        await onRows(rows());
      }
    return {
      rows: rows(),
      skipped: [...new Set(skipped)],
      failures: outcomes.filter(({ right }) => right < 1).map(failureOf),
    };
  } finally {
    await readers.close();
  }
}

/** The conditions that a length can be read under; what is left out is said. */
function readable(
  conditions: readonly Condition[],
  { contextLength }: Readers,
  length: number,
  skipped: string[],
): Condition[] {
  return conditions.filter((condition) => {
    if (condition !== 'full' || length < contextLength) return true;
    skipped.push(`full attention at ${lengthInWords(length)}: the model attends to ${contextLength} tokens at once`);
    return false;
  });
}

async function runPlan(readers: Readers, plan: Plan, conditions: readonly Condition[]): Promise<Outcome[]> {
  if (conditions.length === 0) return [];
  const mounted = await readers.mount(plan);
  try {
    // All readers first: a way of reading that there is not is said at once.
    const readings = conditions.map((condition) => ({ condition, reader: mounted.reader(condition) }));
    const outcomes: Outcome[] = [];
    for (const reading of readings)
      outcomes.push(...(await runItems({ ...reading, plan, onOutcome: (outcome) => say(progress(outcome)) })));
    return outcomes;
  } finally {
    await mounted.release();
  }
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function progress({ id, condition, tokens, right, cited, text }: Outcome): string {
  const citing = cited === null ? '' : `, cited ${cited.toFixed(2)}`;
  const answer = text.replace(/\s+/g, ' ').trim().slice(0, 80);
  return `${lengthInWords(tokens)} ${condition} ${id}: right ${right.toFixed(2)}${citing}: ${answer}`;
}

function failureOf({ id, condition, tokens, question, text, answers, right, cited }: Outcome) {
  return { id, condition, tokens, question, text, answers, right, cited };
}

const rowsFile = z.object({ rows: z.array(rowSchema) });

/** The rows of several files that `--out` wrote. Throws `not-found` or `bad-file`, naming the file. */
export async function readRows(files: readonly string[]): Promise<Row[]> {
  const rows: Row[] = [];
  for (const file of files) {
    const content = await readFile(file, 'utf8').catch((cause: unknown) => {
      throw new LonghandError('not-found', `There is no file “${file}”.`, { cause });
    });
    rows.push(...rowsIn(content, file));
  }
  return rows;
}

function rowsIn(content: string, file: string): Row[] {
  try {
    return rowsFile.parse(JSON.parse(content)).rows;
  } catch (cause) {
    throw new LonghandError('bad-file', `“${file}” holds no rows of an evaluation.`, { cause });
  }
}

/** Writes rows as JSON to a file, and the table and the plot beside it (.md, .svg). */
export async function writeReport(file: string, rows: readonly Row[]): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const stem = file.slice(0, file.length - extname(file).length);
  await writeFile(`${stem}.json`, `${JSON.stringify({ rows }, null, 2)}\n`);
  await writeFile(`${stem}.md`, markdownTable(rows));
  if (rows.some(({ task }) => task === 'recall')) await writeFile(`${stem}.svg`, recallPlot(rows));
}
