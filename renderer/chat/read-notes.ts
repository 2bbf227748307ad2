/** What was not read for an answer, sorted by how it has to be told. */
import type { ReadReport } from '../../main/ipc/contract.ts';

type LeftOut = ReadReport['leftOut'][number];
/** Reasons that leave nothing of a document read; the other ones may concern a part of it. */
type SkipReason = 'nothing-found' | 'unread' | 'damaged' | 'not-ready' | 'failed';

/** A document of which `left` of `total` tokens could not be read. */
export interface Lacking {
  title: string;
  left: number;
  total: number;
}

export interface ReadNotes {
  /** Documents that were asked, and how many of them were read at all. */
  total: number;
  read: number;
  /** Documents of which nothing was read, by the reason for it. */
  skipped: { reason: SkipReason; titles: string[] }[];
  /** Documents of which only passages were read. */
  partly: { title: string; read: number; total: number }[];
  /** Documents that the model has not come to the end of. */
  unread: Lacking[];
  /** Documents that a pass over all of them did not come to the end of. */
  stopped: Lacking[];
  /** Documents of which a damaged part is being read again. */
  damaged: Lacking[];
  /** Tokens of earlier turns that gave way. */
  earlierTokens: number;
}

/**
 * The reason for which nothing of the entry's document was read. What is not there yet, or damaged, mostly
 * concerns a part of a document: it explains all of it where nothing was read and nothing else is to be said.
 */
function skipReason({ documentId, reason }: LeftOut, { documents, leftOut }: ReadReport): SkipReason | null {
  if (reason === 'nothing-found' || reason === 'not-ready' || reason === 'failed') return reason;
  if (reason !== 'unread' && reason !== 'damaged') return null;
  const someRead = documents.some(({ id, tokensRead }) => id === documentId && tokensRead > 0);
  const alone = leftOut.filter((other) => other.documentId === documentId).length === 1;
  return !someRead && alone ? reason : null;
}

export function readNotes(report: ReadReport): ReadNotes {
  const { documents, leftOut } = report;
  const asked = new Set([...documents.map(({ id }) => id), ...leftOut.flatMap(({ documentId }) => documentId ?? [])]);

  const lacking = (wanted: 'unread' | 'damaged' | 'stopped'): Lacking[] =>
    leftOut
      .filter((entry) => entry.reason === wanted && skipReason(entry, report) === null)
      .map(({ documentId, title, tokens }) => {
        const total = documents.find(({ id }) => id === documentId)?.tokens ?? tokens;
        return { title, left: tokens, total };
      });

  /** Only parts were read because there was no room for more, not just because the rest was not there. */
  const lackedRoom = (id: string): boolean => {
    const reasons = leftOut.flatMap(({ documentId, reason }) => (documentId === id ? reason : []));
    return (
      reasons.length === 0 ||
      reasons.some((reason) => reason !== 'unread' && reason !== 'damaged' && reason !== 'stopped')
    );
  };

  const skipped = new Map<SkipReason, string[]>();
  for (const entry of leftOut) {
    const reason = skipReason(entry, report);
    if (reason) skipped.set(reason, [...(skipped.get(reason) ?? []), entry.title]);
  }

  return {
    total: asked.size,
    read: documents.filter(({ tokensRead }) => tokensRead > 0).length,
    skipped: Array.from(skipped, ([reason, titles]) => ({ reason, titles })),
    partly: documents
      .filter(({ id, tokens, tokensRead }) => tokensRead > 0 && tokensRead < tokens && lackedRoom(id))
      .map(({ title, tokensRead, tokens }) => ({ title, read: tokensRead, total: tokens })),
    unread: lacking('unread'),
    stopped: lacking('stopped'),
    damaged: lacking('damaged'),
    earlierTokens: leftOut.reduce((sum, { reason, tokens }) => sum + (reason === 'earlier-turns' ? tokens : 0), 0),
  };
}
