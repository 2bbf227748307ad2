/** What was read for an answer, as measured: by document, with the pieces of it that were attended to. */
import type { AttendedBlock, Generation, MountedGeneration } from '../engine/protocol.ts';
import type { Library } from '../library/library.ts';
import type { DocumentEntry, PassageHit } from '../library/schema.ts';
import type { ConversationMemory } from './conversation-memory.ts';
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

/** The text that a stream is read from, by section. */
interface SectionedText {
  readonly sectionCount: number;
  section(ordinal: number): string;
}

/** The text of a stretch. */
function textOf({ sectionCount, section: textOfSection }: SectionedText, { section, start, next }: Stretch): string {
  const texts: string[] = [];
  for (let ordinal = section; ordinal <= (next?.section ?? sectionCount - 1); ordinal++) {
    const text = textOfSection(ordinal);
    texts.push(text.slice(ordinal === section ? start : 0, ordinal === next?.section ? next.character : text.length));
  }
  return texts.join('\n\n');
}

/** The text of what was attended to, of documents and of the conversation. */
export function attendedTexts(
  library: Library,
  { attended, mounted }: MountedGeneration,
  conversation?: ConversationMemory,
): string[] {
  const documents = library.list();
  const source = (stream: string): SectionedText | undefined => {
    if (stream === conversation?.streamId) {
      const { texts } = conversation;
      return { sectionCount: texts.length, section: (ordinal) => texts[ordinal] ?? '' };
    }
    // It may have been removed since.
    const document = documents.find(({ id }) => id === stream);
    const section = (ordinal: number): string => library.sections(stream, ordinal, 1)[0]?.text ?? '';
    return document && { sectionCount: document.sectionCount, section };
  };
  return mounted.flatMap(({ stream }) => {
    const text = source(stream);
    return text ? runsOf(blocksOf(attended, stream)).map((run) => textOf(text, run)) : [];
  });
}

const blocksOf = (attended: readonly AttendedBlock[], stream: string): AttendedBlock[] =>
  attended.filter((block) => block.stream === stream);

/** How much of a stream was attended to, and whether that is all of it. */
export function attendedOf(
  { attended, mounted }: MountedGeneration,
  stream: string | undefined,
): { tokens: number; whole: boolean } {
  const kept = mounted.find((one) => one.stream === stream);
  const tokens = attended.reduce((sum, block) => sum + (block.stream === stream ? block.tokens : 0), 0);
  return { tokens, whole: kept?.complete === true && tokens >= kept.tokens };
}

/** The generation, where it attended to what is kept of documents. */
export function mountedOf(generation: Generation | MountedGeneration | undefined): MountedGeneration | undefined {
  return generation && 'attended' in generation ? generation : undefined;
}

/** True where a text ended because it had reached its greatest length. */
export function wasCut({ finishReason }: Pick<Generation, 'finishReason'>): boolean {
  return finishReason === 'length' || finishReason === 'context';
}

/** Documents of which nothing can be read: they are still being read in, or could not be. */
export function leftOutUnready(documents: readonly DocumentEntry[]): ReadReport['leftOut'] {
  return documents
    .filter(({ state }) => state !== 'ready')
    .map(({ id, title, tokenCount, state }) => ({
      documentId: id,
      title,
      tokens: tokenCount ?? 0,
      reason: state === 'failed' || state === 'cancelled' ? ('failed' as const) : ('not-ready' as const),
    }));
}

/**
 * What the answer attended to of each document, and what it left out. Without a generation, what was read is what the
 * prompt has room for.
 */
export function readReport(
  library: Library,
  entries: readonly (DocumentEntry & { tokens: number })[],
  mountedEntries: readonly DocumentEntry[],
  prompt: AssembledPrompt,
  generation: Generation | MountedGeneration | undefined,
): ReadReport {
  const mountedGeneration = mountedOf(generation);
  const textIsWhole = !mountedGeneration && prompt.fits;
  const documents = entries.map(({ id, title, tokens }) => {
    const stream = mountedGeneration?.mounted.find((mounted) => mounted.stream === id);
    const blocks = blocksOf(mountedGeneration?.attended ?? [], id);
    const attended = mountedGeneration && attendedOf(mountedGeneration, id);
    const whole = textIsWhole || attended?.whole === true;
    const total = Math.max(tokens, stream?.tokens ?? 0, 1);
    const pieces = runsOf(blocks).map((run) => pieceOf(library, id, run, total));
    const pieceOfPassage = passagePlacer(library, id, total);
    const asText = prompt.passages
      .filter(({ hit }) => hit.documentId === id)
      .map((passage) => ({ ...passage, piece: pieceOfPassage(passage.hit) }))
      .filter(({ piece }) => !pieces.some((attendedTo) => isWithin(piece, attendedTo)));
    const tokensAsText = asText.reduce((sum, passage) => sum + passage.tokens, 0);
    return {
      id,
      title,
      tokens,
      tokensRead: whole ? tokens : Math.min(tokens, (attended?.tokens ?? 0) + tokensAsText),
      whole,
      pieces: whole ? [] : [...pieces, ...asText.map(({ piece }) => piece)].toSorted((a, b) => a.from - b.from),
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
    leftOut: [...leftOut, ...leftOutUnready(mountedEntries)],
  };
}

/** Whether the middle of a piece lies in another: places within a section are about right only. */
function isWithin({ from, to }: Piece, other: Piece): boolean {
  const middle = (from + to) / 2;
  return middle >= other.from && middle <= other.to;
}

/**
 * Places passages of a document that were put before the model as text; within a section, tokens are taken to be of one
 * length.
 */
function passagePlacer(library: Library, documentId: string, total: number): (hit: PassageHit) => Piece {
  let counts: readonly number[] | undefined;
  return ({ section, start, end }) => {
    counts ??= library.tokenCounts(documentId) ?? [];
    const before = counts.slice(0, section).reduce((sum, count) => sum + count, 0);
    const length = library.sections(documentId, section, 1)[0]?.text.length ?? 0;
    const tokens = counts[section] ?? 0;
    const placeOf = (character: number): number =>
      Math.min(1, (before + (tokens * character) / Math.max(1, length)) / total);
    return { from: placeOf(start), to: placeOf(end), strength: 1, section, start, end };
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
