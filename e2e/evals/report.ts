/** Outcomes → rows → a table and a plot. */
import { z } from 'zod';
import { taskNames } from './items.ts';
import { conditions, type Outcome } from './runner.ts';
import { wilsonInterval } from './score.ts';

const share = z.number().min(0).max(1);

export const rowSchema = z.object({
  task: z.enum(taskNames),
  condition: z.enum(conditions),
  model: z.string(),
  /** Length of the text. */
  tokens: z.int(),
  /** Null for all depths together. */
  depth: share.nullable(),
  items: z.int().min(1),
  /** Mean share of right answers, with Wilson's 95 % interval. */
  right: share,
  low: share,
  high: share,
  /** Mean share of the facts among the citations; null when the condition does not cite. */
  cited: share.nullable(),
  /** Share of answers that hold the answer to another question. */
  misled: share,
  /** Medians. */
  attendedTokens: z.number(),
  firstTokenMs: z.number().nullable(),
  trials: z.int(),
  seed: z.int(),
  /** Prose that stands in the texts more than once. */
  repeated: z.boolean(),
  /** What was typed to get this row, and on which day it was. */
  command: z.string(),
  date: z.iso.date(),
});

export type Row = z.output<typeof rowSchema>;

export type RunFacts = Pick<Row, 'model' | 'trials' | 'seed' | 'command' | 'date'>;

/** A row for each task, condition and length, and for `recall` one for each depth besides. */
export function rowsOf(outcomes: readonly Outcome[], run: RunFacts, repeatedAt: ReadonlySet<number>): Row[] {
  const groups = new Map<string, { depth: number | null; outcomes: Outcome[] }>();
  for (const outcome of outcomes) {
    for (const depth of outcome.task === 'recall' ? [null, outcome.depth] : [null]) {
      const key = [outcome.task, outcome.condition, outcome.tokens, depth].join('/');
      const group = groups.get(key) ?? { depth, outcomes: [] };
      group.outcomes.push(outcome);
      groups.set(key, group);
    }
  }
  return sorted(
    [...groups.values()].flatMap(({ depth, outcomes: group }) => {
      const [first] = group;
      return first ? [{ ...rowOf(first, group, depth), repeated: repeatedAt.has(first.tokens), ...run }] : [];
    }),
  );
}

function rowOf({ task, condition, tokens }: Outcome, group: readonly Outcome[], depth: number | null) {
  const right = group.reduce((sum, outcome) => sum + outcome.right, 0);
  const cited = group.flatMap((outcome) => (outcome.cited === null ? [] : [outcome.cited]));
  return {
    task,
    condition,
    tokens,
    depth,
    items: group.length,
    right: right / group.length,
    ...wilsonInterval(right, group.length),
    cited: cited.length > 0 ? mean(cited) : null,
    misled: group.filter(({ misled }) => misled).length / group.length,
    attendedTokens: median(group.map(({ attendedTokens }) => attendedTokens)) ?? 0,
    firstTokenMs: median(group.flatMap(({ firstTokenMs }) => (firstTokenMs === null ? [] : [firstTokenMs]))),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The middle of a list, the lower one of two; null of an empty one. */
function median(values: readonly number[]): number | null {
  return [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? null;
}

function sorted(rows: readonly Row[]): Row[] {
  const place = (row: Row): number[] => [
    taskNames.indexOf(row.task),
    conditions.indexOf(row.condition),
    row.tokens,
    row.depth ?? -1,
  ];
  return [...rows].sort((a, b) => {
    const others = place(b);
    return place(a).reduce((order, value, i) => order || value - (others[i] ?? 0), 0);
  });
}

/** The length at which a condition is compared with the same model's full attention. */
const ownLength = 4096;

/** What the same model gets right of the same task with full attention over 4k, from rows that hold it. */
export function ownFigure(rows: readonly Row[], { task, model }: Pick<Row, 'task' | 'model'>): number | null {
  const own = rows.find(
    (row) =>
      row.task === task &&
      row.model === model &&
      row.condition === 'full' &&
      row.depth === null &&
      row.tokens === ownLength,
  );
  return own?.right ?? null;
}

/** "4k", "256k", "1M"; other lengths in full. */
export function lengthInWords(tokens: number): string {
  if (tokens % 2 ** 20 === 0) return `${tokens / 2 ** 20}M`;
  return tokens % 2 ** 10 === 0 ? `${tokens / 2 ** 10}k` : String(tokens);
}

function percent(value: number): string {
  return `${Math.round(value * 100)} %`;
}

/** A table in Markdown, with the commands that made its rows numbered below it. */
export function markdownTable(rows: readonly Row[]): string {
  const commands = [...new Set(rows.map(({ command, date }) => `\`${command}\` (${date})`))];
  const header = [
    'task',
    'read as',
    'tokens',
    'items',
    'right (95 %)',
    '× own at 4k',
    'cited',
    'misled',
    'attended',
    'first token',
    'made by',
  ];
  const lines = sorted(rows)
    .filter(({ depth }) => depth === null)
    .map((row) => {
      const own = ownFigure(rows, row);
      return [
        row.task,
        row.condition,
        `${lengthInWords(row.tokens)}${row.repeated ? ' (prose repeats)' : ''}`,
        row.items,
        `${percent(row.right)} (${Math.round(row.low * 100)}–${Math.round(row.high * 100)})`,
        own ? (row.right / own).toFixed(2) : '–',
        row.cited === null ? '–' : percent(row.cited),
        percent(row.misled),
        row.attendedTokens,
        row.firstTokenMs === null ? '–' : `${(row.firstTokenMs / 1000).toFixed(1)} s`,
        commands.indexOf(`\`${row.command}\` (${row.date})`) + 1,
      ];
    });
  const made = commands.map((command, i) => `${i + 1}. ${command}\n`).join('');
  return `${tableOf(header, lines)}\n${made}`;
}

/** A table of Markdown. */
export function tableOf(head: readonly string[], lines: readonly (readonly (string | number)[])[]): string {
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}
