/** What the window can be shown with while one works on its look. */
import type { Citation, Memory, ReadReport, Section } from '../../main/ipc/contract.ts';
import {
  type FakeAnswer,
  type FakeDocument,
  type FakeOptions,
  fakeEntry,
  fakeId,
  fakeMemory,
  readyEngine,
} from './fake-app.ts';

const lighthouse = fakeId(1);
const report = fakeId(2);

const chapters = [
  [
    'The keeper’s house',
    `The house stood where the rock was widest, and even there one wall had been built into the stone. Its keeper, Mara Lindqvist, kept two books: one for the oil, which the board of trustees read, and one for the weather, which nobody did.

She had come in **March 1887**, in a boat that carried her trunk, a stove, and eleven hens. The hens did not last the first winter. The stove is still there.

> The light shall be lit at sunset and put out at sunrise, and the keeper shall enter both.

| Month | Oil, gallons | Nights of fog |
|:------|-------------:|--------------:|
| April | 41 | 6 |
| May | 36 | 9 |
| June | 29 | 14 |

The board’s table is kept in her hand. What she thought of June is kept in the other book.`,
  ],
  [
    'The lens',
    `The lens was made in Paris and weighed a little under two tons. It floated in a bath of mercury, so that one finger could turn it; the clockwork that did turn it had to be wound every four hours.

Its focal length followed the usual relation, $$\\frac{1}{f} = (n-1)\\left(\\frac{1}{R_1} - \\frac{1}{R_2}\\right)$$ with each ring ground to its own curve, so that the whole threw one beam.

1. Wind the clockwork at sunset.
2. Wind it again at ten, at two, and at six in winter.
3. Wipe the lens at noon with *spirit of wine*, never with water.`,
  ],
  [
    'The winter of the bell',
    `In January the fog came in and stayed for nineteen days. The bell was rung by hand when its machine froze, one stroke every thirty seconds, and Lindqvist and the assistant Tobias Wren took turns of three hours each.

On the twelfth day the supply boat found the island by the sound alone. Its master wrote that he had heard the bell “for an hour before I saw so much as my own bow”. No ship was lost that winter.`,
  ],
] as const;

function lighthouseSections(): Section[] {
  let at = 0;
  return chapters.map(([title, body], ordinal) => {
    const text = `## ${title}\n\n${body}`;
    const anchor = { kind: 'range', start: at, end: at + text.length } as const;
    at += text.length;
    return { id: 10 + ordinal, documentId: lighthouse, ordinal, title, level: 2, format: 'markdown', text, anchor };
  });
}

const lighthouseDocument: FakeDocument = {
  entry: fakeEntry(1, {
    id: lighthouse,
    title: 'The Keeper of Skerry Light',
    fileName: 'skerry-light.md',
    sectionCount: 3,
    characterCount: 2100,
    tokenCount: 512,
    addedAt: 5,
  }),
  sections: lighthouseSections(),
};

const reportDocument: FakeDocument = {
  entry: fakeEntry(2, {
    id: report,
    title: 'Annual report on coastal lights and fog signals, 1887–1888',
    fileName: 'report.pdf',
    kind: 'pdf',
    byteSize: Number(new URLSearchParams(globalThis.location?.search).get('bytes') ?? 0),
    sectionCount: 20,
    characterCount: 61_000,
    tokenCount: 15_400,
    emptySections: 1,
    addedAt: 4,
  }),
  sections: Array.from({ length: 20 }, (_, ordinal) => ({
    id: 100 + ordinal,
    documentId: report,
    ordinal,
    title: ordinal % 4 === 0 ? `Chapter ${ordinal / 4 + 1}` : null,
    level: ordinal % 4 === 0 ? 1 : 0,
    format: 'plain',
    text: `Page ${ordinal + 1}. The Board records the nights of fog at each station, and the oil that was burned.`,
    anchor: { kind: 'page', page: ordinal + 1, boxes: [] },
  })),
};

