/**
 * The command line: the same services as the window, for scripts and for trying things.
 * Results go to standard output (one JSON object with `--json`), progress to standard error; a
 * failure is one line on standard error and exit status 1.
 */
import { basename, join, resolve } from 'node:path';
import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { clock } from '../../base/clock.ts';
import { errorData, LonghandError, throwIfCancelled } from '../../base/errors.ts';
import type { Fork } from '../../base/utility-process.ts';
import { answer } from '../chat/answer.ts';
import { readThrough, taskOf } from '../chat/pass.ts';
import type { AnswerPhase, Citation } from '../chat/schema.ts';
import { superviseEngine } from '../engine/supervisor.ts';
import { createServices, type Services } from '../index.ts';
import { type TranscriptFormat, transcriptFormats, transcriptText } from '../ingest/media/transcript-text.ts';
import type { Refused } from '../ingest/names.ts';
import { isFolder } from '../ingest/sources.ts';
import type { AppOptions } from '../ipc/app.ts';
import { readSetting } from '../library/database.ts';
import type { Anchor, DocumentEntry } from '../library/schema.ts';
import { bundledModelId, findModel, listModels, modelNamed } from '../models/models.ts';
import { listOwnModels } from '../models/own-models.ts';
import type { ListedModel } from '../models/schema.ts';

/** What the command line needs from the program around it. */
export interface CliHost {
  version: string;
  /** As in `AppOptions`. */
  bundledFolder: string;
  samplesFolder: string;
  processFolder: string;
  defaultDataFolder: string;
  fork: Fork;
  /** Runs the served shell until it is ended. */
  serve(options: {
    dataFolder: string;
    port: number | undefined;
    overrides: NonNullable<AppOptions['overrides']>;
  }): Promise<void>;
  out(text: string): void;
  err(text: string): void;
  /** Everything on standard input. */
  input(): Promise<string>;
  signal: AbortSignal;
}

interface GlobalOptions {
  dataDir?: string;
  model?: string;
  device?: 'auto' | 'cpu' | 'webgpu';
  threads?: number;
  json?: boolean;
}

/** Kinds of documents whose text has times. */
const timedKinds: ReadonlySet<DocumentEntry['kind']> = new Set(['audio', 'video', 'subtitles']);

interface PasswordOption {
  password?: string;
}

interface SamplingOptions {
  maxTokens?: number;
  temperature?: number;
  seed?: number;
}

/**
 * Runs one command line and gives the exit status.
 *
 * @param args what follows the program's name
 */
export async function runCli(args: string[], host: CliHost): Promise<number> {
  const root = program(host);
  try {
    await root.parseAsync(args.length === 0 ? ['--help'] : args, { from: 'user' });
    return 0;
  } catch (thrown) {
    // Help and version end by throwing too, with status 0.
    if (thrown instanceof CommanderError) {
      if (thrown.exitCode === 0) return 0;
      const name = args.find((arg) => root.commands.some((known) => known.name() === arg));
      host.err(
        `${usageSentence(thrown, root.args)} Run "longhand ${name ? `${name} ` : ''}--help" to see what can be said.\n`,
      );
      return 1;
    }
    // What was interrupted ends in many ways: a process that ended first, say, is no answer to who stopped it.
    const { message } = errorData(host.signal.aborted ? stopped() : thrown);
    host.err(`${message.replace(/\s+/g, ' ')}\n`);
    return 1;
  }
}

function stopped(): LonghandError {
  return new LonghandError('cancelled', 'Stopped.');
}

