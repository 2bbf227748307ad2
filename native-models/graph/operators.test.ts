import { describe, expect, it } from 'vitest';
import { createSession, floatTensor, type Tensor, tensor } from '../runtime.ts';
import { largestDifference, numbers, productTransposed } from '../testing/numbers.ts';
import { constant, type ElementType, input, type TensorArray, type Value } from './graph.ts';
import {
  add,
  addRmsNorm,
  blockSums,
  concat,
  either,
  gatherRows,
  gemmTransposed,
  groupQueryAttention,
  matMul,
  matMulBlocks,
  matMulIntegers,
  matMulTransposed,
  multiply,
  reduceMax,
  reshape,
  rmsNorm,
  rotary,
  silu,
  softmax,
  split,
  splitBy,
} from './operators.ts';

/** Everything here is near 1, and sums have at most 64 terms: 64 · 2⁻²⁴ = 4e-6, with room for the exponentials. */
const rounding = 2e-5;

interface Given {
  readonly value: Value;
  readonly tensor: Tensor;
}

/** A value that is given when the graph runs, so that nothing can be computed before. */
function given<Type extends ElementType>(
  name: string,
  type: Type,
  shape: readonly number[],
  data: TensorArray<Type>,
): Given {
  return { value: input(name, type, shape), tensor: tensor(type, shape, data) };
}

const floatsGiven = (name: string, shape: readonly number[], data: Float32Array<ArrayBuffer>): Given => ({
  value: input(name, 'float32', shape),
  tensor: floatTensor(shape, data),
});

interface Computed {
  readonly shape: readonly number[];
  readonly data: number[];
}

/** Runs the real thing on the CPU. */
async function compute(results: readonly Value[], givens: readonly Given[]): Promise<Computed[]> {
  const names = results.map((_, index) => `result${index}`);
  const session = await createSession(
    results.map((value, index) => ({ name: names[index] as string, type: 'float32', value })),
    { device: 'cpu', threads: 1 },
  );
  try {
    const inputs = givens.map(({ value, tensor: data }) => [value.kind === 'input' ? value.name : '', data] as const);
    const outputs = await session.run(Object.fromEntries(inputs), names);
    return names.map((name) => {
      const { dims, data } = outputs[name] as Tensor;
      return { shape: dims, data: Array.from(data as Float32Array) };
    });
  } finally {
    await session.dispose();
  }
}

async function computeOne(result: Value, ...givens: Given[]): Promise<Computed> {
  return (await compute([result], givens))[0] as Computed;
}

function expectClose(computed: Computed | undefined, shape: readonly number[], data: ArrayLike<number>): void {
  expect(computed?.shape).toEqual(shape);
  expect(largestDifference(computed?.data ?? [], data)).toBeLessThan(rounding);
}

const rowsOf = (data: ArrayLike<number>, size: number): number[][] =>
  Array.from({ length: data.length / size }, (_, row) => Array.from(data).slice(row * size, (row + 1) * size));

const softmaxOf = (row: readonly number[]): number[] => {
  const exponentials = row.map((value) => Math.exp(value - Math.max(...row)));
  const sum = exponentials.reduce((total, value) => total + value, 0);
  return exponentials.map((value) => value / sum);
};

const normalized = (row: readonly number[], weight: ArrayLike<number>, epsilon: number): number[] => {
  const square = row.reduce((sum, value) => sum + value * value, 0) / row.length;
  return row.map((value, at) => (value / Math.sqrt(square + epsilon)) * (weight[at] as number));
};

describe('elementwise operators', () => {
  const a = numbers(6, 1);
  const b = numbers(3, 2);
  const [left, right] = [floatsGiven('a', [2, 3], a), floatsGiven('b', [3], b)];

  it('add and multiply, and repeat what is smaller', async () => {
    const at = (index: number) => b[index % 3] as number;
    expectClose(
      await computeOne(add(left.value, right.value), left, right),
      [2, 3],
      a.map((value, index) => value + at(index)),
    );
    expectClose(
      await computeOne(multiply(left.value, right.value), left, right),
      [2, 3],
      a.map((value, index) => value * at(index)),
    );
    expectClose(
      await computeOne(multiply(left.value, constant('float32', [], Float32Array.of(0.5))), left),
      [2, 3],
      a.map((value) => value / 2),
    );
  });

  it('silu is x · sigmoid(x), far from zero too', async () => {
    const values = Float32Array.of(-30, -1, 0, 1, 30);
    const x = floatsGiven('x', [5], values);
    expectClose(
      await computeOne(silu(x.value), x),
      [5],
      values.map((value) => value / (1 + Math.exp(-value))),
    );
  });
});