const others: FakeDocument[] = [
  {
    entry: fakeEntry(3, {
      title: 'Letters from the Outer Islands',
      kind: 'pdf',
      state: 'reading',
      tokenCount: null,
      progress: { done: 112, total: 340, unit: 'pages', secondsLeft: 95 },
      addedAt: 9,
    }),
    sections: [],
  },
  {
    entry: fakeEntry(4, {
      title: 'scan-0044.pdf',
      kind: 'pdf',
      state: 'failed',
      error: 'The file ends in the middle of page 3; it seems to be damaged. Fetch it again and add it anew.',
      addedAt: 3,
    }),
    sections: [],
  },
  { entry: fakeEntry(5, { title: 'Notes on fog', kind: 'text', tokenCount: 890, addedAt: 2 }), sections: [] },
  {
    entry: fakeEntry(6, {
      title: 'A history of signalling',
      kind: 'html',
      state: 'queued',
      tokenCount: null,
      addedAt: 8,
    }),
    sections: [],
  },
];

function quoteFrom(section: Section | undefined, words: string, length: number) {
  const text = section?.text ?? '';
  const start = Math.max(0, text.indexOf(words));
  const end = Math.min(text.length, start + length);
  return { sectionId: section?.id ?? 0, start, end, quote: text.slice(start, end) };
}

const [house, , winter] = lighthouseDocument.sections;
const range = { kind: 'range', start: 1290, end: 1500 } as const;

const citations: Citation[] = [
  {
    number: 1,
    documentId: lighthouse,
    title: lighthouseDocument.entry.title,
    passageId: 1,
    anchor: range,
    ...quoteFrom(winter, 'In January the fog', 232),
    supports: true,
  },
  {
    number: 2,
    documentId: report,
    title: reportDocument.entry.title,
    passageId: 2,
    sectionId: 106,
    anchor: {
      kind: 'page',
      page: 7,
      boxes: [
        { x: 0.118, y: 0.205, width: 0.76, height: 0.018 },
        { x: 0.118, y: 0.229, width: 0.52, height: 0.018 },
      ],
    },
    start: 0,
    end: 60,
    quote:
      'At Skerry the fog signal was worked by hand for nineteen days in January, at one stroke in every thirty seconds, the machine being frozen; no vessel was lost upon the station.',
    supports: true,
  },
  {
    number: 3,
    documentId: lighthouse,
    title: lighthouseDocument.entry.title,
    passageId: 3,
    anchor: { kind: 'range', start: 20, end: 260 },
    ...quoteFrom(house, 'The house stood', 206),
    supports: false,
  },
  ...[4, 5, 6].map(
    (number): Citation => ({
      number,
      documentId: report,
      title: reportDocument.entry.title,
      passageId: number,
      sectionId: 100 + number,
      anchor: { kind: 'page', page: number + 1, boxes: [{ x: 0.12, y: 0.4, width: 0.7, height: 0.02 }] },
      start: 0,
      end: 40,
      quote: 'The Board records the nights of fog at each station, and the oil that was burned.',
      supports: false,
    }),
  ),
];

/** Pieces read of a document: `count` of them, spread unevenly, each of a part of a section. */
function piecesOf({ sections }: FakeDocument, count: number): ReadReport['documents'][number]['pieces'] {
  return Array.from({ length: count }, (_, index) => {
    // Steps of the golden ratio: no two coincide, and some stand close together.
    const from = ((index * 0.618034) % 1) * 0.985;
    const section = Math.floor(from * sections.length);
    const length = sections[section]?.text.length ?? 0;
    const start = Math.floor(((from * sections.length) % 1) * length * 0.6);
    const end = Math.min(length, start + 90);
    return { from, to: from + 0.012, strength: ((index * 7) % count) / count, section, start, end };
  }).sort((a, b) => a.from - b.from);
}

const answerText = `The bell was rung **by hand for nineteen days** in January, because its machine had frozen [1]. Mara Lindqvist and her assistant Tobias Wren took turns of three hours each, one stroke every thirty seconds [2].

The supply boat *Halcyon* found the island by the sound alone on the twelfth day, and no ship was lost that winter.

| Watch | Who rang | Strokes |
|---|---|--:|
| 1 | Lindqvist | 360 |
| 2 | Wren | 360 |

In one watch of $t$ hours the number of strokes is

$$n = \\frac{3600\\,t}{30} = 120\\,t$$

\`\`\`python
def strokes(hours: float) -> int:
    # one stroke every thirty seconds
    return int(hours * 3600 / 30)
\`\`\`
`;

