import { spread, type Spread } from "../series/spread.js";
import { monteCarloTest } from "../statistics/monteCarloTest.js";

/** A token with how far out its logit lies. */
export interface LensToken {
  readonly token: number;
  /** Distance from the mean over the vocabulary, in standard deviations over the vocabulary. */
  readonly z: number;
}

/** What random directions give: their largest |z|. */
export interface LensBaseline {
  readonly largestZ: Spread;
  readonly values: readonly number[];
}

/** A direction read through the output weights, beside random directions. */
export interface LensReading {
  /** Tokens that the direction makes most likely, from the largest z downwards. */
  readonly top: readonly LensToken[];
  /** Tokens that it makes least likely, from the smallest z upwards. */
  readonly bottom: readonly LensToken[];
  /** Largest |z| of any token: the sign of many directions is arbitrary. */
  readonly largestZ: number;
  /** Share of random directions, this one counted among them, whose largest |z| is as large. */
  readonly pValue: number;
  /**
   * Whether it stands out of random directions at 5 % over all directions that are read together (Bonferroni);
   * null where there are too few random ones to say.
   */
  readonly standsOut: boolean | null;
}

/** Level of the verdict over all directions that are read together. */
const level = 0.05;

/** Fewest random directions with which several directions can be judged: 100, and more for more than five. */
export function lensDraws(directions: number): number {
  return Math.max(100, Math.ceil(directions / level) - 1);
}

/** The baseline of random directions from their logits over the vocabulary. */
export function lensBaseline(random: readonly Float32Array[]): LensBaseline {
  const values = random.map((logits) => largest(zScores(logits)));
  return { largestZ: spread(values), values };
}

/**
 * Reads a direction's logits over the vocabulary beside those of random directions (`docs/methods.md §5.6`).
 *
 * @param options.directions number of directions that are judged together. @param options.listed tokens at either end
 */
export function lensReading(
  logits: Float32Array,
  { values }: LensBaseline,
  options: { readonly directions: number; readonly listed: number },
): LensReading {
  const scores = zScores(logits);
  const order = [...scores.keys()].sort((one, other) => (scores[other] ?? 0) - (scores[one] ?? 0));
  const tokenAt = (token: number): LensToken => ({ token, z: scores[token] ?? NaN });
  const largestZ = largest(scores);
  const reached = values.filter((value) => value >= largestZ).length;
  const each = { draws: values.length, level: level / options.directions };
  const { isExceptional } = monteCarloTest(largestZ, (index) => values[index] ?? NaN, each);
  return {
    top: order.slice(0, options.listed).map(tokenAt),
    bottom: order.slice(-options.listed).reverse().map(tokenAt),
    largestZ,
    pValue: (1 + reached) / (1 + values.length),
    standsOut: each.level * (values.length + 1) < 1 ? null : isExceptional,
  };
}

function zScores(logits: Float32Array): Float64Array {
  const values = Float64Array.from(logits);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return values.map((value) => (value - mean) / Math.sqrt(variance));
}

function largest(values: Float64Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}
