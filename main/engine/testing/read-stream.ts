/**
 * Reads a text into a stream with the tiny model, in a process that a test may kill: `node … MODEL FOLDER TEXT`. Says
 * how many tokens are read, a line after each run, and `done` at the end.
 */
import { readFileSync } from 'node:fs';
import { loadTiny } from './tiny-engine.ts';

const [model = '', folder = '', text = ''] = process.argv.slice(2);
const engine = await loadTiny(model, folder);
const { next } = await engine.streams.open('a0', 'A text. ', undefined);
process.stdout.write(`from ${next.token}\n`);
await engine.streams.read('a0', [{ ordinal: 0, text: readFileSync(text, 'utf8') }], true, {
  onProgress: (tokens) => process.stdout.write(`${tokens}\n`),
});
await engine.dispose();
process.stdout.write('done\n');