function answer(): FakeAnswer {
  return {
    text: answerText,
    citations,
    details: {
      citations,
      read: {
        documents: [
          {
            id: lighthouse,
            title: lighthouseDocument.entry.title,
            tokens: 512,
            tokensRead: 512,
            whole: true,
            pieces: [],
          },
          {
            id: report,
            title: reportDocument.entry.title,
            tokens: 15_400,
            tokensRead: 3584,
            whole: false,
            pieces: piecesOf(reportDocument, 9),
          },
        ],
        tokensMounted: 15_912,
        tokensAttended: 4096,
        tokensReused: 512,
        leftOut: [
          {
            documentId: fakeId(3),
            title: 'Letters from the Outer Islands',
            tokens: 0,
            reason: 'not-ready',
          },
        ],
      },
      timing: {
        firstTokenMs: 1840,
        prefillTokens: 3584,
        prefillTokensPerSecond: 1950.4,
        decodeTokens: 182,
        decodeTokensPerSecond: 61.3,
      },
      unsupported: ['Halcyon', '360'],
      model: 'SmolLM2-135M-Instruct',
      device: 'cpu',
    },
  };
}

const pauses = { search: 500, read: 160, word: 28 };
const pause = (step: keyof typeof pauses): Promise<void> => new Promise((resolve) => setTimeout(resolve, pauses[step]));

const titles = ['Who rang the bell in the winter?', 'How was the lens turned?', 'Oil used from April to June'];
type FakeConversation = NonNullable<FakeOptions['conversations']>[number];

const conversations = titles.map(
  (title, index): FakeConversation => ({
    conversation: {
      id: fakeId(50 + index),
      title,
      documentIds: [lighthouse, report],
      createdAt: 50 - index,
      updatedAt: 50 - index,
    },
    messages: [
      {
        id: fakeId(70 + 2 * index),
        conversationId: fakeId(50 + index),
        role: 'user',
        text: title,
        state: 'done',
        error: null,
        details: null,
        createdAt: 1,
      },
      {
        id: fakeId(71 + 2 * index),
        conversationId: fakeId(50 + index),
        role: 'assistant',
        text: index === 2 ? '' : answerText,
        state: index === 2 ? 'failed' : 'done',
        error: index === 2 ? 'The engine ran out of memory while it read. Close other programs and try again.' : null,
        details: index === 2 ? null : answer().details,
        createdAt: 2,
      },
    ],
  }),
);

const documents = [lighthouseDocument, reportDocument, ...others];

const memories: Memory[] = [
  fakeMemory(1, { tokens: 512, totalTokens: 512, bytes: 2_100_000, pinned: true }),
  fakeMemory(2, { state: 'reading', tokens: 4096, totalTokens: 15_400, secondsLeft: 118, bytes: 17_000_000 }),
  fakeMemory(5, { state: 'waiting', tokens: 0, totalTokens: 890, bytes: 0 }),
];

/** One document for each state in which the model can have it. */
const states: [title: string, change: Partial<Memory>][] = [
  ['Waits for its turn', { state: 'waiting', tokens: 0, bytes: 0 }],
  ['Waits for space', { state: 'waiting', reason: 'Waits until the model is loaded.', tokens: 0, bytes: 0 }],
  ['Is being read', { state: 'reading', tokens: 412_000, totalTokens: 1_240_000, secondsLeft: 5400 }],
  ['Is being read, of unknown length', { state: 'reading', tokens: 8192, totalTokens: null }],
  ['Was paused', { state: 'paused', tokens: 70_000, totalTokens: 310_000, bytes: 310_000_000 }],
  ['Is kept', {}],
  ['Is kept always', { pinned: true, bytes: 1_430_000_000 }],
  ['Gave its space to others', { state: 'evicted', tokens: 0, bytes: 0 }],
  [
    'Could not be read by the model',
    {
      state: 'failed',
      reason: 'The space for what was read is used up. Give it more in the settings, or unpin or remove a document.',
    },
  ],
];

function conversation(number: number, title: string, report: ReadReport): FakeConversation {
  const id = fakeId(number);
  const base = { conversationId: id, error: null, createdAt: 1 };
  const details = { ...answer().details, citations: [], unsupported: [], read: report };
  const text = 'The bell was rung **by hand for nineteen days** in January, because its machine had frozen.';
  return {
    conversation: { id, title, documentIds: report.documents.map((read) => read.id), createdAt: 1, updatedAt: number },
    messages: [
      { ...base, id: fakeId(number + 1), role: 'user', text: title, state: 'done', details: null },
      { ...base, id: fakeId(number + 2), role: 'assistant', text, state: 'done', details },
    ],
  };
}

