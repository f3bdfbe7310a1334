import { Random } from "../../tensor/random.js";
import { euclideanNorm, innerProduct } from "../linalg/innerProduct.js";
import { quantile } from "../statistics/quantile.js";
import type { ChanceBand } from "./disposition.js";

/**
 * Unit vectors drawn by chance, to hold the movement along a direction against. Even ones are g/‖g‖ with g normal. Those
 * among prompts are sums of the prompts' differences from their mean with random signs: they lie where activations vary.
 */
export class ChanceDirections {
  readonly #first: readonly Float32Array[];
  readonly even: readonly Float64Array[];
  readonly amongPrompts: readonly Float64Array[];

  /** @param first activations of every prompt at the first checkpoint, `[prompts][d]`, at least two */
  constructor(
    first: readonly Float32Array[],
    { draws, seed }: { readonly draws: number; readonly seed: number },
  ) {
    this.#first = first;
    const dimension = first[0]?.length ?? 0;
    const random = new Random(seed);
    const even = random.fork("even directions");
    this.even = Array.from({ length: draws }, () =>
      unit(Float64Array.from({ length: dimension }, () => even.normal())),
    );
    const center = meanOf(
      first,
      first.map(() => true),
    );
    const signs = random.fork("directions among prompts");
    this.amongPrompts = Array.from({ length: draws }, () => {
      const sum = new Float64Array(dimension);
      for (const row of first) {
        const sign = signs.uniform() < 0.5 ? -1 : 1;
        for (let at = 0; at < dimension; at++)
          sum[at] = (sum[at] ?? NaN) + sign * ((row[at] ?? NaN) - (center[at] ?? NaN));
      }
      return unit(sum);
    });
  }

  /** Change of the mean activation from the first checkpoint, `[d]`. @param isCounted which prompts the mean is over */
  changeOf(rows: readonly Float32Array[], isCounted: readonly boolean[]): Float64Array {
    const before = meanOf(this.#first, isCounted);
    return meanOf(rows, isCounted).map((value, at) => value - (before[at] ?? NaN));
  }
}

/** How far the mean over prompts moves from the first checkpoint along directions drawn by chance, in its own units. */
export function changeAlong(
  chance: ChanceDirections,
  rows: readonly Float32Array[],
  isCounted: readonly boolean[],
): ChanceBand {
  const change = chance.changeOf(rows, isCounted);
  const along = (directions: readonly Float64Array[]): number[] =>
    directions.map((direction) => Math.abs(innerProduct(direction, change)));
  const [even, amongPrompts] = [along(chance.even), along(chance.amongPrompts)];
  return {
    even: quantile(even, 0.95),
    amongPrompts: quantile(amongPrompts, 0.95),
    furthest: Math.max(...even, ...amongPrompts),
  };
}

function unit(vector: Float64Array): Float64Array {
  const length = euclideanNorm(vector);
  return length > 0 ? vector.map((value) => value / length) : vector;
}

function meanOf(rows: readonly Float32Array[], isCounted: readonly boolean[]): Float64Array {
  const mean = new Float64Array(rows[0]?.length ?? 0);
  const counted = rows.filter((_, row) => isCounted[row] === true);
  for (const row of counted)
    for (const [at, value] of row.entries()) mean[at] = (mean[at] ?? NaN) + value / counted.length;
  return mean;
}
