import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createWeaver } from './weave.ts';

const timesOf = (sections: { anchor: { kind: string } }[]): number[] =>
  sections.map(({ anchor }) => ('startMs' in anchor ? (anchor.startMs as number) : Number.NaN));

test('a slide stands between what was said before it and after it', () => {
  const weaver = createWeaver();
  weaver.show({ at: 0, lines: ['Welcome'] });
  weaver.show({ at: 10, lines: ['Costs', 'Electricity doubled'] });
  const sections = [
    ...weaver.hear({ text: 'Good morning.', start: 1, end: 2 }),
    ...weaver.hear({ text: 'Now the costs.', start: 11, end: 12 }),
    ...weaver.finish(),
  ];
  expect(sections.map(({ title, text }) => [title, text])).toEqual([
    ['On screen', 'Welcome'],
    [null, 'Good morning.'],
    ['On screen', 'Costs\nElectricity doubled'],
    [null, 'Now the costs.'],
  ]);
});

test('a picture that says nothing new is left out', () => {
  const weaver = createWeaver();
  weaver.show({ at: 0, lines: ['Costs', 'Electricity doubled'] });
  weaver.show({ at: 5, lines: ['Costs', 'Electricity doubled'] });
  weaver.show({ at: 6, lines: [] });
  weaver.show({ at: 9, lines: ['Costs', 'Electricity doubled', 'New machines before the summer'] });
  expect(weaver.finish().map(({ text }) => text.split('\n').length)).toEqual([2, 3]);
});

test('nothing is lost, and all is in order', () => {
  const events = fc.array(fc.record({ seconds: fc.integer({ min: 1, max: 8 }), screen: fc.boolean() }), {
    maxLength: 40,
  });
  fc.assert(
    fc.property(events, (all) => {
      const weaver = createWeaver();
      const sections = [];
      let time = 0;
      for (const [i, { seconds, screen }] of all.entries()) {
        time += seconds;
        if (screen) weaver.show({ at: time, lines: [`Slide number ${i} with words of its own ${'x'.repeat(i + 1)}`] });
        else sections.push(...weaver.hear({ text: `Sentence ${i}.`, start: time, end: time + 0.5 }));
        sections.push(...weaver.until(time));
      }
      sections.push(...weaver.finish());
      const times = timesOf(sections);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      const text = sections.map((section) => section.text).join(' ');
      all.forEach(({ screen }, i) => {
        if (!screen) expect(text).toContain(`Sentence ${i}.`);
      });
    }),
  );
});