describe('products', () => {
  const a = numbers(2 * 3 * 4, 3);
  const left = floatsGiven('a', [2, 3, 4], a);

  it('matMul multiplies matrix by matrix, and repeats what has fewer of them', async () => {
    const b = numbers(4 * 5, 4);
    const right = floatsGiven('b', [4, 5], b);
    const columns = Array.from({ length: 20 }, (_, index) => b[(index % 4) * 5 + Math.floor(index / 4)] as number);
    expectClose(
      await computeOne(matMul(left.value, right.value), left, right),
      [2, 3, 5],
      productTransposed(a, columns, 4),
    );
  });

  it('matMulTransposed multiplies by the rows', async () => {
    const b = numbers(2 * 5 * 4, 5);
    const right = floatsGiven('b', [2, 5, 4], b);
    const expected = [0, 1].flatMap((index) =>
      productTransposed(a.subarray(index * 12, (index + 1) * 12), b.subarray(index * 20, (index + 1) * 20), 4),
    );
    expectClose(await computeOne(matMulTransposed(left.value, right.value), left, right), [2, 3, 5], expected);
  });

  it('gemmTransposed multiplies by the rows and adds', async () => {
    const [x, b, c] = [numbers(8, 6), numbers(12, 7), numbers(6, 8)];
    const givens = [floatsGiven('x', [2, 4], x), floatsGiven('b', [3, 4], b), floatsGiven('c', [2, 3], c)] as const;
    const [first, second, third] = givens;
    expectClose(
      await computeOne(gemmTransposed(first.value, second.value, third.value), ...givens),
      [2, 3],
      productTransposed(x, b, 4).map((value, index) => value + (c[index] as number)),
    );
  });
});

describe('reductions', () => {
  const x = numbers(2 * 6, 9);
  const value = floatsGiven('x', [2, 6], x);

  it('blockSums adds up blocks of columns', async () => {
    expectClose(
      await computeOne(blockSums(value.value, 6, 3), value),
      [2, 2],
      rowsOf(x, 3).map(([a = 0, b = 0, c = 0]) => a + b + c),
    );
  });

  it('reduceMax takes the largest along an axis', async () => {
    expectClose(
      await computeOne(reduceMax(value.value, 1), value),
      [2],
      rowsOf(x, 6).map((row) => Math.max(...row)),
    );
    const [first = [], second = []] = rowsOf(x, 6);
    expectClose(
      await computeOne(reduceMax(value.value, 0), value),
      [6],
      first.map((one, at) => Math.max(one, second[at] as number)),
    );
  });

  it('softmax makes each row a distribution, also where a score is masked or huge', async () => {
    const scores = Float32Array.of(1, 2, 3, -1e30, 0, 0, 100, 0, 99);
    const given3 = floatsGiven('scores', [3, 3], scores);
    expectClose(await computeOne(softmax(given3.value), given3), [3, 3], rowsOf(scores, 3).flatMap(softmaxOf));
  });

  it('rmsNorm divides by the root mean square, and addRmsNorm adds first and gives the sum too', async () => {
    const weight = numbers(6, 10);
    const residual = numbers(12, 11);
    const [scale, other] = [floatsGiven('w', [6], weight), floatsGiven('r', [2, 6], residual)];
    const epsilon = 0.01;
    expectClose(
      await computeOne(rmsNorm(value.value, scale.value, epsilon), value, scale),
      [2, 6],
      rowsOf(x, 6).flatMap((row) => normalized(row, weight, epsilon)),
    );
    const sum = x.map((one, at) => one + (residual[at] as number));
    const [norm, added] = await compute(addRmsNorm(value.value, other.value, scale.value, epsilon), [
      value,
      other,
      scale,
    ]);
    expectClose(
      norm,
      [2, 6],
      rowsOf(sum, 6).flatMap((row) => normalized(row, weight, epsilon)),
    );
    expectClose(added, [2, 6], sum);
  });
});

