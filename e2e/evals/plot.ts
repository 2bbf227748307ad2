/** Recall as a picture: a heat map by length and depth, and a line for each way of reading. */
import { lengthInWords, ownFigure, type Row } from './report.ts';
import { type Condition, conditions } from './runner.ts';

const labels: Record<Condition, string> = {
  longhand: 'Longhand, mounted',
  full: 'full attention',
  passages: 'passages in the prompt',
  equal: 'as many tokens of passages',
  window: 'sliding window',
};
/** Told apart by people who see colours differently, and by their dashes. */
const strokes: Record<Condition, { colour: string; dash: string }> = {
  longhand: { colour: '#0a5c8a', dash: 'none' },
  full: { colour: '#1b1b1b', dash: '2 3' },
  passages: { colour: '#b4590c', dash: '7 3' },
  equal: { colour: '#4f7a28', dash: '1 4' },
  window: { colour: '#7a3b8f', dash: '7 3 2 3' },
};

const size = { width: 920, height: 370 };
const map = { left: 70, top: 60, width: 330, height: 210 };
const chart = { left: 500, top: 60, width: 390, height: 210 };
const legendTop = chart.top + chart.height + 44;

/** The picture as SVG. Rows of other tasks are left out; one model a picture. */
export function recallPlot(rows: readonly Row[]): string {
  const recall = rows.filter(({ task }) => task === 'recall');
  const shown = conditions.filter((condition) => recall.some((row) => row.condition === condition));
  const model = recall[0]?.model ?? '';
  const mapped = shown[0] ?? 'longhand';
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" width="${size.width}" height="${size.height}" font-family="system-ui, sans-serif" font-size="12" fill="#1b1b1b" role="img" aria-labelledby="title">`,
    `<title id="title">${escaped(`Recall of single facts by length and depth, ${model}`)}</title>`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    text(map.left, 32, `Facts recalled, ${labels[mapped]}`, 'font-size="14" font-weight="600"'),
    text(chart.left, 32, 'Facts recalled by length of the text', 'font-size="14" font-weight="600"'),
    ...heatMap(recall.filter(({ condition }) => condition === mapped)),
    ...lines(recall, shown),
    '</svg>',
  ].join('\n')}\n`;
}

function heatMap(rows: readonly Row[]): string[] {
  const byDepth = rows.filter(({ depth }) => depth !== null);
  const lengths = distinct(byDepth.map(({ tokens }) => tokens));
  const depths = distinct(byDepth.map(({ depth }) => depth ?? 0));
  const width = map.width / Math.max(1, lengths.length);
  const height = map.height / Math.max(1, depths.length);
  const cells = byDepth.flatMap((row) => {
    const x = map.left + lengths.indexOf(row.tokens) * width;
    const y = map.top + depths.indexOf(row.depth ?? 0) * height;
    const ink = row.right > 0.55 ? '#ffffff' : '#1b1b1b';
    return [
      `<rect x="${round(x + 1)}" y="${round(y + 1)}" width="${round(width - 2)}" height="${round(height - 2)}" fill="${shade(row.right)}"/>`,
      text(x + width / 2, y + height / 2 + 4, `${Math.round(row.right * 100)}`, `text-anchor="middle" fill="${ink}"`),
    ];
  });
  return [
    ...cells,
    ...lengths.map((tokens, i) =>
      text(map.left + (i + 0.5) * width, map.top + map.height + 18, lengthInWords(tokens), 'text-anchor="middle"'),
    ),
    ...depths.map((depth, i) =>
      text(map.left - 8, map.top + (i + 0.5) * height + 4, `${Math.round(depth * 100)} %`, 'text-anchor="end"'),
    ),
    text(map.left + map.width / 2, map.top + map.height + 38, 'tokens', 'text-anchor="middle"'),
    text(map.left - 8, map.top - 10, 'depth', 'text-anchor="end"'),
  ];
}

function lines(rows: readonly Row[], shown: readonly Condition[]): string[] {
  const overall = rows.filter(({ depth }) => depth === null);
  const lengths = distinct(overall.map(({ tokens }) => tokens));
  const [shortest = 1, longest = 1] = [lengths[0], lengths.at(-1)];
  const span = Math.log2(longest / shortest);
  const x = (tokens: number): number =>
    chart.left + (span > 0 ? (Math.log2(tokens / shortest) / span) * (chart.width - 20) : (chart.width - 20) / 2) + 10;
  const y = (value: number): number => chart.top + (1 - value) * chart.height;
  const first = overall[0];
  const own = first ? ownFigure(rows, first) : null;
  return [
    ...[0, 0.25, 0.5, 0.75, 1].flatMap((value) => [
      `<line x1="${chart.left}" x2="${chart.left + chart.width}" y1="${round(y(value))}" y2="${round(y(value))}" stroke="#dddddd"/>`,
      text(chart.left - 8, y(value) + 4, `${value * 100} %`, 'text-anchor="end"'),
    ]),
    ...lengths.map((tokens) =>
      text(x(tokens), chart.top + chart.height + 18, lengthInWords(tokens), 'text-anchor="middle"'),
    ),
    ...(own === null
      ? []
      : [
          `<line x1="${chart.left}" x2="${chart.left + chart.width}" y1="${round(y(own))}" y2="${round(y(own))}" stroke="${strokes.full.colour}" stroke-dasharray="${strokes.full.dash}"/>`,
        ]),
    ...shown.flatMap((condition, i) => {
      const own = overall.filter((row) => row.condition === condition).sort((a, b) => a.tokens - b.tokens);
      const { colour, dash } = strokes[condition];
      const points = own.map((row) => `${round(x(row.tokens))},${round(y(row.right))}`).join(' ');
      // Bars of the same length stand side by side.
      const shift = (i - (shown.length - 1) / 2) * 3;
      const legend = { x: chart.left + (i % 2) * 190, y: legendTop + Math.floor(i / 2) * 20 };
      return [
        `<polyline points="${points}" fill="none" stroke="${colour}" stroke-width="2" stroke-dasharray="${dash}"/>`,
        ...own.flatMap((row) => [
          `<line x1="${round(x(row.tokens) + shift)}" x2="${round(x(row.tokens) + shift)}" y1="${round(y(row.low))}" y2="${round(y(row.high))}" stroke="${colour}"/>`,
          `<circle cx="${round(x(row.tokens))}" cy="${round(y(row.right))}" r="3" fill="${colour}"/>`,
        ]),
        `<line x1="${legend.x}" x2="${legend.x + 28}" y1="${legend.y - 4}" y2="${legend.y - 4}" stroke="${colour}" stroke-width="2" stroke-dasharray="${dash}"/>`,
        text(legend.x + 36, legend.y, labels[condition]),
      ];
    }),
  ];
}

function distinct(values: readonly number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}

/** From near white for 0 to the colour of Longhand's line for 1. */
function shade(value: number): string {
  const light = [240, 244, 247];
  const dark = [10, 92, 138];
  return `rgb(${light.map((channel, i) => Math.round(channel + ((dark[i] ?? 0) - channel) * value)).join(', ')})`;
}

function text(x: number, y: number, content: string, attributes = ''): string {
  return `<text x="${round(x)}" y="${round(y)}"${attributes && ` ${attributes}`}>${escaped(content)}</text>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** A text as it stands in HTML and SVG. */
export function escaped(content: string): string {
  return content.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}
