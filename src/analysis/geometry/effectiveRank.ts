import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { innerProduct } from "../linalg/innerProduct.js";
import type { StepSeries } from "../series/stepSeries.js";
import type { DirectionTrajectory } from "./trajectory.js";

/**
 * Number of directions that matter, from singular values: exp(−Σ p ln p) with p = σ / Σσ (Roy and Vetterli 2007).
 * Between 1 and their number; NaN when all are zero.
 */
export function effectiveRank(singularValues: readonly number[]): number {
  const total = singularValues.reduce((sum, value) => sum + value, 0);
  if (!(total > 0)) return NaN;
  let entropy = 0;
  for (const value of singularValues) {
    const share = value / total;
    if (share > 0) entropy -= share * Math.log(share);
  }
  return Math.exp(entropy);
}

/**
 * Participation ratio (Σλ)² / Σλ² of the variances λ = σ² (`docs/methods.md §6.9`): 1 for one direction, n for n
 * equal ones. It counts small directions for less than the effective rank does. NaN when all are zero.
 */
export function participationRatio(singularValues: readonly number[]): number {
  let sum = 0;
  let squares = 0;
  for (const value of singularValues) {
    sum += value ** 2;
    squares += value ** 4;
  }
  return squares > 0 ? sum ** 2 / squares : NaN;
}

/** Number of directions that a trajectory moves in: few while it is driven, many while it diffuses. */
export interface IncrementRank {
  /** Increments in a window. */
  readonly increments: number;
  /** At the middle stored step of every window; NaN where nothing moves in it. */
  readonly effectiveRank: StepSeries;
  readonly participationRatio: StepSeries;
}

/**
 * Effective rank and participation ratio of the increments between neighbouring stored steps, not centred, in a
 * window that slides along them (`docs/methods.md §4.9`). Both lie between 1, straight movement at any speed, and the
 * number of increments in the window, movement in unrelated directions. Where a checkpoint is missing, one increment
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

/** Singular values of the increments of one window, from their Gram matrix. */
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
