import { gramMatrix } from "../linalg/gramMatrix.js";
import { cosineFromProducts } from "../linalg/innerProduct.js";
import type { DirectionTrajectory } from "./trajectory.js";

/** Cosine of every stored step with every other: `values[i][j]` for `steps[i]`, `steps[j]`. */
export interface PairwiseCosine {
  readonly steps: readonly number[];
  readonly values: readonly (readonly number[])[];
  /** Every how many stored steps one was taken. */
  readonly every: number;
}

/**
 * Step × step cosine similarity `[n, n]`; NaN where a norm is 0.
 *
 * @param options.maxSteps take every m-th stored step, so that at most this many remain. @default all
 */
export function pairwiseCosine(
  trajectory: DirectionTrajectory,
  options: { maxSteps?: number } = {},
): PairwiseCosine {
  const every = Math.max(1, Math.ceil(trajectory.steps.length / (options.maxSteps ?? Infinity)));
  const steps = trajectory.steps.filter((_, index) => index % every === 0);
  const gram = gramMatrix(trajectory.vectors.filter((_, index) => index % every === 0));
  const squared = gram.map((row, index) => row[index] ?? NaN);
  const values = gram.map((row, index) =>
    Array.from(row, (product, other) =>
      cosineFromProducts(product, squared[index] ?? NaN, squared[other] ?? NaN),
    ),
  );
  return { steps, values, every };
}
