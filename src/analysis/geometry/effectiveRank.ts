import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { effectiveRank, participationRatio } from "./effectiveRankPart.js";
import { innerProduct } from "../linalg/innerProduct.js";
import type { StepSeries } from "../series/stepSeries.js";
import type { DirectionTrajectory } from "./trajectory.js";

/** In how many directions a trajectory moves: few while it is driven, many while it diffuses. */
export interface IncrementRank {
  /** Increments in a window. */
  readonly increments: number;
  /** At the middle stored step of every window; NaN where nothing moves in it. */
  readonly effectiveRank: StepSeries;
  readonly participationRatio: StepSeries;
}

/**
 * Effective rank and participation ratio of the increments between neighbouring stored steps, not centred, in a
 * window that slides along them (methods §4.9). Both lie between 1, straight movement at any speed, and the number
 * of increments in the window, movement in unrelated directions. Where a checkpoint is missing, one increment
 * spans two steps.
 *
 * @param options.increments in a window. @default 10
 */
export function incrementRank(
  trajectory: DirectionTrajectory,
  options: { increments?: number } = {},
): IncrementRank {
  const { increments = 10 } = options;
  const band = incrementProducts(trajectory, increments);
  const steps: number[] = [];
  const ranks: number[] = [];
  const ratios: number[] = [];
  for (let first = 0; first + increments <= band.length; first++) {
    steps.push(trajectory.steps[first + Math.floor(increments / 2)] ?? NaN);
    const values = singularValuesOf(band, first, increments);
    ranks.push(effectiveRank(values));
    ratios.push(participationRatio(values));
  }
  return {
    increments,
    effectiveRank: { steps, values: ranks },
    participationRatio: { steps, values: ratios },
  };
}

/**
 * Inner products of every increment with the ones before it, `[nIncrements][≤ width]`, itself first. Only the last
 * few increments are held at a time.
 */
function incrementProducts({ vectors }: DirectionTrajectory, width: number): number[][] {
  const recent: Float64Array[] = [];
  return vectors.slice(1).map((vector, index) => {
    recent.unshift(difference(vectors[index] ?? vector, vector));
    if (recent.length > width) recent.pop();
    const [newest] = recent;
    return newest === undefined ? [] : recent.map((earlier) => innerProduct(newest, earlier));
  });
}

function difference(from: Float32Array, to: Float32Array): Float64Array {
  const result = new Float64Array(to.length);
  for (let column = 0; column < result.length; column++)
    result[column] = (to[column] ?? NaN) - (from[column] ?? NaN);
  return result;
}

/** Of the increments of one window, from their Gram matrix. */
function singularValuesOf(band: readonly (readonly number[])[], first: number, count: number): number[] {
  const gram = Matrix.zeros(count, count);
  for (let row = 0; row < count; row++) {
    for (let column = row; column < count; column++) {
      const product = band[first + column]?.[column - row] ?? NaN;
      if (!Number.isFinite(product)) return [];
      gram.set(row, column, product);
      gram.set(column, row, product);
    }
  }
  const { realEigenvalues } = new EigenvalueDecomposition(gram, { assumeSymmetric: true });
  return realEigenvalues.map((value) => Math.sqrt(Math.max(0, value)));
}
