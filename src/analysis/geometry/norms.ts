import { euclideanNorm } from "../linalg/innerProduct.js";
import type { StepSeries } from "../series/stepSeries.js";
import type { DirectionTrajectory } from "./trajectory.js";

/** Euclidean norm ‖v_t‖ at every stored step (2506.11613, figure 11). */
export function norms(trajectory: DirectionTrajectory): StepSeries {
  return { steps: trajectory.steps, values: trajectory.vectors.map(euclideanNorm) };
}
