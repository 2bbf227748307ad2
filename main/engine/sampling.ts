/** How the next token is chosen from the logits. Pure: the same logits, history and seed choose the same token. */
import { LonghandError } from '../../base/errors.ts';

export interface Sampling {
  /** 0 always takes the likeliest token. */
  readonly temperature: number;
  /** Nucleus sampling (Holtzman et al. 2020): the fewest tokens with this much probability; 1 keeps all. */
  readonly topP: number;
  /** The likeliest this many tokens; 0 keeps all. */
  readonly topK: number;
  /** Tokens at least this fraction as likely as the likeliest (Nguyen et al. 2024); 0 keeps all. */
  readonly minP: number;
  /** Makes tokens of the recent history less likely (Keskar et al. 2019); 1 changes nothing. */
  readonly repetitionPenalty: number;
  readonly seed: number;
}

/** Uniform numbers in [0, 1). */
export type Random = () => number;

/** A token that may be chosen, and its probability among those that may. */
export interface Candidate {
  readonly id: number;
  readonly probability: number;
}

/** Tokens of the history that the repetition penalty looks at. */
export const penalizedHistory = 64;

/** Tokens less likely than this fraction of the likeliest are never drawn; sorting stays short that way. */
const negligible = 1e-9;

/** The generator "mulberry32" by T. Ettinger: 32 bits of state, plenty for drawing tokens. */
export function createRandom(seed: number): Random {
  // Two words of a large seed are folded into one.
  let state = (seed ^ Math.floor(seed / 2 ** 32)) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The likeliest token; the first of equals. What is no number is never the likeliest where anything is one. */
export function likeliest(logits: Float32Array): number {
  let best = 0;
  let largest = Number.NEGATIVE_INFINITY;
  for (let id = 0; id < logits.length; id++) {
    const logit = logits[id] as number;
    if (logit > largest) {
      best = id;
      largest = logit;
    }
  }
  return best;
}

/** Divides positive logits of the tokens by the penalty and multiplies negative ones, in place, once a token. */
export function penalizeRepetition(logits: Float32Array, history: readonly number[], penalty: number): void {
  if (penalty === 1) return;
  for (const id of new Set(history.slice(-penalizedHistory))) {
    const logit = logits[id];
    if (logit !== undefined) logits[id] = logit > 0 ? logit / penalty : logit * penalty;
  }
}

/**
 * The tokens that may be drawn, likeliest first, after temperature, top-k, min-p and top-p in this order.
 * The likeliest token is always among them. `temperature` must be above 0.
 */
export function candidates(logits: Float32Array, { temperature, topK, minP, topP }: Sampling): Candidate[] {
  const largest = logits[likeliest(logits)] as number;
  const floor = largest + temperature * Math.log(Math.max(minP, negligible));
  const kept: { id: number; weight: number }[] = [];
  for (let id = 0; id < logits.length; id++) {
    const logit = logits[id] as number;
    if (logit >= floor || logit === largest) kept.push({ id, weight: Math.exp((logit - largest) / temperature) });
  }
  kept.sort((a, b) => (logits[b.id] as number) - (logits[a.id] as number) || a.id - b.id);
  if (topK > 0) kept.length = Math.min(kept.length, topK);
  const total = kept.reduce((sum, { weight }) => sum + weight, 0);
  kept.length = nucleusSize(kept, topP * total);
  const remaining = kept.reduce((sum, { weight }) => sum + weight, 0);
  return kept.map(({ id, weight }) => ({ id, probability: weight / remaining }));
}

/** How many of the sorted tokens it takes to reach the weight; at least one. */
function nucleusSize(sorted: readonly { weight: number }[], wanted: number): number {
  let reached = 0;
  for (const [index, { weight }] of sorted.entries()) {
    reached += weight;
    if (reached >= wanted) return index + 1;
  }
  return sorted.length;
}

/** Draws by probability. */
export function draw(from: readonly Candidate[], random: Random): number {
  let left = random();
  for (const { id, probability } of from) {
    left -= probability;
    if (left < 0) return id;
  }
  return (from[from.length - 1] as Candidate).id;
}

/**
 * A function that chooses token after token. It changes the logits it is given, and throws `bad-file` when these are no
 * numbers.
 */
export function createSampler(sampling: Sampling): (logits: Float32Array, history: readonly number[]) => number {
  const random = createRandom(sampling.seed);
  return (logits, history) => {
    penalizeRepetition(logits, history, sampling.repetitionPenalty);
    const first = likeliest(logits);
    if (!Number.isFinite(logits[first])) throw damagedWeights();
    return sampling.temperature === 0 ? first : draw(candidates(logits, sampling), random);
  };
}

const damagedWeights = (): LonghandError =>
  new LonghandError(
    'bad-file',
    "The model's weights are damaged: what it computes is no number. Get the model file again, or choose another model.",
  );

/** The `count` tokens with the largest logits, best first. */
export function best(logits: Float32Array, count: number): { id: number; logit: number }[] {
  const kept: { id: number; logit: number }[] = [];
  for (let id = 0; id < logits.length; id++) {
    const logit = logits[id] as number;
    if (kept.length === count && logit <= (kept[count - 1] as { logit: number }).logit) continue;
    const at = kept.findIndex((other) => other.logit < logit);
    kept.splice(at < 0 ? kept.length : at, 0, { id, logit });
    if (kept.length > count) kept.pop();
  }
  return kept;
}
