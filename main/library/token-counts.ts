/** Documents' sizes in tokens of the current model, counted once and kept. */
import { LonghandError } from '../../base/errors.ts';
import type { EngineSupervisor } from '../engine/supervisor.ts';
import type { Library } from './library.ts';

/** Sections counted in one request to the engine, so that a question never waits long behind it. */
const sectionsAtOnce = 50;

/**
 * The tokens of a ready document; counted section by section the first time. Throws `cancelled` when it gets another
 * content meanwhile.
 */
export async function countDocumentTokens(
  library: Library,
  engine: Pick<EngineSupervisor, 'countTokens'>,
  documentId: string,
  signal?: AbortSignal,
): Promise<number> {
  const { tokenCount, sectionCount, revision } = library.get(documentId);
  if (tokenCount !== null) return tokenCount;
  const counts: number[] = [];
  for (let from = 0; from < sectionCount; from += sectionsAtOnce) {
    const texts = library.sections(documentId, from, sectionsAtOnce).map(({ text }) => text);
    counts.push(...(await engine.countTokens(texts, signal)));
  }
  if (library.get(documentId).revision !== revision)
    throw new LonghandError('cancelled', 'The document has another content now, and is counted anew.');
  library.setTokenCounts(documentId, counts);
  return counts.reduce((sum, count) => sum + count, 0);
}
