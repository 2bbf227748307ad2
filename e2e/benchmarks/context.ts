/**
 * Reading, keeping and asking one long text, as the app does it: how fast each tenth is read, what a crash in the middle
 * costs, how soon a new conversation about it answers beside reading it again, how fast it writes beside a short text,
 * how much memory and disk it takes; and whether what is hidden in it is found.
 */
import { readFileSync } from 'node:fs';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { LonghandError } from '../../base/errors.ts';
import { type Fork, forkWithNode } from '../../base/utility-process.ts';
import { type Answer, answer } from '../../main/chat/answer.ts';
import type { Services } from '../../main/index.ts';
import { bundledModelId, findModel } from '../../main/models/models.ts';
import { appFolders } from '../../main/shell/folders.ts';
import { readBooks } from '../evals/books.ts';
import { depths, type Item, type TaskName } from '../evals/items.ts';
import { makePlans, type Plan } from '../evals/plan.ts';
import { tokenCounter } from '../evals/readers.ts';
import { type Score, scoreAnswer } from '../evals/score.ts';
import { addFile, openLonghand } from '../longhand.ts';

export interface ContextOptions {
  readonly tokens: number;
  readonly threads?: number;
  /** Ends the engine, as a power cut would, when half of the text is read. */
  readonly crash?: boolean;
  /** A folder to work in that is kept: a text that was read in it before is only asked about. */
  readonly dataFolder?: string | undefined;
}

/** Tokens known to be read at a time. */
interface Sample {
  readonly tokens: number;
  readonly ms: number;
}

const modelId = bundledModelId;
/** What is hidden and asked for; `eval` with the same tasks, trials and seed makes the same text. */
const tasks: readonly TaskName[] = ['recall', 'multikey', 'kv', 'paraphrase'];
const trials = 6;
const seed = 1;
/** A text that the answer's speed is compared with: about as much as a chosen working set. */
const shortTokens = 2048;
const answerTokens = 48;
const repetitions = 5;
const signal = new AbortController().signal;

/** Runs the benchmark on a data folder of its own. Throws what the services throw. */
export async function runContextBenchmark(options: ContextOptions): Promise<object> {
  const { tokens, threads = 2, crash = false } = options;
  const processes: { path: string; pid: number }[] = [];
  const fork: Fork = (path, options) => {
    const child = forkWithNode(path, options);
    processes.push({ path, pid: child.pid ?? 0 });
    return child;
  };
  const { services, dataFolder, close } = await openLonghand({
    dataFolder: options.dataFolder,
    model: modelId,
    threads,
    fork,
  });
  const engineProcess = (): number => processes.findLast(({ path }) => basename(path) === 'engine.js')?.pid ?? 0;
  try {
    const info = await services.engine.ready();
    const weightsBytes = (await stat((await findModel(modelId, appFolders().bundled)).modelPath)).size;
    const [long, short] = await plansOf(tokens);
    const shortId = await addText(services, dataFolder, short);
    await services.memory.ensure([shortId], { signal });
    const longId = await addText(services, dataFolder, long);
    const before = services.memory.kept(longId).complete;
    say(before ? 'read before' : `reading ${tokens} tokens`);
    const reading = await read(services, longId, crash ? { at: tokens / 2, engineProcess } : undefined);
    await services.semanticIndex?.idle();
    const entry = services.memory.list().find(({ id }) => id === longId);
    if (!entry) throw new LonghandError('internal', 'The text is not kept.');

    const questions = long.items.slice(0, repetitions);
    const shortQuestions = short.items.slice(0, repetitions);
    const mounted = await askAll(services, longId, questions);
    const compared = await askAll(services, shortId, shortQuestions);
    const rest = await askAll(services, longId, long.items.slice(repetitions));
    const answers = [...mounted, ...rest];
    const firstTokenMs = median(mounted.map(({ given }) => given.details.timing?.firstTokenMs ?? 0));
    const decode = { mounted: decodeSpeed(mounted), short: decodeSpeed(compared) };
    const peak = Math.max(peakBytes(engineProcess()), reading.crashed?.peakBytes ?? 0);
    return {
      model: info.modelName,
      threads,
      tokens: entry.tokens,
      ...(!before && { reading }),
      disk: { bytes: entry.bytes, bytesPerToken: entry.bytes / entry.tokens },
      firstToken: {
        mountedMs: firstTokenMs,
        ...(!before && { readAgainMs: reading.ms, ratio: firstTokenMs / reading.ms }),
      },
      decode: { ...decode, ratio: decode.mounted / decode.short },
      memory: { peakBytes: peak, weightsBytes, overWeights: peak - weightsBytes },
      found: foundBy(answers),
    };
  } finally {
    await close();
  }
}

