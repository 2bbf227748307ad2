import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rotate, rotationTables } from '../../../native-models/architectures/rotation.ts';
import { type BlockFormatName, blockFormat, blockTokens, placeBlock } from './block-format.ts';
import { createCache } from './cache.ts';

const shape = { layers: 2, heads: 3, headSize: 16 };
const row = shape.heads * shape.headSize;

/** Half of a step of the format, as a share of the largest value that shares its scale. */
const halfStep: Record<BlockFormatName, number> = { float32: 0, int16: 0.5 / 32_767, int8: 0.5 / 127, int4: 0.5 / 7 };
const names: BlockFormatName[] = ['float32', 'int16', 'int8', 'int4'];

function random(count: number, seed: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length: count }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return (state / 2 ** 30 - 1) * 5;
  });
}

describe('a block', () => {
  it.each(names)('of %s keeps keys and values to half a step', (name) => {
    const format = blockFormat(name, shape, [...Array(shape.layers).keys()]);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: blockTokens }), fc.nat(8), fc.nat(2 ** 30), (count, first, seed) => {
        const total = first + count;
        const keys = random(shape.layers * total * row, seed);
        const values = random(shape.layers * total * row, seed + 1);
        const block = format.encode({ count: total, keys, values }, first, count);
        expect(block.length).toBe(format.bytes);
        const decoded = new Float32Array(blockTokens * shape.headSize);
        for (let layer = 0; layer < shape.layers; layer++) {
          for (let head = 0; head < shape.heads; head++) {
            for (const [source, decode] of [
              [keys, format.decodeKeys],
              [values, format.decodeValues],
            ] as const) {
              decode(block, layer, head, decoded, 0, count);
              for (let index = 0; index < count * shape.headSize; index++) {
                const token = Math.floor(index / shape.headSize);
                const at = (layer * total + first + token) * row + head * shape.headSize + (index % shape.headSize);
                const error = Math.abs((decoded[index] as number) - (source[at] as number));
                expect(error).toBeLessThanOrEqual(5 * halfStep[name] * 1.001);
              }
            }
          }
        }
      }),
      { numRuns: 10 },
    );
  });

  it('is placed behind what a cache holds, rotated for its new position', () => {
    const rotation = rotationTables({
      contextLength: 256,
      headSize: 16,
      ropeBase: 10_000,
      positionDivisor: 1,
      interleaved: true,
    });
    const format = blockFormat('int16', shape, [...Array(shape.layers).keys()]);
    const keys = random(shape.layers * 8 * row, 1);
    const values = random(shape.layers * 8 * row, 2);
    const block = format.encode({ count: 8, keys, values }, 0, 8);
    const cache = createCache(shape, 16);
    cache.append(random(shape.layers * 5 * row, 3), random(shape.layers * 5 * row, 4), 5);
    placeBlock(cache, format, block, 8, cache.growFar(8), [rotation, rotation]);
    expect(cache.length).toBe(13);
    const expected = Float32Array.from(keys.subarray(row * 8 + 32, row * 8 + 48));
    rotate(rotation, expected, 0, 5, 1);
    const at = (2 * cache.capacity + 5) * shape.headSize;
    const placed = (cache.keys[1] as Float32Array).subarray(at, at + shape.headSize);
    for (const [index, value] of expected.entries()) expect(placed[index]).toBeCloseTo(value, 3);
  });
});

describe('rotation', () => {
  it('turns products of rotated vectors into functions of their distance alone', () => {
    for (const interleaved of [true, false]) {
      const rotation = rotationTables({
        contextLength: 512,
        headSize: 16,
        ropeBase: 10_000,
        positionDivisor: 1,
        interleaved,
      });
      const product = (a: number, b: number): number => {
        const x = random(16, 5);
        const y = random(16, 6);
        rotate(rotation, x, 0, a, 1);
        rotate(rotation, y, 0, b, 1);
        return x.reduce((sum, value, index) => sum + value * (y[index] as number), 0);
      };
      expect(product(17, 9)).toBeCloseTo(product(408, 400), 3);
      expect(product(17, 9)).not.toBeCloseTo(product(17, 10), 3);
    }
  });
});
