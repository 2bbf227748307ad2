import { describe, expect, it } from 'vitest';
import { depths } from './items.ts';
import { recallPlot } from './plot.ts';
import { lengthInWords, markdownTable, ownFigure, type Row, rowSchema, rowsOf } from './report.ts';
import type { Condition, Outcome } from './runner.ts';

const run = { model: 'Tiny & Co', trials: 2, seed: 0, command: 'npm run -s eval -- recall', date: '2026-01-31' };

function outcome(changes: Partial<Outcome>): Outcome {
  return {
    id: 'x',
    task: 'recall',
    kind: 'number',
    condition: 'longhand',
    tokens: 4096,
    depth: 0.5,
    question: '?',
    text: '',
    answers: [['1']],
    right: 1,
    cited: 1,
    misled: false,
    firstTokenMs: 100,
    attendedTokens: 512,
    ...changes,
  };
}

function outcomes(condition: Condition, tokens: number, right: number): Outcome[] {
  return depths.flatMap((depth) => [
    outcome({ condition, tokens, depth, right }),
    outcome({ condition, tokens, depth, right: 1, firstTokenMs: 300, cited: condition === 'full' ? null : 0.5 }),
  ]);
}

const rows = rowsOf(
  [
    ...outcomes('longhand', 4096, 1),
    ...outcomes('longhand', 2 ** 20, 0.5),
    ...outcomes('passages', 2 ** 20, 0),
    ...outcomes('full', 4096, 0).map((it) => ({ ...it, cited: null })),
    outcome({ task: 'kv', depth: 0.1, misled: true, right: 0, firstTokenMs: null }),
  ],
  run,
  new Set([2 ** 20]),
);

function row(condition: Condition, tokens: number, depth: number | null = null): Row | undefined {
  return rows.find(
    (it) => it.task === 'recall' && it.condition === condition && it.tokens === tokens && it.depth === depth,
  );
}

describe('rowsOf', () => {
  it('has a row for all depths together, and one for each of recall', () => {
    expect(rows.filter(({ task }) => task === 'recall')).toHaveLength(4 * (depths.length + 1));
    expect(rows.filter(({ task }) => task === 'kv').map(({ depth }) => depth)).toEqual([null]);
    expect(row('longhand', 4096)?.items).toBe(10);
    expect(row('longhand', 4096, 0.25)?.items).toBe(2);
  });

  it('sums up', () => {
    expect(row('longhand', 2 ** 20)).toMatchObject({
      ...run,
      right: 0.75,
      cited: 0.75,
      repeated: true,
      firstTokenMs: 100,
    });
    expect(row('full', 4096)).toMatchObject({ right: 0.5, cited: null, repeated: false });
    expect(rows.find(({ task }) => task === 'kv')).toMatchObject({ right: 0, misled: 1, firstTokenMs: null });
    for (const { low, right, high } of rows) expect(low <= right && right <= high).toBe(true);
  });

  it('keeps to the schema of stored rows', () => {
    expect(rowSchema.array().parse(JSON.parse(JSON.stringify(rows)))).toEqual(rows);
  });
});

describe('ownFigure', () => {
  it('is the same model’s with full attention at 4k', () => {
    expect(ownFigure(rows, { task: 'recall', model: run.model })).toBe(0.5);
    expect(ownFigure(rows, { task: 'recall', model: 'another' })).toBeNull();
    expect(ownFigure(rows, { task: 'kv', model: run.model })).toBeNull();
  });
});

describe('markdownTable', () => {
  const table = markdownTable(rows);
  it('has a line for each task, condition and length, with the command that made it', () => {
    const lines = table.trim().split('\n');
    expect(lines.filter((line) => /^\| (?:recall|kv) /.test(line))).toHaveLength(5);
    expect(table).toContain('| recall | longhand | 1M (prose repeats) | 10 | 75 % (');
    expect(table).toContain('| 1.50 | 75 % | 0 % | 512 | 0.1 s | 1 |');
    expect(lines.at(-1)).toBe('1. `npm run -s eval -- recall` (2026-01-31)');
    const columns = lines.filter((line) => line.startsWith('|')).map((line) => line.split('|').length);
    expect(new Set(columns).size).toBe(1);
  });

  it('numbers different commands', () => {
    const [first] = rows;
    const other = { ...(first as Row), command: 'npm run -s eval -- other', depth: null };
    expect(markdownTable([...rows, other])).toContain('\n2. `npm run -s eval -- other` (2026-01-31)');
  });
});

describe('recallPlot', () => {
  it('is well-formed, names the model, and shows every figure', () => {
    const plot = recallPlot(rows);
    expect(tagsClose(plot)).toBe(true);
    expect(plot).toContain('Tiny &amp; Co');
    for (const label of ['Longhand, mounted', 'full attention', 'passages in the prompt', '1M', '4k', '25 %'])
      expect(plot).toContain(`>${label}</text>`);
    expect(plot).not.toContain('sliding window');
    expect(plot.match(/<rect [^>]*fill="rgb/g)).toHaveLength(2 * depths.length);
    expect(plot).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('draws a single length, and nothing at all', () => {
    expect(recallPlot(rows.filter(({ tokens }) => tokens === 4096))).not.toMatch(/NaN|Infinity/);
    expect(tagsClose(recallPlot([]))).toBe(true);
  });
});

/** True when every element of XML without comments is closed in its turn. */
function tagsClose(xml: string): boolean {
  const open: string[] = [];
  for (const [, closing, name = '', attributes = ''] of xml.matchAll(/<(\/?)([a-z]+)((?:[^<>"]|"[^"<]*")*)>/g)) {
    if (closing) {
      if (open.pop() !== name) return false;
    } else if (!attributes.endsWith('/')) open.push(name);
  }
  return open.length === 0;
}

describe('lengthInWords', () => {
  it('is short where it can be', () => {
    expect([4096, 2 ** 18, 2 ** 20, 5000].map(lengthInWords)).toEqual(['4k', '256k', '1M', '5000']);
  });
});