function reportOf(documents: ReadReport['documents'], leftOut: ReadReport['leftOut'] = []): ReadReport {
  const sum = (of: (read: ReadReport['documents'][number]) => number): number =>
    documents.reduce((all, read) => all + of(read), 0);
  const tokensAttended = sum(({ tokensRead }) => tokensRead);
  return { documents, tokensMounted: sum(({ tokens }) => tokens), tokensAttended, tokensReused: 0, leftOut };
}

/** What was read of the report, as of a book of a million tokens. */
function longRead(pieces: number): ReadReport['documents'][number] {
  const { id, title } = reportDocument.entry;
  const read = { id, title, tokens: 1_240_000, tokensRead: 64 * pieces, whole: false };
  const narrow = piecesOf(reportDocument, pieces).map((piece) => ({ ...piece, to: piece.from + 64 / 1_240_000 }));
  return { ...read, pieces: narrow };
}

/** Answers that rest on one piece, on 64, and on twelve documents. */
function pieces(): FakeOptions {
  const shelf = Array.from({ length: 12 }, (_, index): FakeDocument => {
    const sections = lighthouseDocument.sections.map((section) => ({ ...section, documentId: fakeId(100 + index) }));
    const title = index % 3 === 1 ? `Volume ${index + 1} of the Board’s letters, with an index` : `Volume ${index + 1}`;
    return { entry: fakeEntry(100 + index, { title, addedAt: index }), sections };
  });
  const reads = shelf.map((document, index): ReadReport['documents'][number] => {
    const whole = index % 5 === 2;
    const { id, title } = document.entry;
    const found = index === 8 ? 0 : 1 + ((index * 5) % 17);
    const tokens = whole ? 1200 : 84_000 + 7000 * index;
    return {
      id,
      title,
      tokens,
      tokensRead: whole ? tokens : 64 * found,
      whole,
      pieces: whole ? [] : piecesOf(document, found),
    };
  });
  const leftOut = (index: number, tokens: number, reason: 'unread' | 'damaged' | 'nothing-found') => {
    const { id, title } = shelf[index]?.entry ?? fakeEntry(index);
    return { documentId: id, title, tokens, reason };
  };
  return {
    documents: [lighthouseDocument, reportDocument, ...shelf],
    memories: [lighthouseDocument, reportDocument, ...shelf].map(({ entry }) => fakeMemory(0, { id: entry.id })),
    conversations: [
      conversation(
        900,
        'From twelve documents',
        reportOf(reads, [
          leftOut(8, 140_000, 'nothing-found'),
          leftOut(3, 40_000, 'unread'),
          leftOut(4, 64, 'damaged'),
        ]),
      ),
      conversation(910, 'From 64 pieces', reportOf([longRead(64)])),
      conversation(920, 'From one piece', reportOf([longRead(1)])),
    ],
    answer,
    pause,
  };
}

export const scenes: Record<string, () => FakeOptions> = {
  full: () => ({ documents, memories, conversations, answer, pause }),
  empty: () => ({ sample: lighthouseDocument, answer, pause }),
  loading: () => ({ documents, memories, conversations, answer, pause, engine: { state: 'loading', fraction: 0.43 } }),
  failed: () => ({
    documents,
    conversations,
    engine: {
      state: 'failed',
      reason: 'The weights of SmolLM2-135M-Instruct are not where they should be. Install Longhand again.',
    },
  }),
  many: () => ({
    documents: Array.from({ length: 2000 }, (_, index) => ({ entry: fakeEntry(index + 1), sections: [] })),
    memories: Array.from({ length: 2000 }, (_, index) =>
      fakeMemory(index + 1, index > 1200 ? { state: 'waiting' } : {}),
    ),
    engine: readyEngine,
  }),
  memory: () => ({
    documents: states.map(([title], index) => ({
      entry: fakeEntry(index + 1, { title, addedAt: states.length - index }),
      sections: [],
    })),
    memories: states.map(([, change], index) => fakeMemory(index + 1, change)),
  }),
  pieces,
};