describe('operators that move data', () => {
  const x = Float32Array.from({ length: 12 }, (_, index) => index);
  const value = floatsGiven('x', [2, 6], x);

  it('reshape keeps the order, and finds the size that is left open', async () => {
    expectClose(await computeOne(reshape(value.value, 3, -1, 2), value), [3, 2, 2], x);
  });

  it('concat and split are each other’s inverse along an axis', async () => {
    const parts = split(value.value, -1, [1, 2, 3]);
    const [first, , third] = await compute(parts, [value]);
    expectClose(first, [2, 1], [0, 6]);
    expectClose(third, [2, 3], [3, 4, 5, 9, 10, 11]);
    expectClose(await computeOne(concat(1, ...parts), value), [2, 6], x);
    expectClose(await computeOne(concat(0, value.value, value.value), value), [4, 6], [...x, ...x]);
  });

  it('splitBy takes its sizes when the graph runs', async () => {
    const sizes = given('sizes', 'int64', [2], BigInt64Array.of(5n, 1n));
    const [most, last] = await compute(splitBy(value.value, -1, sizes.value, 2), [value, sizes]);
    expectClose(most, [2, 5], [0, 1, 2, 3, 4, 6, 7, 8, 9, 10]);
    expectClose(last, [2, 1], [5, 11]);
  });
});

describe('rotary', () => {
  const [heads, tokens, size] = [2, 3, 8];
  const pairs = size / 2;
  const rotatedBy = async (interleaved: boolean): Promise<{ x: Float32Array; positions: number[]; it: Computed }> => {
    const x = numbers(heads * tokens * size, 12);
    const positions = [5, 0, 9];
    const angles = Array.from({ length: 10 * pairs }, (_, at) => Math.floor(at / pairs) * 10 ** -(at % pairs));
    const table = (of: (angle: number) => number) =>
      constant(
        'float32',
        [10, pairs],
        Float32Array.from(angles, (angle) => of(angle)),
      );
    const value = floatsGiven('x', [1, heads, tokens, size], x);
    const at = given('positions', 'int64', [1, tokens], BigInt64Array.from(positions, BigInt));
    const it = await computeOne(
      rotary(value.value, at.value, table(Math.cos), table(Math.sin), { interleaved }),
      value,
      at,
    );
    return { x, positions, it };
  };

  it.each([
    { name: 'neighbours', interleaved: true },
    { name: 'halves', interleaved: false },
  ])('turns $name by the angle of their position and pair', async ({ interleaved }) => {
    const { x, positions, it: computed } = await rotatedBy(interleaved);
    const expected = rowsOf(x, size).flatMap((row, index) => {
      const turned = [...row];
      for (let pair = 0; pair < pairs; pair++) {
        const [one, other] = interleaved ? [2 * pair, 2 * pair + 1] : [pair, pair + pairs];
        const [a = 0, b = 0] = [row[one], row[other]];
        const angle = (positions[index % tokens] as number) * 10 ** -pair;
        turned[one] = a * Math.cos(angle) - b * Math.sin(angle);
        turned[other] = a * Math.sin(angle) + b * Math.cos(angle);
      }
      return turned;
    });
    expectClose(computed, [1, heads, tokens, size], expected);
  });
});

describe('products with weights in blocks', () => {
  const [rows, columns, size] = [3, 64, 32];
  const scales = numbers(rows * 2, 13).map((value) => value / 100);
  const x = numbers(2 * columns, 14);
  const value = floatsGiven('x', [2, columns], x);

  /** Weights in blocks as they are meant, and as floats. */
  function weightsOf(bits: 4 | 8) {
    const zero = 2 ** (bits - 1);
    const levels = Array.from(numbers(rows * columns, 15), (random) => Math.floor((random + 1) * zero));
    const quants = new Uint8Array((rows * columns * bits) / 8);
    for (const [at, level] of levels.entries()) {
      if (bits === 8) quants[at] = level;
      else quants[at >> 1] = (quants[at >> 1] as number) | (level << (4 * (at & 1)));
    }
    const floats = levels.map((level, at) => (level - zero) * (scales[Math.floor(at / size)] as number));
    const weights = {
      rows,
      columns,
      bits,
      blockSize: size,
      quants: constant('uint8', [rows, columns / size, 4 * bits], quants),
      scales: constant('float32', [rows, columns / size], scales),
    };
    return { floats, weights };
  }

  it.each([4, 8] as const)('of %i bits are those with the floats that they mean', async (bits) => {
    const { floats, weights } = weightsOf(bits);
    const exact = productTransposed(x, floats, columns);
    expectClose(await computeOne(matMulBlocks(value.value, weights, 0), value), [2, rows], exact);
    // Level 4 rounds x to 8 bits in each block: at most half a step of max|x| / 127 for each column.
    const step = 1 / 127;
    const bound = Math.max(
      ...rowsOf(floats, columns).map((row) => row.reduce((sum, weight) => sum + Math.abs(weight), 0)),
    );
    const { data } = await computeOne(matMulBlocks(value.value, weights, 4), value);
    expect(largestDifference(data, exact)).toBeLessThan((bound * step) / 2 + rounding);
  });
});

