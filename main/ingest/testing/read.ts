/** Shared by the tests: reading files and texts to their end. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { ReadSummary } from '../../library/library.ts';
import type { DocumentKind } from '../../library/schema.ts';
import type { NewSection } from '../../library/section-table.ts';
import { protocol, type ReadProgress } from '../protocol.ts';
import { readDocument } from '../reader.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

export const fixture = (name: string): string => join(root, 'main/ingest/fixtures', name);
export const twentyPages = join(root, 'e2e/fixtures/twenty-pages.pdf');
export const samplesFolder = join(root, 'assets/samples');

export interface ReadResult {
  sections: NewSection[];
  summary: ReadSummary;
  progress: ReadProgress[];
}

/** Reads a file to its end; what is read is checked against the protocol on the way. */
export async function readAll(path: string, kind: DocumentKind, byteSize: number): Promise<ReadResult> {
  const result: Omit<ReadResult, 'summary'> = { sections: [], progress: [] };
  const reading = readDocument({ path, fileName: basename(path), kind, byteSize });
  for (;;) {
    const step = await reading.next();
    if (step.done) return { ...result, summary: step.value };
    protocol.requests.next.result.parse({ kind: 'sections', ...step.value });
    result.sections.push(...step.value.sections);
    result.progress.push(step.value.progress);
  }
}

/** Reads bytes as a file of this name, in a folder that is removed when the test ends. */
export async function readBytes(fileName: string, bytes: string | Uint8Array, kind: DocumentKind): Promise<ReadResult> {
  const folder = mkdtempSync(join(tmpdir(), 'longhand-read-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, fileName);
  writeFileSync(path, bytes);
  return readAll(path, kind, Buffer.byteLength(bytes));
}
