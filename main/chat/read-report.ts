/** What was read for an answer, as measured: by document, with the pieces of it that were attended to. */
import type { AttendedBlock, Generation, MountedGeneration } from '../engine/protocol.ts';
import type { Library } from '../library/library.ts';
import type { DocumentEntry } from '../library/schema.ts';
import type { AssembledPrompt } from './prompt.ts';
import type { ReadReport } from './schema.ts';

export type Piece = ReadReport['documents'][number]['pieces'][number];

/** Characters of a document's sections, from one place to another; null is the end. */
interface Stretch {
  readonly section: number;
  readonly start: number;
  readonly next: { readonly section: number; readonly character: number } | null;
}

/** Blocks of one document that follow each other, as one piece. */
interface Run extends Stretch {
  readonly firstToken: number;
  readonly tokens: number;
  readonly strength: number;
}

/** Joins the attended blocks of a document where one follows the other. */
function runsOf(blocks: readonly AttendedBlock[]): Run[] {
  const runs: (Run & { block: number })[] = [];
  for (const { block, firstToken, tokens, strength, section, character, next } of blocks) {
    const last = runs.at(-1);
    if (last && last.block + 1 === block) {
      runs[runs.length - 1] = {
        ...last,
        block,
        tokens: last.tokens + tokens,
        strength: Math.max(last.strength, strength),
        next,
      };
    } else runs.push({ block, firstToken, tokens, strength, section, start: character, next });
  }
  return runs;
}

/** The characters of a stretch by section. */
function* partsOf(library: Library, documentId: string, { section, start, next }: Stretch) {
  const last = next?.section ?? library.get(documentId).sectionCount - 1;
  for (let ordinal = section; ordinal <= last; ordinal++) {
    const text = library.sections(documentId, ordinal, 1)[0]?.text ?? '';
    const from = ordinal === section ? start : 0;
    const to = ordinal === next?.section ? next.character : text.length;
    yield { section: ordinal, start: from, end: to, text: text.slice(from, to) };
  }
}

/** The text of what was attended to, or of whole documents. */
export function attendedTexts(library: Library, { whole, attended, mounted }: MountedGeneration): string[] {
  return mounted.flatMap(({ stream }) => {
    const blocks = attended.filter((block) => block.stream === stream);
    if (blocks.length === 0 || !isDocument(library, stream)) return [];
    const stretches: Stretch[] = whole ? [{ section: 0, start: 0, next: null }] : runsOf(blocks);
    return stretches.map((stretch) => Array.from(partsOf(library, stream, stretch), ({ text }) => text).join('\n\n'));
  });
}

/** A conversation's stream is no document. */
function isDocument(library: Library, id: string): boolean {
  return library.list().some((entry) => entry.id === id);
}

/** What the answer attended to of each document, and what it left out. */
export function readReport(
  library: Library,
  entries: readonly (DocumentEntry & { tokens: number })[],
  notReady: readonly DocumentEntry[],
  prompt: AssembledPrompt,
  generation: Generation | MountedGeneration | undefined,
): ReadReport {
  const mountedGeneration = generation && 'attended' in generation ? generation : undefined;
  const textIsWhole = generation !== undefined && !mountedGeneration && prompt.fits;
  const documents = entries.map(({ id, title, tokens }) => {
    const stream = mountedGeneration?.mounted.find((mounted) => mounted.stream === id);
    const blocks = mountedGeneration?.attended.filter((block) => block.stream === id) ?? [];
    const whole = textIsWhole || Boolean(mountedGeneration?.whole && stream?.complete);
    const asText = prompt.passages
      .filter(({ hit }) => hit.documentId === id)
      .reduce((sum, passage) => sum + passage.tokens, 0);
    const attended = blocks.reduce((sum, block) => sum + block.tokens, 0);
    const total = Math.max(tokens, stream?.tokens ?? 0, 1);
    return {
      id,
      title,
      tokens,
      tokensRead: whole ? tokens : Math.min(tokens, Math.max(attended, asText)),
      whole,
      pieces: whole ? [] : runsOf(blocks).map((run) => pieceOf(library, id, run, total)),
      damaged: stream?.damaged ?? false,
      unread: mountedGeneration && !stream?.complete ? Math.max(0, tokens - (stream?.tokens ?? 0)) : 0,
    };
  });
  const leftOut = documents.flatMap(({ id, title, tokens, tokensRead, unread, damaged }): ReadReport['leftOut'] => {
    const rest = tokens - tokensRead - unread;
    if (damaged) return [{ documentId: id, title, tokens: tokens - tokensRead, reason: 'damaged' as const }];
    return [
      ...(unread > 0 ? [{ documentId: id, title, tokens: unread, reason: 'unread' as const }] : []),
      ...(rest > 0
        ? [
            {
              documentId: id,
              title,
              tokens: rest,
              reason: tokensRead > 0 ? ('no-room' as const) : ('nothing-found' as const),
            },
          ]
        : []),
    ];
  });
  return {
    documents: documents.map(({ unread: _, damaged: __, ...document }) => document),
    tokensMounted: documents.reduce((sum, { tokens }) => sum + tokens, 0),
    tokensAttended: generation?.attendedTokens ?? 0,
    tokensReused: generation?.reusedTokens ?? 0,
    leftOut: [
      ...leftOut,
      ...notReady.map(({ id, title, tokenCount, state }) => ({
        documentId: id,
        title,
        tokens: tokenCount ?? 0,
        reason: state === 'failed' || state === 'cancelled' ? ('failed' as const) : ('not-ready' as const),
      })),
    ],
  };
}

function pieceOf(library: Library, documentId: string, run: Run, total: number): Piece {
  const { section, start, next, firstToken, tokens, strength } = run;
  const length = library.sections(documentId, section, 1)[0]?.text.length ?? 0;
  return {
    from: Math.min(1, firstToken / total),
    to: Math.min(1, (firstToken + tokens) / total),
    strength,
    section,
    start,
    end: next?.section === section ? next.character : length,
  };
}