/** What was wrong with a command line, as one sentence; `operands` are what it says besides options. */
function usageSentence({ code, message }: CommanderError, operands: string[]): string {
  // Commander shows its help here, and says nothing: no command was named, or "help" names one that does not exist.
  const [, asked] = operands;
  if (code === 'commander.help')
    return asked === undefined ? 'No command was named.' : `There is no command "${asked}".`;
  const text = message
    .replace(/^error: /, '')
    .replace(/\s+/g, ' ')
    .trim();
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith('.') ? '' : '.'}`;
}

function program(host: CliHost): Command {
  const root = new Command('longhand')
    .description('Ask long documents, on your own machine.')
    .version(host.version)
    .option('--data-dir <dir>', 'where everything is kept', filled('a folder'))
    .option('--model <id|path>', 'a model that ships, or a GGUF file', model)
    .addOption(new Option('--device <device>', 'what computes').choices(['auto', 'cpu', 'webgpu']))
    .addOption(new Option('--threads <n>', 'threads of the engine').argParser(whole(1, 64)))
    .option('--json', 'print one JSON object')
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .configureOutput({ writeOut: host.out, writeErr: () => undefined })
    .showHelpAfterError(false);

  withPassword(command(root, 'add', 'add files or folders, and read them in'))
    .addArgument(new Argument('<path...>', 'files and folders').argParser(collectPaths))
    .action(
      withServices(host, async (services, { json, password }, paths: string[]) => {
        const { documents, refused, problems } = await addPaths(services, host, paths, password);
        const ready = documents.filter(isReady);
        await untilFoundByMeaning(services, ready, host);
        if (json && ready.length > 0) host.out(asJson({ documents, refused }));
        else host.out(ready.map(documentLine).join(''));
        throwProblems(problems);
      }),
    );
  command(root, 'list', 'list the documents').action(
    withServices(host, async ({ library }, { json }) => {
      const documents = library.list();
      host.out(json ? asJson({ documents }) : documents.map(documentLine).join('') || 'There are no documents yet.\n');
    }),
  );
  command(root, 'remove <id>', 'remove a document').action(
    withServices(host, async ({ ingest, library }, { json }, id: string) => {
      const { title } = library.get(id);
      await ingest.remove(id);
      host.out(json ? asJson({ removed: id }) : `Removed "${title}".\n`);
    }),
  );
  command(root, 'transcript <id>', 'print what is said in a recording')
    .addOption(new Option('--format <format>', 'how it is written').choices(transcriptFormats).default('text'))
    .action(
      withServices(host, async ({ library }, { json, format }, id: string) => {
        const document = library.get(id);
        if (!timedKinds.has(document.kind))
          throw new LonghandError('bad-request', `“${document.title}” is no recording: it has no transcript.`);
        if (!isReady(document)) throw new LonghandError('bad-request', `“${document.title}” has not been read in.`);
        const sections = library.sections(id, 0, document.sectionCount);
        const text = transcriptText(sections, format as TranscriptFormat);
        host.out(json ? asJson({ transcript: text }) : text);
      }),
    );
  withPassword(withSampling(command(root, 'ask <question>', 'answer a question from the documents, with citations')))
    .option('--doc <id>', 'ask this document only (may be repeated)', collect)
    .option('--add <path>', 'add this file or folder first (may be repeated)', collectPaths)
    .option('--all', 'read all of the documents for it, part by part')
    .action(withServices(host, ask(host)));
  withSampling(command(root, 'complete <text>', 'continue a text, without a chat template (- reads standard input)'))
    .addOption(new Option('--logprobs <n>', 'with --json: the n best tokens of each position').argParser(whole(1, 100)))
    .action(
      withOptions((options: GlobalOptions & SamplingOptions & { logprobs?: number }, text: string) =>
        complete(host, text, options),
      ),
    );
  command(root, 'models', 'list the models: those that ship, and those that were added').action(
    withOptions(async (options: GlobalOptions) => {
      const own = await listOwnModels(readSetting(dataFolder(host, options), 'models'));
      const models = [...(await listModels(host.bundledFolder)), ...own];
      host.out(options.json ? asJson({ models }) : models.map(modelLine).join(''));
    }),
  );
  command(root, 'serve', 'open Longhand in a browser')
    .addOption(new Option('--port <n>', 'the port on 127.0.0.1').argParser(whole(0, 65_535)))
    .action(
      withOptions((options: GlobalOptions & { port?: number }) =>
        host.serve({ dataFolder: dataFolder(host, options), port: options.port, overrides: overrides(options) }),
      ),
    );
  return root;
}

function command(root: Command, usage: string, description: string): Command {
  return root.command(usage).description(description);
}

/** An action with its command's options and those of every command, which may stand before it or after it. */
function withOptions<Options, Args extends unknown[]>(act: (options: Options, ...args: Args) => Promise<void>) {
  return (...all: unknown[]): Promise<void> => {
    // Commander passes the arguments, then the command's own options, then the command.
    const args = all.slice(0, -2) as Args;
    return act((all.at(-1) as Command).optsWithGlobals() as Options, ...args);
  };
}

function withSampling(target: Command): Command {
  return target
    .addOption(new Option('--max-tokens <n>', 'the longest answer').argParser(whole(0, 1_000_000)))
    .addOption(new Option('--temperature <t>', '0 always takes the likeliest token').argParser(decimal(0, 5)))
    .addOption(new Option('--seed <n>', 'the same seed gives the same answer').argParser(whole(0, 2 ** 31 - 1)));
}

function withPassword(target: Command): Command {
  return target.option('--password <password>', 'of files that are locked (- reads standard input)');
}

function whole(minimum: number, maximum: number): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (!/^\d+$/.test(value) || number < minimum || number > maximum)
      throw new InvalidArgumentError(`It is a whole number from ${minimum} to ${maximum}.`);
    return number;
  };
}

function decimal(minimum: number, maximum: number): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (value.trim() === '' || !(number >= minimum && number <= maximum))
      throw new InvalidArgumentError(`It is a number from ${minimum} to ${maximum}.`);
    return number;
  };
}

/** A value that is there: one that is empty is a script's variable without a value, and means nothing. */
function filled(what: string): (value: string) => string {
  return (value) => {
    if (value === '') throw new InvalidArgumentError(`It needs ${what}.`);
    return value;
  };
}

function model(value: string): string {
  return modelNamed(filled('the id or the file of a model')(value));
}

function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}

function collectPaths(value: string, before?: string[]): string[] {
  return collect(filled('a file or a folder')(value), before);
}

function dataFolder(host: CliHost, options: GlobalOptions): string {
  return resolve(options.dataDir ?? host.defaultDataFolder);
}

function overrides({ model, device, threads }: GlobalOptions): NonNullable<AppOptions['overrides']> {
  return {
    ...(model !== undefined && { modelId: model }),
    ...(device !== undefined && { device }),
    ...(threads !== undefined && { threads }),
  };
}

function samplingOf({ temperature, seed }: SamplingOptions) {
  return { ...(temperature !== undefined && { temperature }), ...(seed !== undefined && { seed }) };
}

/** JSON in which no control character stands as it is: `JSON.stringify` leaves those after ASCII. */
function asJson(value: unknown): string {
  const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return `${JSON.stringify(value, null, 2).replace(/(?!\n)\p{Cc}/gu, escaped)}\n`;
}

function documentLine({ id, title, state, tokenCount, error }: DocumentEntry): string {
  const size = tokenCount === null ? '' : `, ${tokenCount} tokens`;
  return `${id}  ${title} (${state}${size})${error ? `: ${error}` : ''}\n`;
}

/** A model by what `--model` takes. */
function modelLine(model: ListedModel): string {
  if ('problem' in model) return `${model.id}  ${model.problem}\n`;
  const { id, parameters, contextLength } = model;
  return `${id}  ${Math.round(parameters / 1e6)}M parameters, ${contextLength} tokens of context\n`;
}

/** Opens the services for one command, and closes them after it. */
function withServices<Args extends unknown[]>(
  host: CliHost,
  act: (
    services: Services,
    options: GlobalOptions & PasswordOption & Record<string, unknown>,
    ...args: Args
  ) => Promise<void>,
) {
  return withOptions(async (options: GlobalOptions & PasswordOption & Record<string, unknown>, ...args: Args) => {
    const services = createServices({
      shell: 'served',
      headless: true,
      version: host.version,
      dataFolder: dataFolder(host, options),
      bundledFolder: host.bundledFolder,
      samplesFolder: host.samplesFolder,
      processFolder: host.processFolder,
      fork: host.fork,
      overrides: overrides(options),
    });
    try {
      await act(services, options, ...args);
    } finally {
      await services.app.close();
    }
  });
}

interface Added {
  documents: DocumentEntry[];
  /** Paths that were refused, and what was left out of folders and archives. */
  refused: Refused[];
  /** Why a path was refused, or a document cannot be read: a sentence each. */
  problems: string[];
}

/** Adds files and waits until they are read. What lies in a folder and is left out is told, and is no problem. */
async function addPaths(
  services: Services,
  host: CliHost,
  paths: string[],
  password: string | undefined,
): Promise<Added> {
  const found = new Map<string, DocumentEntry>();
  /** By document, what was asked for: one that holds the same is known by another name. */
  const names = new Map<string, string>();
  const refused: Refused[] = [];
  const problems: string[] = [];
  for (const path of paths) {
    const source = { kind: 'path' as const, path: resolve(path) };
    const added = await services.ingest.add([source], { paths: true }, host.signal);
    for (const document of added.documents) found.set(document.id, document);
    const [only] = added.documents;
    if (only && !(await isFolder(path))) names.set(only.id, basename(path));
    refused.push(...added.refused);
    // A path that gave nothing was refused itself.
    if (added.documents.length === 0)
      problems.push(...added.refused.map(({ name, reason }) => sentenceAbout(name, reason)));
    else for (const { name, reason } of added.refused) host.err(`${name}: ${reason}\n`);
  }
  const read = await untilRead(services, [...found.values()], host);
  const documents = await unlocked(services, read, host, password);
  for (const { id, title, fileName, error } of documents.filter((document) => !isReady(document)))
    problems.push(sentenceAbout(names.get(id) ?? fileName, error ?? `“${title}” could not be read.`));
  return { documents, refused, problems };
}

/** So many are embedded within seconds. */
const fewPassages = 64;

const passagesWithoutMeaning = ({ library }: Services, documents: readonly DocumentEntry[]): number =>
  documents.reduce((sum, { id }) => sum + library.embeddingsLeft(id).left, 0);

/**
 * Waits until all passages of these documents are found by their meaning, and tells how far that has come; no longer than
 * it is being done, and not after an interrupt: without, they are found by their words.
 */
async function untilFoundByMeaning(
  services: Services,
  documents: readonly DocumentEntry[],
  host: CliHost,
): Promise<void> {
  const { semanticIndex, onEmbedded } = services;
  const total = passagesWithoutMeaning(services, documents);
  if (total === 0 || !semanticIndex) return;
  await new Promise<void>((resolve) => {
    const stop = onEmbedded(() => {
      const left = passagesWithoutMeaning(services, documents);
      host.err(`Made searchable by meaning: ${total - left} of ${total} passages\n`);
      if (left === 0) end();
    });
    const end = (): void => {
      stop();
      host.signal.removeEventListener('abort', end);
      resolve();
    };
    host.signal.addEventListener('abort', end, { once: true });
    if (host.signal.aborted) end();
    void semanticIndex.idle().then(end);
  });
}

/** A sentence that names what it is about. */
function sentenceAbout(name: string, sentence: string): string {
  return sentence.includes(name) ? sentence : `${name}: ${sentence}`;
}

function throwProblems(problems: string[]): void {
  if (problems.length > 0) throw new LonghandError('bad-file', problems.join(' '));
}

function isReady({ state }: DocumentEntry): boolean {
  return state === 'ready';
}

/** Reads those that are locked again with the password, if there is one. */
async function unlocked(
  services: Services,
  documents: DocumentEntry[],
  host: CliHost,
  given: string | undefined,
): Promise<DocumentEntry[]> {
  const locked = documents.filter((document) => document.locked && document.state === 'failed');
  if (locked.length === 0 || given === undefined) return documents;
  const password = given === '-' ? (await host.input()).replace(/\r?\n$/, '') : given;
  for (const { id } of locked) services.ingest.retry(id, password);
  return untilRead(services, documents, host);
}

async function untilRead(services: Services, documents: DocumentEntry[], host: CliHost): Promise<DocumentEntry[]> {
  const waiting = new Set(documents.map(({ id }) => id));
  const settle = ({ id, title, state, progress }: DocumentEntry): void => {
    if (state === 'reading' && progress && waiting.has(id))
      host.err(`Reading "${title}": ${progress.done} of ${progress.total} ${progress.unit}\n`);
    if (state !== 'queued' && state !== 'reading') waiting.delete(id);
  };
  // A signal that has fired is not heard any more.
  throwIfCancelled(host.signal);
  await new Promise<void>((done, fail) => {
    const end = (settled: () => void): void => {
      stop();
      host.signal.removeEventListener('abort', aborted);
      settled();
    };
    const aborted = (): void => end(() => fail(stopped()));
    const check = (): void => {
      if (waiting.size === 0) end(done);
    };
    const stop = services.onDocument((entry) => {
      settle(entry);
      check();
    });
    host.signal.addEventListener('abort', aborted, { once: true });
    for (const { id } of documents) settle(services.library.get(id));
    check();
  });
  return documents.map(({ id }) => services.library.get(id));
}

function ask(host: CliHost) {
  return async (
    services: Services,
    options: GlobalOptions & SamplingOptions & PasswordOption & { doc?: string[]; add?: string[]; all?: boolean },
    question: string,
  ): Promise<void> => {
    if (question.trim() === '') throw new LonghandError('bad-request', 'The question is empty.');
    const added = await addPaths(services, host, options.add ?? [], options.password);
    throwProblems(added.problems);
    const named = (options.doc ?? []).map((id) => services.library.get(id));
    const chosen = [...new Map([...named, ...added.documents].map((entry) => [entry.id, entry])).values()];
    const documents = chosen.length > 0 ? chosen : services.library.list();
    const unread = documents.filter((document) => !isReady(document));
    // A question does not wait for long documents, which are found by their words meanwhile.
    if (passagesWithoutMeaning(services, documents) <= fewPassages)
      await untilFoundByMeaning(services, documents, host);

    const { json = false } = options;
    const onText = (text: string): void => {
      if (!json) host.out(text);
    };
    const documentIds = documents.map(({ id }) => id);
    const result = options.all
      ? await readThrough(services, {
          documentIds,
          question: question.trim(),
          task: taskOf(question) ?? 'answer',
          signal: host.signal,
          onReading: (done, total) => host.err(`Reading: ${done} of ${total} tokens\n`),
          onProgress: (done, total) => host.err(`Reading everything: part ${done} of ${total}\n`),
          onText,
        })
      : await answer(services, {
          documentIds,
          history: [],
          question: question.trim(),
          maxTokens: options.maxTokens,
          sampling: samplingOf(options),
          signal: host.signal,
          onPhase: showPhase(host),
          onText,
        });
    if (result.stopped) throw stopped();
    const { citations, read, timing, unsupported, cut = false, model, device } = result.details;
    const cited = citations.toSorted((a, b) => Number(b.supports) - Number(a.supports));
    if (json) {
      const found = cited.map(citationOf);
      host.out(asJson({ answer: result.text, citations: found, read, timing, unsupported, cut, model, device }));
      return;
    }
    host.out(`\n\n${cited.map(citationLine).join('')}`);
    if (cut) host.out('The answer reached its greatest length and was cut.\n');
    if (unsupported.length > 0) host.out(`Not found in what was read: ${unsupported.join(', ')}\n`);
    if (unread.length > 0) host.out(`Left out, because not read in: ${unread.map(({ title }) => title).join(', ')}\n`);
  };
}

interface CitationOutput {
  document: string;
  title: string;
  page?: number;
  slide?: number;
  /** The sheet's name; none for the one table of a CSV file. */
  sheet?: string;
  /** "A2:D40" */
  cells?: string;
  /** First and last character in the document's text; of a recording, milliseconds from its beginning. */
  range?: [number, number];
  quote: string;
  supports: boolean;
}

/** One line a phase, and one more for each tenth of the reading. */
function showPhase(host: CliHost): (phase: AnswerPhase) => void {
  let shown = '';
  return (phase) => {
    const tenth = phase.phase === 'reading' ? Math.floor((10 * phase.done) / Math.max(1, phase.total)) : 0;
    const state = `${phase.phase} ${tenth}`;
    if (state === shown) return;
    shown = state;
    if (phase.phase === 'reading')
      host.err(`Reading: ${phase.done} of ${phase.total} tokens, ${phase.reused} reused\n`);
    else host.err(phase.phase === 'searching' ? 'Searching\n' : 'Writing\n');
  };
}

function citationOf({ documentId, title, anchor, quote, supports }: Citation): CitationOutput {
  return {
    document: documentId,
    title,
    ...placeOf(anchor),
    quote,
    supports,
  };
}

/** An anchor as it is printed. */
function placeOf(anchor: Anchor): Pick<CitationOutput, 'page' | 'slide' | 'sheet' | 'cells' | 'range'> {
  switch (anchor.kind) {
    case 'page':
      return { page: anchor.page };
    case 'range':
      return { range: [anchor.start, anchor.end] };
    case 'slide':
      return { slide: anchor.slide };
    case 'cells':
      return { ...(anchor.sheet !== null && { sheet: anchor.sheet }), cells: anchor.cells };
    case 'time':
      return { range: [anchor.startMs, anchor.endMs] };
  }
}

/** A place within a document for a line of text; empty where only characters are known. */
function placeName(anchor: Anchor): string {
  switch (anchor.kind) {
    case 'page':
      return `, page ${anchor.page}`;
    case 'range':
      return '';
    case 'slide':
      return `, slide ${anchor.slide}`;
    case 'cells':
      return `, ${anchor.sheet === null ? '' : `${anchor.sheet} `}${anchor.cells}`;
    case 'time':
      return `, ${clock(anchor.startMs)}`;
  }
}

function citationLine({ title, anchor, quote, supports }: Citation): string {
  const place = `${title}${placeName(anchor)}`;
  return `${supports ? '*' : ' '} ${place}: ${quote.replace(/\s+/g, ' ').slice(0, 160)}\n`;
}

/** Continues a text. Needs no library, so it runs beside an open window too. */
async function complete(
  host: CliHost,
  text: string,
  options: GlobalOptions & SamplingOptions & { logprobs?: number },
): Promise<void> {
  const prompt = text === '-' ? await host.input() : text;
  const { device = 'auto', threads = null, json = false, model = bundledModelId } = options;
  const chosen = await findModel(model, host.bundledFolder);
  const engine = superviseEngine({
    fork: host.fork,
    processFolder: host.processFolder,
    cacheFolder: join(dataFolder(host, options), 'cache'),
    choose: async () => ({ ...chosen, device, threads }),
    onStatus: () => undefined,
  });
  try {
    const result = await engine.generate(
      {
        prompt: { kind: 'text', text: prompt },
        maxTokens: options.maxTokens ?? 64,
        sampling: { temperature: 0, topP: 1, topK: 0, minP: 0, repetitionPenalty: 1, seed: 0, ...samplingOf(options) },
        stop: [],
        ...(options.logprobs !== undefined && { logprobs: options.logprobs }),
      },
      {
        signal: host.signal,
        onProgress(progress) {
          if (progress.kind === 'text' && !json) host.out(progress.text);
        },
      },
    );
    const { text: continuation, tokens, promptTokens, logprobs } = result;
    host.out(json ? asJson({ text: continuation, tokens, promptTokens, ...(logprobs && { logprobs }) }) : '\n');
  } finally {
    engine.close();
  }
}
