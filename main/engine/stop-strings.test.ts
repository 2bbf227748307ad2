import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { watchForStops } from './stop-strings.ts';

/** All text let through, and whether it was stopped, for the text given in pieces. */
function watch(pieces: readonly string[], stops: readonly string[]): { text: string; stopped: boolean } {
  const watcher = watchForStops(stops);
  let text = '';
  for (const piece of pieces) {
    const { text: safe, stopped } = watcher.push(piece);
    text += safe;
    if (stopped) return { text, stopped };
  }
  return { text: text + watcher.end(), stopped: false };
}

describe('watching for stop strings', () => {
  it('ends the text before the stop string', () => {
    expect(watch(['one tw', 'o STO', 'P three'], ['STOP'])).toEqual({ text: 'one two ', stopped: true });
  });

  it('holds back what may be the beginning of one', () => {
    const watcher = watchForStops(['</answer>']);
    expect(watcher.push('yes</ans')).toEqual({ text: 'yes', stopped: false });
    expect(watcher.push('we')).toEqual({ text: '', stopped: false });
    expect(watcher.push('ll')).toEqual({ text: '</answell', stopped: false });
  });

  it('shows at the end what was held back', () => {
    expect(watch(['almost STO'], ['STOP'])).toEqual({ text: 'almost STO', stopped: false });
  });

  it('ignores empty stop strings', () => {
    expect(watch(['text'], [''])).toEqual({ text: 'text', stopped: false });
  });

  it('does the same however the text is cut', () => {
    const letters = fc.constantFrom('a', 'b', 'c');
    const words = (maxLength: number) => fc.array(letters, { maxLength }).map((all) => all.join(''));
    fc.assert(
      fc.property(fc.array(words(4), { maxLength: 10 }), fc.array(words(3), { maxLength: 3 }), (pieces, stops) => {
        const whole = pieces.join('');
        const found = stops.filter((stop) => stop !== '' && whole.includes(stop)).map((stop) => whole.indexOf(stop));
        const { text, stopped } = watch(pieces, stops);
        expect(stopped).toBe(found.length > 0);
        if (!stopped) expect(text).toBe(whole);
        // A stop string completed earlier may begin later than one that is longer; nothing of either is shown.
        else expect(stops.every((stop) => stop === '' || !text.includes(stop))).toBe(true);
        expect(whole.startsWith(text)).toBe(true);
      }),
    );
  });
});
