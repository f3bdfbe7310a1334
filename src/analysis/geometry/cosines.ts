import { TurncoatError } from "../../errors.js";
import {
  cosineFromProducts,
  innerProduct,
  cosineBetween,
  degreesFromCosine,
} from "../linalg/innerProduct.js";
import type { StepSeries } from "../series/stepSeries.js";
import { vectorAt, type DirectionTrajectory } from "./trajectory.js";
import { gramMatrix } from "../linalg/gramMatrix.js";

/** Vector that a trajectory is compared with: its last, its first or the previous stored vector, or that of a step. */
export type CosineReference = "final" | "initial" | "previous" | { readonly step: number };

/**
 * Cosine of every v_t with a reference. NaN where either norm is 0, as for B at step 0; with `"previous"` the
 * first value is NaN.
 *
 * @throws TurncoatError when the reference step is not stored.
 */
export function cosineSimilarity(trajectory: DirectionTrajectory, reference: CosineReference): StepSeries {
  const { steps, vectors } = trajectory;
  const squared = vectors.map((vector) => innerProduct(vector, vector));
  if (reference === "previous") {
    const values = vectors.map((vector, index) => {
      const previous = vectors[index - 1];
      if (previous === undefined) return NaN;
      const product = innerProduct(previous, vector);
      return cosineFromProducts(product, squared[index - 1] ?? NaN, squared[index] ?? NaN);
    });
    return { steps, values };
  }
  const fixed = referenceVector(trajectory, reference);
  const fixedSquared = fixed === undefined ? NaN : innerProduct(fixed, fixed);
  return {
    steps,
    values: vectors.map((vector, index) =>
      fixed === undefined
        ? NaN
        : cosineFromProducts(innerProduct(vector, fixed), squared[index] ?? NaN, fixedSquared),
    ),
  };
}

function referenceVector(
  trajectory: DirectionTrajectory,
  reference: "final" | "initial" | { readonly step: number },
): Float32Array | undefined {
  if (reference === "final") return trajectory.vectors.at(-1);
  if (reference === "initial") return trajectory.vectors[0];
  const vector = vectorAt(trajectory, reference.step);
  if (vector !== undefined) return vector;
  throw new TurncoatError(`cosineSimilarity: step ${reference.step} is not stored in ${trajectory.name}`, {
    hint: `Stored are ${trajectory.steps.length} steps from ${trajectory.steps[0] ?? NaN} to ${trajectory.steps.at(-1) ?? NaN}.`,
  });
}

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

/** Angle in degrees, 0 … 180, between two directions of equal length; NaN where either is zero. */
export function angleBetween(left: Float32Array, right: Float32Array): number {
  return degreesFromCosine(cosineBetween(left, right));
}

/** Angle of every v_t to one fixed direction, whatever their lengths. */
export function angleToDirection(trajectory: DirectionTrajectory, direction: Float32Array): StepSeries {
  return {
    steps: trajectory.steps,
    values: trajectory.vectors.map((vector) => angleBetween(vector, direction)),
  };
}

/**
 * Deviation of random directions: a cosine of mean 0 and standard deviation 1/√d, so an angle of 90° give or take
 * this many degrees.
 */
export function randomAngleDeviation(dimension: number): { cosine: number; degrees: number } {
  const cosine = 1 / Math.sqrt(dimension);
  return { cosine, degrees: (Math.asin(Math.min(1, cosine)) * 180) / Math.PI };
}
