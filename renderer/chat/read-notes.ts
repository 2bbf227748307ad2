/** What was not read for an answer, sorted by how it has to be told. */
import type { ReadReport } from '../../main/ipc/contract.ts';

type LeftOut = ReadReport['leftOut'][number];

export interface ReadNotes {
  /** Documents mounted, and how many of them were read at all. */
  total: number;
  read: number;
  /** Documents of which nothing was read, each with its reason. */
  skipped: { title: string; reason: 'nothing-found' | 'not-ready' | 'failed' }[];
  /** Documents of which only passages were read. */
  partly: { title: string; read: number; total: number }[];
  /** Tokens of earlier turns that gave way. */
  earlierTokens: number;
}

function isSkipped(entry: LeftOut): entry is LeftOut & { reason: ReadNotes['skipped'][number]['reason'] } {
  return entry.reason === 'nothing-found' || entry.reason === 'not-ready' || entry.reason === 'failed';
}

export function readNotes({ documents, leftOut }: ReadReport): ReadNotes {
  const mounted = new Set([...documents.map(({ id }) => id), ...leftOut.flatMap(({ documentId }) => documentId ?? [])]);
  return {
    total: mounted.size,
    read: documents.filter(({ tokensRead }) => tokensRead > 0).length,
    skipped: leftOut.filter(isSkipped).map(({ title, reason }) => ({ title, reason })),
    partly: documents
      .filter(({ tokens, tokensRead }) => tokensRead > 0 && tokensRead < tokens)
      .map(({ title, tokensRead, tokens }) => ({ title, read: tokensRead, total: tokens })),
    earlierTokens: leftOut.reduce((sum, { reason, tokens }) => sum + (reason === 'earlier-turns' ? tokens : 0), 0),
  };
}
