import fc from 'fast-check';
import { expect, it } from 'vitest';
import { longestSide, readableSize } from './pictures.ts';

it('pictures of a video are made no larger than they are read, and keep their shape', () => {
  expect(readableSize(640, 360)).toEqual({ width: 640, height: 360 });
  expect(readableSize(3840, 2160)).toEqual({ width: 1280, height: 720 });
  expect(readableSize(2160, 3840)).toEqual({ width: 1152, height: 2048 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 16_384 }), fc.integer({ min: 1, max: 16_384 }), (width, height) => {
      const size = readableSize(width, height);
      expect(Math.min(size.width, size.height)).toBeGreaterThanOrEqual(1);
      expect(Math.max(size.width, size.height)).toBeLessThanOrEqual(longestSide);
      expect(size.width).toBeLessThanOrEqual(width);
    }),
  );
});
