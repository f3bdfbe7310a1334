import { euclideanNorm } from "../../linalg/innerProduct.js";
import { median } from "../../statistics/quantile.js";
import type { DirectionTrajectory } from "../../geometry/trajectory.js";
import { smoothMovement } from "./driftAndNoise.js";

/** The movement of a path over each interval between stored steps: its smooth part, and noise that can be drawn again. */
export interface PathNoise {
  /** Mean movement over seven intervals. */
  readonly smooth: readonly Float64Array[];
  /** What the mean leaves across the movement, scaled up for what it took. */
  readonly residuals: readonly Float64Array[];
  /** Usual length of the residuals about each interval. */
  readonly sizes: readonly number[];
}

/** Takes the noise of a path from what its mean movement over seven intervals leaves across the movement. */
export function pathNoise(trajectory: DirectionTrajectory): PathNoise {
  const movement = smoothMovement(trajectory);
  const residuals = movement.map(({ residual, first, last }) => {
    const scale = 1 / Math.sqrt(Math.max(1 - 1 / (last - first), 0.5));
    return residual.map((value) => scale * value);
  });
  const lengths = residuals.map((residual) => euclideanNorm(residual));
  const sizes = lengths.map((_, index) => median(lengths.slice(Math.max(0, index - 4), index + 5)));
  return { smooth: movement.map(({ smooth }) => smooth), residuals, sizes };
}

/**
 * Factor on the noise of one interval where it is drawn for another: noise grows and dies away with the movement, so what
 * is drawn from one place is made as large as at the other.
 */
export function noiseScale({ sizes }: PathNoise, from: number, to: number): number {
  const size = sizes[from] ?? NaN;
  return size > 0 ? (sizes[to] ?? NaN) / size : 0;
}

/** Mean length of the blocks in which the noise of a number of intervals is drawn. */
export function noiseBlockLength(intervals: number): number {
  return 2 * intervals ** (1 / 3);
}