describe('products of integers', () => {
  const [rows, columns] = [5, 96];
  const levels = Int8Array.from(numbers(rows * columns, 17), (random) => Math.round(random * 127));
  const scales = numbers(rows, 18).map((value) => value / 1000);
  const byRow = Float32Array.from({ length: rows * columns }, (_, at) => {
    const row = Math.floor(at / columns);
    return (levels[(at % columns) * rows + row] as number) * (scales[row] as number);
  });
  const weights = {
    quants: constant('int8', [columns, rows], levels),
    scales: constant('float32', [rows], scales),
  };

  it.each([1, 2, 7])('of %i rows are those with x in 255 steps, and cut what is above', async (count) => {
    const largest = 0.5;
    const x = numbers(count * columns, 19);
    const steps = x.map((value) => Math.max(-128, Math.min(127, Math.round((value / largest) * 127))));
    const exact = productTransposed(
      steps.map((level) => (level * largest) / 127),
      [...byRow],
      columns,
    );
    const value = floatsGiven('x', [count, columns], x);
    expectClose(await computeOne(matMulIntegers(value.value, weights, largest), value), [count, rows], exact);
  });

  it('do not overflow', async () => {
    const x = new Float32Array(columns).fill(1);
    const largest = { ...weights, quants: constant('int8', [columns, rows], new Int8Array(rows * columns).fill(127)) };
    const value = floatsGiven('x', [1, columns], x);
    const expected = [...scales].map((scale) => scale * 127 * columns);
    expectClose(await computeOne(matMulIntegers(value.value, largest, 1), value), [1, rows], expected);
  });
});

describe('either', () => {
  const [x, y] = [floatsGiven('x', [2], Float32Array.of(3, 5)), floatsGiven('y', [2], Float32Array.of(10, 20))];
  const decided = (yes: boolean) => given('decided', 'bool', [1], Uint8Array.of(Number(yes)));

  it('gives one of two values, of what is shared and of inputs of its own', async () => {
    const sum = add(x.value, x.value);
    const chosen = either(
      decided(true).value,
      [sum],
      multiply(sum, y.value),
      add(sum, constant('float32', [], Float32Array.of(1))),
    );
    // What is shared can be used outside too, and what one choice gives in another.
    const nested = either(decided(true).value, [sum, chosen], add(chosen, sum), chosen);
    const results = async (yes: boolean) =>
      (await compute([chosen, nested, sum], [x, y, decided(yes)])).map(({ data }) => data);
    expect(await results(true)).toEqual([
      [60, 200],
      [66, 210],
      [6, 10],
    ]);
    expect(await results(false)).toEqual([
      [7, 11],
      [7, 11],
      [6, 10],
    ]);
  });

  it('computes only the one that is taken', async () => {
    // Shapes that do not go together.
    const three = given('z', 'float32', [3], Float32Array.of(1, 2, 3));
    const wrong = multiply(x.value, input('z', 'float32', ['n']));
    const chosen = either(decided(false).value, [], wrong, add(x.value, x.value));
    expect((await compute([chosen], [x, three, decided(false)])).map(({ data }) => data)).toEqual([[6, 10]]);
    await expect(compute([chosen], [x, three, decided(true)])).rejects.toMatchObject({ code: 'device' });
  });
});

describe('gatherRows', () => {
  it('gives the named rows, or none', async () => {
    const x = floatsGiven('x', [3, 2], Float32Array.of(1, 2, 3, 4, 5, 6));
    const named = (...rows: number[]) => given('rows', 'int64', [rows.length], BigInt64Array.from(rows, BigInt));
    const picked = gatherRows(x.value, input('rows', 'int64', ['n']));
    expect((await compute([picked], [x, named(2, 0)]))[0]).toEqual({ shape: [2, 2], data: [5, 6, 1, 2] });
    expect((await compute([picked], [x, named()]))[0]).toEqual({ shape: [0, 2], data: [] });
  });
});

