import { cosineBetween, degreesFromCosine } from "../../linalg/innerProduct.js";
import { vectorAt, type DirectionTrajectory } from "../../geometry/trajectory.js";

/**
 * Angle between the movement over k steps before an interval and over k steps after it, both outside of the
 * interval, so that a single outlying checkpoint does not count; NaN at the edges of the run.
 */
export function persistentBend(
  trajectory: DirectionTrajectory,
  low: number,
  high: number,
  k: number,
): number {
  const { steps } = trajectory;
  const leaveStep = steps.filter((step) => step < low).at(-1) ?? NaN;
  const arriveStep = steps.find((step) => step > high) ?? NaN;
  const firstStep = steps.filter((step) => step <= leaveStep - k).at(-1) ?? NaN;
  const lastStep = steps.find((step) => step >= arriveStep + k) ?? NaN;
  const [first, leave, arrive, last] = [firstStep, leaveStep, arriveStep, lastStep].map((step) =>
    vectorAt(trajectory, step),
  );
  if (first === undefined || leave === undefined || arrive === undefined || last === undefined) return NaN;
  return degreesFromCosine(cosineBetween(subtract(leave, first), subtract(last, arrive)));
}

function subtract(to: Float32Array, from: Float32Array): Float64Array {
  return Float64Array.from(to, (value, index) => value - (from[index] ?? NaN));
}
