import { cosineBetween, degreesFromCosine } from "../linalg/innerProduct.js";
import type { StepSeries } from "../series/stepSeries.js";
import type { DirectionTrajectory } from "./trajectory.js";

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
 * What random directions give: a cosine of mean 0 and standard deviation 1/√d, so an angle of 90° give or take
 * this many degrees.
 */
export function randomAngleDeviation(dimension: number): { cosine: number; degrees: number } {
  const cosine = 1 / Math.sqrt(dimension);
  return { cosine, degrees: (Math.asin(Math.min(1, cosine)) * 180) / Math.PI };
}