describe('groupQueryAttention', () => {
  const shape = { heads: 4, keyValueHeads: 2, headSize: 8, queryScale: 1 / Math.sqrt(8) };
  const { heads, keyValueHeads, headSize } = shape;
  const capacity = 5;

  /** The same in plain arithmetic: query head h reads the key head h / 2, and only what came before. */
  function attended(query: Float32Array, keys: number[][][], values: number[][][], past: number, tokens: number) {
    const result: number[] = [];
    for (let token = 0; token < tokens; token++) {
      for (let head = 0; head < heads; head++) {
        const at = (token * heads + head) * headSize;
        const own = Array.from(query.subarray(at, at + headSize));
        const group = Math.floor((head * keyValueHeads) / heads);
        const seen = past + token + 1;
        const scores = (keys[group] ?? []).slice(0, seen).map((key) => {
          return key.reduce((sum, element, index) => sum + element * (own[index] as number), 0) / Math.sqrt(headSize);
        });
        const weights = softmaxOf(scores);
        for (let element = 0; element < headSize; element++) {
          result.push(
            weights.reduce((sum, weight, index) => sum + weight * (values[group]?.[index]?.[element] as number), 0),
          );
        }
      }
    }
    return result;
  }

  it.each([
    { name: 'nothing', past: 0, tokens: 3 },
    { name: 'a past that is shorter than its room', past: 2, tokens: 3 },
    { name: 'a past, for one token', past: 4, tokens: 1 },
  ])('attends causally over $name, two query heads to a key head', async ({ past, tokens }) => {
    const query = numbers(tokens * heads * headSize, 19);
    const [key, value] = [20, 21].map((seed) => numbers(tokens * keyValueHeads * headSize, seed));
    // What lies beyond the past in its room must not be seen.
    const [pastKey, pastValue] = [22, 23].map((seed) => numbers(keyValueHeads * capacity * headSize, seed));
    const byHead = (before: Float32Array | undefined, fresh: Float32Array | undefined): number[][][] =>
      Array.from({ length: keyValueHeads }, (_, head) => [
        ...rowsOf(before ?? [], headSize).slice(head * capacity, head * capacity + past),
        ...rowsOf(fresh ?? [], headSize).filter((_row, index) => index % keyValueHeads === head),
      ]);
    const roomShape = [1, keyValueHeads, capacity, headSize];
    const inputs = {
      query: floatsGiven('query', [1, tokens, heads * headSize], query),
      key: floatsGiven('key', [1, tokens, keyValueHeads * headSize], key as Float32Array<ArrayBuffer>),
      value: floatsGiven('value', [1, tokens, keyValueHeads * headSize], value as Float32Array<ArrayBuffer>),
      pastKey: floatsGiven('pastKey', roomShape, pastKey as Float32Array<ArrayBuffer>),
      pastValue: floatsGiven('pastValue', roomShape, pastValue as Float32Array<ArrayBuffer>),
      lastPosition: given('lastPosition', 'int32', [1], Int32Array.of(past + tokens - 1)),
      total: given('total', 'int32', [], Int32Array.of(past + tokens)),
    };
    const results = groupQueryAttention(shape, {
      query: inputs.query.value,
      key: inputs.key.value,
      value: inputs.value.value,
      pastKey: inputs.pastKey.value,
      pastValue: inputs.pastValue.value,
      lastPosition: inputs.lastPosition.value,
      total: inputs.total.value,
    });
    const [output, presentKey, presentValue] = await compute(results, Object.values(inputs));
    const keys = byHead(pastKey, key);
    const values = byHead(pastValue, value);
    expectClose(output, [1, tokens, heads * headSize], attended(query, keys, values, past, tokens));
    // What it leaves for the next run: past and new, in a room that holds both.
    for (const [present, expected] of [
      [presentKey, keys],
      [presentValue, values],
    ] as const) {
      const room = present?.shape[2] ?? 0;
      expect(room).toBeGreaterThanOrEqual(past + tokens);
      for (const [head, rows] of expected.entries()) {
        const start = head * room * headSize;
        const held = present?.data.slice(start, start + rows.length * headSize) ?? [];
        expect(largestDifference(held, rows.flat())).toBe(0);
      }
    }
  });
});
