/** Source code and structured data: fenced, so that they are shown and read as they are written. */
import type { ReadSummary } from '../../library/library.ts';
import type { Format, FormatInput, FoundSection, FoundSections } from './format.ts';
import { fenced } from './markdown-writer.ts';
import { parts } from './parts.ts';
import { inSteps, readTextFile } from './text.ts';

/** File name endings by language, as fences name it. */
const languages: Readonly<Record<string, readonly string[]>> = {
  bash: ['sh', 'bash', 'zsh'],
  c: ['c', 'h'],
  cpp: ['cpp', 'cc', 'cxx', 'hpp', 'hh', 'hxx'],
  csharp: ['cs'],
  css: ['css', 'scss', 'less'],
  dart: ['dart'],
  diff: ['diff', 'patch'],
  elixir: ['ex', 'exs'],
  erlang: ['erl'],
  fortran: ['f90', 'f95', 'f03'],
  go: ['go'],
  graphql: ['graphql'],
  haskell: ['hs'],
  ini: ['ini', 'cfg', 'conf', 'toml', 'properties'],
  java: ['java'],
  javascript: ['js', 'mjs', 'cjs', 'jsx'],
  julia: ['jl'],
  kotlin: ['kt', 'kts'],
  lisp: ['lisp', 'el', 'clj', 'scm'],
  lua: ['lua'],
  makefile: ['mk'],
  matlab: ['m'],
  objectivec: ['mm'],
  ocaml: ['ml', 'mli'],
  perl: ['pl', 'pm'],
  php: ['php'],
  powershell: ['ps1'],
  protobuf: ['proto'],
  python: ['py', 'pyi'],
  r: ['r'],
  ruby: ['rb'],
  rust: ['rs'],
  scala: ['scala'],
  sql: ['sql'],
  swift: ['swift'],
  typescript: ['ts', 'mts', 'cts', 'tsx'],
  vbnet: ['vb'],
  xml: ['xml', 'xsd', 'xsl'],
  yaml: ['yaml', 'yml'],
  zig: ['zig'],
};

const languageOf = new Map(
  Object.entries(languages).flatMap(([language, extensions]) => extensions.map((extension) => [extension, language])),
);

const longestIndentation = 200;

/** Code in fenced parts; the anchors count the fences too, for they are in the text that is kept. */
export function codeSections(code: string, language: string): FoundSection[] {
  let offset = 0;
  return parts(code, 0, code.length).map(({ start, end }): FoundSection => {
    // A part keeps its first line's indentation, which trimming took.
    const indentation = /(?:^|\n)([ \t]*)$/.exec(code.slice(Math.max(0, start - longestIndentation), start))?.[1] ?? '';
    const from = start - indentation.length;
    const text = fenced(code.slice(from, end), language);
    const anchor = { kind: 'range' as const, start: offset, end: offset + text.length };
    offset += text.length + 2;
    return { title: null, level: 0, format: 'markdown', text, anchor };
  });
}

const noSummary: ReadSummary = {
  title: null,
  metadata: { author: null, language: null, createdAt: null },
  emptySections: 0,
};

export const code: Format = {
  kind: 'code',
  name: 'source code',
  extensions: [...languageOf.keys()],
  mediaType: 'text/plain',
  maximumBytes: 32 * 1024 ** 2,
  sniff: () => false,
  async *read(input) {
    const extension = /\.([^.]+)$/.exec(input.fileName)?.[1]?.toLowerCase() ?? '';
    yield* inSteps(codeSections(await readTextFile(input), languageOf.get(extension) ?? ''), input.byteSize);
    return noSummary;
  },
};

/** Lines longer than this are of a program's making, and are broken as a person would. */
const longestLine = 2_000;

/** JSON as a person would write it; as it is when it has lines already, or is none. */
function legible(source: string): string {
  if (!source.split('\n').some((line) => line.length > longestLine)) return source;
  const written = (value: string): string => {
    try {
      return JSON.stringify(JSON.parse(value), null, 2);
    } catch {
      return value;
    }
  };
  const whole = written(source);
  return whole !== source ? whole : source.split('\n').map(written).join('\n');
}

async function* readJson(input: FormatInput): AsyncGenerator<FoundSections, ReadSummary> {
  yield* inSteps(codeSections(legible(await readTextFile(input)), 'json'), input.byteSize);
  return noSummary;
}

export const json: Format = {
  kind: 'json',
  name: 'JSON',
  extensions: ['json', 'jsonl', 'ndjson', 'geojson', 'ipynb'],
  mediaType: 'application/json',
  maximumBytes: 64 * 1024 ** 2,
  sniff: () => false,
  read: readJson,
};
