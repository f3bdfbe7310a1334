import { Random } from "../../tensor/random.js";
import { euclideanNorm, innerProduct } from "../linalg/innerProduct.js";
import { quantile } from "../statistics/quantile.js";
import type { ChanceBand } from "./disposition.js";

/** Unit vectors g/‖g‖ with g normal: all directions are alike to them. They hold for every place in the model. */
export function evenDirections(
  dimension: number,
  { draws, seed }: { readonly draws: number; readonly seed: number },
): readonly Float64Array[] {
  const random = new Random(seed).fork("even directions");
  return Array.from({ length: draws }, () => {
    const vector = Float64Array.from({ length: dimension }, () => random.normal());
    const length = euclideanNorm(vector);
    return vector.map((value) => value / length);
  });
}

/**
 * Directions drawn by chance, to hold the movement along a direction against: even ones, and as many among prompts. These
 * are sums of the prompts' differences from their mean with random signs: they lie where activations vary.
 */
export class ChanceDirections {
  readonly #first: readonly Float32Array[];
  readonly #even: readonly Float64Array[];
  /** Differences of the prompts from their mean, of which directions are kept as signs: far less than vectors take. */
  readonly #differences: readonly Float64Array[];
  readonly #amongPrompts: readonly { readonly signs: Int8Array; readonly length: number }[];

  /**
   * @param first activations of every prompt at the first checkpoint, `[prompts][d]`, at least two
   * @param even see `evenDirections`
   */
  constructor(first: readonly Float32Array[], even: readonly Float64Array[], seed: number) {
    this.#first = first;
    this.#even = even;
    const center = meanOf(
      first,
      first.map(() => true),
    );
    this.#differences = first.map((row) => center.map((value, at) => (row[at] ?? NaN) - value));
    const random = new Random(seed).fork("directions among prompts");
    this.#amongPrompts = even.map(() => {
      const signs = Int8Array.from(first, () => (random.uniform() < 0.5 ? -1 : 1));
      const sum = new Float64Array(center.length);
      for (const [prompt, difference] of this.#differences.entries()) {
        const sign = signs[prompt] ?? NaN;
        for (const [at, value] of difference.entries()) sum[at] = (sum[at] ?? NaN) + sign * value;
      }
      return { signs, length: euclideanNorm(sum) };
    });
  }

  /**
   * How far the mean over prompts moves from the first checkpoint along the directions, in its own units.
   *
   * @param rows activations of every prompt now, `[prompts][d]`
   * @param isCounted which prompts the mean is over
   */
  changeAlong(rows: readonly Float32Array[], isCounted: readonly boolean[]): ChanceBand {
    const before = meanOf(this.#first, isCounted);
    const change = meanOf(rows, isCounted).map((value, at) => value - (before[at] ?? NaN));
    const even = this.#even.map((direction) => Math.abs(innerProduct(direction, change)));
    const products = this.#differences.map((difference) => innerProduct(difference, change));
    const amongPrompts = this.#amongPrompts.map(({ signs, length }) => {
      const sum = products.reduce((total, product, prompt) => total + (signs[prompt] ?? NaN) * product, 0);
      return length > 0 ? Math.abs(sum) / length : 0;
    });
    return {
      even: quantile(even, 0.95),
      amongPrompts: quantile(amongPrompts, 0.95),
      furthest: Math.max(...even, ...amongPrompts),
    };
  }
}

function meanOf(rows: readonly Float32Array[], isCounted: readonly boolean[]): Float64Array {
  const mean = new Float64Array(rows[0]?.length ?? 0);
  const counted = rows.filter((_, row) => isCounted[row] === true);
  for (const row of counted)
    for (const [at, value] of row.entries()) mean[at] = (mean[at] ?? NaN) + value / counted.length;
  return mean;
}
