import fc from 'fast-check';
import { expect, test } from 'vitest';
import { arrange, paneLimits } from './layout-store.ts';

const panes = { sidebarOpen: true, sidebarWidth: 280, readerWidth: 560 };

test.each([
  [1920, false, { sidebar: 'beside', reader: 'closed', readerWidth: 0 }],
  [1920, true, { sidebar: 'beside', reader: 'beside', readerWidth: 560 }],
  [1280, true, { sidebar: 'beside', reader: 'beside', readerWidth: 560 }],
  [1100, true, { sidebar: 'beside', reader: 'beside', readerWidth: 480 }],
  [800, false, { sidebar: 'beside', reader: 'closed', readerWidth: 0 }],
  [800, true, { sidebar: 'over', reader: 'beside', readerWidth: 460 }],
  [600, true, { sidebar: 'over', reader: 'alone', readerWidth: 0 }],
])('in a window of %i px with the reader open: %s', (width, readerOpen, expected) => {
  expect(arrange(width, readerOpen, panes)).toEqual(expected);
});

test('the panes beside the conversation never take the whole window', () => {
  const { least, most } = paneLimits.sidebarWidth;
  fc.assert(
    fc.property(
      fc.integer({ min: 320, max: 4000 }),
      fc.record({
        sidebarOpen: fc.boolean(),
        sidebarWidth: fc.integer({ min: least, max: most }),
        readerWidth: fc.integer({ min: paneLimits.readerWidth.least, max: paneLimits.readerWidth.most }),
      }),
      (width, sizes) => {
        const { sidebar, reader, readerWidth } = arrange(width, true, sizes);
        const taken = sidebar === 'beside' && sizes.sidebarOpen ? sizes.sidebarWidth : 0;
        if (reader === 'beside') expect(width - taken - readerWidth).toBeGreaterThanOrEqual(320);
      },
    ),
  );
});