/** The long text with facts hidden in it, and the short one. */
async function plansOf(tokens: number): Promise<[Plan, Plan]> {
  const countTokens = await tokenCounter((await findModel(modelId, appFolders().bundled)).modelPath);
  const books = await readBooks();
  const [long] = makePlans({ books, countTokens, tokens, tasks, trials, seed });
  const [short] = makePlans({ books, countTokens, tokens: shortTokens, tasks: ['recall'], trials: 1, seed });
  if (!long || !short) throw new LonghandError('internal', 'There is no plan for this length.');
  return [long, short];
}

async function addText(services: Services, dataFolder: string, { id, documents }: Plan): Promise<string> {
  const folder = join(dataFolder, 'benchmark-texts');
  await mkdir(folder, { recursive: true });
  const path = join(folder, `${id}.txt`);
  await writeFile(path, documents[0]?.text ?? '');
  return (await addFile(services, path)).id;
}

/** Reads the text, and tells how fast. */
async function read(services: Services, id: string, crash: { at: number; engineProcess(): number } | undefined) {
  const samples: Sample[] = [];
  let crashed: { atTokens: number; resumedAtTokens: number | null; peakBytes: number } | undefined;
  const began = performance.now();
  await services.memory.ensure([id], {
    signal,
    onProgress(done, total) {
      const last = samples.at(-1);
      if (last && done === last.tokens) return;
      if (last && done < last.tokens && crashed) crashed = { ...crashed, resumedAtTokens: done };
      samples.push({ tokens: done, ms: performance.now() - began });
      if (crash && !crashed && done >= crash.at) {
        const running = crash.engineProcess();
        crashed = { atTokens: done, resumedAtTokens: null, peakBytes: peakBytes(running) };
        process.kill(running, 'SIGKILL');
      }
      if (samples.length % 500 === 0)
        say(`${done} of ${total} tokens after ${Math.round((performance.now() - began) / 1000)} s`);
    },
  });
  const ms = performance.now() - began;
  const total = samples.at(-1)?.tokens ?? 0;
  const first = samples[0]?.tokens ?? 0;
  const tenths = Array.from({ length: 10 }, (_, tenth) =>
    speedBetween(samples, first + ((total - first) * tenth) / 10, first + ((total - first) * (tenth + 1)) / 10),
  );
  const atEightThousand = speedBetween(samples, 7168, 8064);
  return {
    ms,
    tokensPerSecond: (total * 1000) / ms,
    tenths,
    atEightThousand,
    lastTenthRatio: (tenths.at(-1) ?? 0) / atEightThousand,
    crashed,
  };
}

/** Tokens per second from one number of tokens to another; a stretch that was read twice counts once. */
function speedBetween(samples: readonly Sample[], from: number, to: number): number {
  const begin = samples.findLast(({ tokens }) => tokens <= from) ?? samples[0];
  const end = samples.find(({ tokens }) => tokens >= to) ?? samples.at(-1);
  if (!begin || !end || end.ms <= begin.ms) return 0;
  return ((end.tokens - begin.tokens) * 1000) / (end.ms - begin.ms);
}

interface Asked {
  readonly item: Item;
  readonly given: Answer;
  readonly score: Score;
}

async function askAll(services: Services, id: string, items: readonly Item[]): Promise<Asked[]> {
  const all: Asked[] = [];
  for (const item of items) {
    const given = await answer(services, {
      documentIds: [id],
      history: [],
      question: item.question,
      maxTokens: answerTokens,
      signal,
    });
    const score = scoreAnswer(item, given.text, given.details.citations);
    const firstToken = given.details.timing?.firstTokenMs.toFixed(0);
    say(`${item.id}: right ${score.right}, cited ${score.cited}, first token ${firstToken} ms`);
    all.push({ item, given, score });
  }
  return all;
}

/** How much was right and cited in each task, and single facts by their depth. */
function foundBy(asked: readonly Asked[]): object {
  const row = (of: readonly Asked[]): object => ({
    asked: of.length,
    right: mean(of.map(({ score }) => score.right)),
    cited: mean(of.map(({ score }) => score.cited ?? 0)),
    tokensAttended: median(of.map(({ given }) => given.details.read.tokensAttended)),
  });
  const byTask = tasks.map((task) => [task, row(asked.filter(({ item }) => item.task === task))]);
  const byDepth = depths.map((depth) => [
    depth,
    row(asked.filter(({ item }) => item.task === 'recall' && item.depth === depth)),
  ]);
  return { ...Object.fromEntries(byTask), recallByDepth: Object.fromEntries(byDepth) };
}

/** Tokens written per second over all answers. */
function decodeSpeed(answers: readonly { given: Answer }[]): number {
  return median(answers.map(({ given }) => given.details.timing?.decodeTokensPerSecond ?? 0));
}

/** The most memory that a process has had in use. Linux only. */
function peakBytes(pid: number): number {
  const [, kilobytes = '0'] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
