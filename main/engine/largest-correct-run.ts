import { type ModelConfig, windowsOf } from '../../native-models/architectures/index.ts';
import { input } from '../../native-models/graph/graph.ts';
import type { Output } from '../../native-models/graph/onnx.ts';
import { groupQueryAttention } from '../../native-models/graph/operators.ts';
import { createSession, type Device, floats, floatTensor, type Session, tensor } from '../../native-models/runtime.ts';
import { type Cache, createCache } from './kv/cache.ts';

/**
 * Attention takes other ways for many tokens than for few, and not each is right on every device: where threads work in
 * groups of four (SwiftShader), 32 tokens and more get wrong results. So before a model is read with on a device, what
 * its attention makes of many tokens at once is compared with what it makes of them in smaller pieces.
 */

/** How many tokens may be read at once, from the most. */
const runs = [64, 16, 1] as const;
const tokens = runs[0];

/** Rounding of averages of values up to 1 in 32 bits makes far less, and wrong results far more. */
const tolerance = 1e-3;

type HeadShape = Pick<ModelConfig, 'heads' | 'keyValueHeads' | 'headSize' | 'queryScale' | 'attention'>;

/** The most tokens at once that the device attends with as it does in smaller pieces. */
export async function largestCorrectRun(config: HeadShape, device: Device): Promise<number> {
  for (const [index, run] of runs.entries()) {
    const smaller = runs[index + 1];
    if (smaller === undefined || (await agree(config, device, run, smaller))) return run;
  }
  return 1;
}

async function agree(config: HeadShape, device: Device, run: number, smaller: number): Promise<boolean> {
  for (const window of windowsOf(config)) {
    const session = await createSession(attentionGraph(config, window), { device, threads: 1 });
    try {
      const together = await attendedBy(session, config, run);
      const apart = await attendedBy(session, config, smaller);
      // Not a number is no agreement either.
      if (!together.every((value, at) => Math.abs(value - (apart[at] as number)) < tolerance)) return false;
    } finally {
      await session.dispose();
    }
  }
  return true;
}

function attentionGraph(config: HeadShape, window: number | undefined): Output[] {
  const { heads, keyValueHeads, headSize } = config;
  const [attended] = groupQueryAttention(
    { ...config, window },
    {
      query: input('query', 'float32', [1, 'tokens', heads * headSize]),
      key: input('key', 'float32', [1, 'tokens', keyValueHeads * headSize]),
      value: input('value', 'float32', [1, 'tokens', keyValueHeads * headSize]),
      pastKey: input('pastKey', 'float32', [1, keyValueHeads, 'capacity', headSize]),
      pastValue: input('pastValue', 'float32', [1, keyValueHeads, 'capacity', headSize]),
      lastPosition: input('lastPosition', 'int32', [1]),
      total: input('total', 'int32', []),
    },
  );
  return [{ name: 'attended', type: 'float32', value: attended }];
}

/** Attended values of all tokens, `run` of them at a time behind those before. */
async function attendedBy(
  session: Session,
  { heads, keyValueHeads, headSize }: HeadShape,
  run: number,
): Promise<Float32Array> {
  const sizes = { query: heads * headSize, key: keyValueHeads * headSize, value: keyValueHeads * headSize };
  const given = {
    query: waves(tokens * sizes.query, 0.7),
    key: waves(tokens * sizes.key, 1.1),
    value: waves(tokens * sizes.value, 1.3),
  };
  const all = new Float32Array(tokens * sizes.query);
  const cache = createCache({ layers: 1, heads: keyValueHeads, headSize }, tokens);
  for (let at = 0; at < tokens; at += run) {
    const rows = (name: keyof typeof given) => given[name].slice(at * sizes[name], (at + run) * sizes[name]);
    const fresh = (name: keyof typeof given) => floatTensor([1, run, sizes[name]], rows(name));
    const past = ([held]: Cache['keys']) =>
      floatTensor([1, keyValueHeads, cache.capacity, headSize], held as Float32Array<ArrayBuffer>);
    const { attended } = await session.run(
      {
        query: fresh('query'),
        key: fresh('key'),
        value: fresh('value'),
        pastKey: past(cache.keys),
        pastValue: past(cache.values),
        lastPosition: tensor('int32', [1], Int32Array.of(at + run - 1)),
        total: tensor('int32', [], Int32Array.of(at + run)),
      },
      ['attended'],
    );
    all.set(floats(attended), at * sizes.query);
    cache.append(rows('key'), rows('value'), run);
  }
  return all;
}

/** Numbers between -1 and 1 that do not repeat. */
const waves = (count: number, pace: number): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length: count }, (_, index) => Math.sin(index * pace));
