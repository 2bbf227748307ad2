/**
 * How often answers and citations are right, with documents that fit the model's window (read whole)
 * and with far more than fits (passages found by search). The questions are about the sample document
 * and come with what a right answer holds; the rest of the library is text of this repository.
 */
import { join } from 'node:path';
import { answer } from '../../main/chat/answer.ts';
import type { Services } from '../../main/index.ts';
import { openLonghand } from '../longhand.ts';
import { sampleQuestions } from './sample-questions.ts';

interface Row {
  documents: 'one, read whole' | 'many, passages read';
  questions: number;
  /** Answers that hold what they should. */
  answered: number;
  /** The passage that holds the answer is among the sources. */
  cited: number;
  /** Right answers in which some name or number was wrongly marked as not found. */
  wronglyMarked: number;
  firstTokenMs: number;
}

const distractors = ['LICENSE', 'THIRD-PARTY-NOTICES.md', 'CONTRIBUTING.md', 'README.md'];

/** Runs the questions and gives one row for each way of reading. */
export async function evaluateAnswers({
  model,
  limit,
}: {
  model?: string;
  limit?: number;
}): Promise<{ rows: Row[]; failures: object[] }> {
  const { services, close } = await openLonghand({ model });
  try {
    const sample = await services.ingest.add([{ kind: 'sample' }], { paths: false });
    const others = await services.ingest.add(
      distractors.map((path) => ({ kind: 'path' as const, path: join(process.cwd(), path) })),
      { paths: true },
    );
    await services.ingest.idle();
    const one = sample.documents.map(({ id }) => id);
    const many = [...one, ...others.documents.map(({ id }) => id)];
    const failures: object[] = [];
    return {
      rows: [
        await ask(services, 'one, read whole', one, limit, failures),
        await ask(services, 'many, passages read', many, limit, failures),
      ],
      failures,
    };
  } finally {
    await close();
  }
}

async function ask(
  services: Services,
  documents: Row['documents'],
  documentIds: string[],
  limit: number | undefined,
  failures: object[],
): Promise<Row> {
  const asked = sampleQuestions.slice(0, limit);
  const row: Row = { documents, questions: asked.length, answered: 0, cited: 0, wronglyMarked: 0, firstTokenMs: 0 };
  const waits: number[] = [];
  for (const { question, holds } of asked) {
    const { text, details } = await answer(services, {
      documentIds,
      history: [],
      question,
      maxTokens: 96,
      signal: new AbortController().signal,
    });
    const right = holds.some((fact) => includes(text, fact));
    const cited = details.citations.some(({ quote }) => holds.some((fact) => includes(quote, fact)));
    if (right) row.answered++;
    if (cited) row.cited++;
    if (right && details.unsupported.some((claim) => holds.some((fact) => includes(claim, fact)))) row.wronglyMarked++;
    if (!right || !cited) failures.push({ documents, question, text, cited, unsupported: details.unsupported });
    waits.push(details.timing?.firstTokenMs ?? 0);
    process.stderr.write(`${documents}: ${right ? 'right' : 'wrong'}, ${cited ? 'cited' : 'not cited'}: ${question}\n`);
  }
  return { ...row, firstTokenMs: Math.round(waits.sort((a, b) => a - b)[Math.floor(waits.length / 2)] ?? 0) };
}

function includes(text: string, fact: string): boolean {
  const plain = (s: string): string => s.normalize('NFKD').replace(/\s+/g, ' ').toLowerCase();
  return plain(text).includes(plain(fact));
}
