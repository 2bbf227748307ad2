import { statSync } from 'node:fs';
import { expect, test } from 'vitest';
import { protocol } from './protocol.ts';
import { startReading } from './reading.ts';
import { fixture } from './testing/read.ts';

const line = { text: 'A line', confidence: 1, x: 0.1, y: 0.1, width: 0.3, height: 0.02 };

async function stepsOf(name: string): Promise<string[]> {
  const path = fixture(name);
  const reading = startReading({ path, fileName: name, kind: 'pdf', byteSize: statSync(path).size });
  const kinds: string[] = [];
  for (let lines: (typeof line)[] = []; kinds.at(-1) !== 'end'; ) {
    const step = protocol.requests.next.result.parse(await reading.next(lines));
    kinds.push(step.kind);
    if (step.kind === 'sections') expect(step.sections.map(({ text }) => text !== '')).not.toContain(false);
    lines = step.kind === 'picture' ? [line] : [];
  }
  return kinds;
}

test('a picture is a step of its own, and its text goes into the next one', async () => {
  expect(await stepsOf('half-scanned.pdf')).toEqual(['picture', 'sections', 'end']);
  expect(await stepsOf('scanned.pdf')).toEqual(['picture', 'picture', 'sections', 'end']);
});

test('what cannot be read is told with the step', async () => {
  const reading = startReading({ path: fixture('encrypted.pdf'), fileName: 'x.pdf', kind: 'pdf', byteSize: 1000 });
  await expect(reading.next([])).rejects.toMatchObject({ name: 'LonghandError' });
});
