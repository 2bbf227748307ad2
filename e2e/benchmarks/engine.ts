/**
 * The engine against llama.cpp: the same file, threads and tokens, each in a process of its own so that peak memory
 * is its own, taking turns so that whatever else the machine does hits both.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LonghandError } from '../../base/errors.ts';
import { heapFlags } from '../../base/utility-process.ts';
import { engineEnvironment, engineYoungMiB } from '../../main/engine/environment.ts';
import { contestants, type Measured, type Message, type Reply } from './contestants.ts';
import { shareOfOthers, untilQuiet } from './quiet.ts';

export interface EngineBenchmarkRow {
  /** Tokens per second of reading that many tokens. */
  prefill: Compared & { tokens: number };
  /** Tokens per second of generating, with that many tokens attended to. */
  decode: Compared & { attended: number };
  /** Milliseconds until the model can be used, not for the first time. From here on, a ratio above 1 means more than llama.cpp. */
  load: Compared;
  /** Peak bytes of the whole process. */
  memory: Compared;
}

interface Compared {
  longhand: number;
  llamaCpp: number;
  ratio: number;
}

export interface EngineBenchmarkOptions {
  readonly lengths?: readonly number[];
  readonly repetitions?: number;
  readonly threads?: number;
}

type Name = keyof typeof contestants;

const names: readonly Name[] = ['longhand', 'llamaCpp'];
/** Tokens generated in each repetition. */
const generated = 33;
/** The share of the machine that others may take during a run that counts, and how often a run is tried. */
const disturbance = 0.05;
const attempts = 4;
const contestantVariable = 'LONGHAND_BENCHMARK_CONTESTANT';
const modelFile = 'native-models/bundled/smollm2-135m-instruct/SmolLM2-135M-Instruct.Q4_1.gguf';
const textFile = 'native-models/fixtures/smollm2-forward.json';

/** The benchmark; or, in a process that it started, one of the contestants. */
export async function runEngineBenchmark(options: EngineBenchmarkOptions = {}): Promise<object> {
  const contestant = names.find((name) => name === process.env[contestantVariable]);
  if (contestant) return serveContestant(contestant);
  const { lengths = [512, 2048, 7680], repetitions = 5, threads = 2 } = options;
  const rows: EngineBenchmarkRow[] = [];
  for (const length of lengths) rows.push(await measureRow(length, repetitions, threads));
  return { threads, repetitions, rows };
}

async function measureRow(length: number, repetitions: number, threads: number): Promise<EngineBenchmarkRow> {
  const tokens = text(length);
  const load = { kind: 'load', modelPath: modelFile, threads, contextLength: length + generated + 1 } as const;
  await loadOnce(load);
  const runs: Record<Name, Measured[]> = { longhand: [], llamaCpp: [] };
  const loads: Record<Name, number> = { longhand: 0, llamaCpp: 0 };
  const peaks: Record<Name, number> = { longhand: 0, llamaCpp: 0 };
  const processes = new Map(names.map((name) => [name, startContestant(name)]));
  try {
    for (const [name, child] of processes) {
      loads[name] = (await ask(child, load)).ms;
    }
    for (let repetition = 0; repetition < repetitions; repetition++) {
      for (const [name, child] of processes) {
        runs[name].push(await undisturbed(() => ask(child, { kind: 'run', tokens, generated }), name));
      }
    }
    for (const [name, child] of processes) peaks[name] = (await ask(child, { kind: 'memory' })).bytes;
  } finally {
    for (const child of processes.values()) child.kill();
  }
  const speed = (name: Name, rate: (run: Measured) => number) => median(runs[name].map(rate));
  const compare = (value: (name: Name) => number): Compared => ({
    longhand: value('longhand'),
    llamaCpp: value('llamaCpp'),
    ratio: value('longhand') / value('llamaCpp'),
  });
  return {
    prefill: { tokens: length, ...compare((name) => speed(name, (run) => (1000 * length) / run.prefillMs)) },
    decode: {
      attended: length,
      ...compare((name) => speed(name, (run) => (1000 * run.decodeTokens) / run.decodeMs)),
    },
    load: compare((name) => loads[name]),
    memory: compare((name) => peaks[name]),
  };
}

/** Lets each prepare what it keeps for later starts, in a process that is not measured. */
async function loadOnce(load: Message): Promise<void> {
  for (const name of names) {
    const child = startContestant(name);
    try {
      await ask(child, load);
    } finally {
      child.kill();
    }
  }
}

/** A run during which others used next to nothing of the machine, or the last of a few that were disturbed. */
async function undisturbed(run: () => Promise<Extract<Reply, { kind: 'run' }>>, name: Name): Promise<Measured> {
  for (let attempt = 1; ; attempt++) {
    await untilQuiet();
    const replies: Measured[] = [];
    const others = await shareOfOthers(async () => {
      const reply = await run();
      replies.push(reply.measured);
      return reply;
    });
    const measured = replies[0] as Measured;
    const { promptTokens, prefillMs, decodeTokens, decodeMs } = measured;
    process.stderr.write(
      `${name}: ${promptTokens} tokens read at ${Math.round((1000 * promptTokens) / prefillMs)}/s, ` +
        `${decodeTokens} written at ${Math.round((1000 * decodeTokens) / decodeMs)}/s, ` +
        `others took ${Math.round(100 * others)} %\n`,
    );
    if (others < disturbance || attempt === attempts) return measured;
  }
}

/** Natural text, so that the model goes on with it; repeated when more is wanted than there is. */
function text(length: number): number[] {
  const samples: { ids: number[] }[] = JSON.parse(readFileSync(textFile, 'utf8'));
  const longest = samples.reduce((best, sample) => (sample.ids.length > best.length ? sample.ids : best), [0]);
  return Array.from({ length }, (_, index) => longest[index % longest.length] as number);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/** This program again, in the role of a contestant. */
function startContestant(name: Name): ChildProcess {
  return fork(join(process.argv[1] ?? ''), process.argv.slice(2), {
    execArgv: heapFlags({ youngMiB: engineYoungMiB }),
    env: { ...process.env, ...engineEnvironment, [contestantVariable]: name },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

function ask<Kind extends Message['kind']>(
  child: ChildProcess,
  message: Extract<Message, { kind: Kind }>,
): Promise<Extract<Reply, { kind: Kind }>> {
  return new Promise((resolve, reject) => {
    const lost = (code: number | null) =>
      reject(new LonghandError('process-lost', `A benchmark process ended with status ${code}.`));
    child.once('exit', lost);
    child.once('message', (reply: Reply) => {
      child.off('exit', lost);
      if (reply.kind === 'failed') reject(new LonghandError('internal', reply.reason));
      else resolve(reply as Extract<Reply, { kind: Kind }>);
    });
    child.send(message);
  });
}

/** Answers the benchmark's messages until it ends this process. */
async function serveContestant(name: Name): Promise<never> {
  const contestant = contestants[name]();
  process.on('message', (message: Message) => {
    answer(message).then(
      (reply) => process.send?.(reply),
      (error: unknown) => process.send?.({ kind: 'failed', reason: String(error) } satisfies Reply),
    );
  });
  process.on('disconnect', () => process.exit());
  return new Promise<never>(() => {});

  async function answer(message: Message): Promise<Reply> {
    if (message.kind === 'memory') return { kind: 'memory', bytes: peakBytes() };
    if (message.kind === 'run') {
      const before = process.cpuUsage();
      const measured = await contestant.run(message.tokens, message.generated);
      const { user, system } = process.cpuUsage(before);
      return { kind: 'run', measured, cpuSeconds: (user + system) / 1e6 };
    }
    const began = performance.now();
    await contestant.load(message.modelPath, message.threads, message.contextLength);
    return { kind: 'load', ms: performance.now() - began };
  }
}

/** The most memory this process ever had. */
function peakBytes(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS * 1024;
  const match = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'));
  return Number(match?.[1] ?? 0) * 1024;
}
