import { PCA } from "ml-pca";
import { TurncoatError } from "../errors.js";
import { gramMatrix, meanRow } from "./gramMatrix.js";
import type { DirectionTrajectory } from "./trajectory.js";

export interface PcaOptions {
  /** Components kept; fewer are returned when there are fewer steps or dimensions. @default 2 */
  readonly components?: number;
  /** Also return `components` and `mean`. @default false */
  readonly withComponents?: boolean;
}

export interface PcaResult {
  /** The steps used: those whose vectors are finite. */
  readonly steps: readonly number[];
  /** `[nSteps][nComponents]` */
  readonly scores: readonly (readonly number[])[];
  /** Share of the total variance, over all components and not only the kept ones; NaN when nothing varies. */
  readonly explainedVarianceRatio: readonly number[];
  /** Variance along each component, with n − 1 in the denominator as in scikit-learn. */
  readonly explainedVariance: readonly number[];
  /** `[nComponents][d]`, unit rows; only on request. */
  readonly components?: readonly Float64Array[];
  /** `[d]`; only on request. */
  readonly mean?: Float64Array;
}

/**
 * Principal components of a trajectory: rows are steps, columns are centred and not scaled, as in
 * `sklearn.decomposition.PCA` (2506.11613, figure 8).
 *
 * The eigenpairs come from the n × n matrix of inner products of the centred rows: scores are u_i √λ_i and the
 * ratio is λ_i / Σλ. The sign of a component is arbitrary; here the loading of largest magnitude is positive,
 * as scikit-learn fixes it since 1.5 (`svd_flip` by the rows of V).
 *
 * @throws TurncoatError when no vector is finite.
 */
export function pca(trajectory: DirectionTrajectory, options: PcaOptions = {}): PcaResult {
  const finite = trajectory.vectors.map((vector) => vector.every((value) => Number.isFinite(value)));
  const steps = trajectory.steps.filter((_, index) => finite[index]);
  const rows = trajectory.vectors.filter((_, index) => finite[index]);
  const dimension = rows[0]?.length ?? 0;
  if (dimension === 0) throw new TurncoatError(`pca: ${trajectory.name} has no finite vector to decompose`);

  const gram = gramMatrix(rows, { centred: true });
  const total = gram.reduce((sum, row, index) => sum + (row[index] ?? NaN), 0);
  const kept = Math.min(options.components ?? 2, rows.length, dimension);
  const decomposition = new PCA(
    gram.map((row) => Array.from(row)),
    { isCovarianceMatrix: true },
  );
  const eigenvalues = decomposition.getEigenvalues();
  const eigenvectors = decomposition.getEigenvectors();
  // Eigenvalues below the rounding error of the largest are zero: the rows span fewer dimensions than asked.
  const rounding = (eigenvalues[0] ?? 0) * rows.length * Number.EPSILON;
  const mean = meanRow(rows);

  const scores = rows.map(() => new Array<number>(kept).fill(0));
  const components: Float64Array[] = [];
  const explainedVarianceRatio: number[] = [];
  const explainedVariance: number[] = [];
  for (let component = 0; component < kept; component++) {
    const eigenvalue = Math.max(0, eigenvalues[component] ?? 0);
    explainedVarianceRatio.push(total > 0 ? eigenvalue / total : NaN);
    explainedVariance.push(rows.length > 1 ? eigenvalue / (rows.length - 1) : NaN);
    if (eigenvalue <= rounding) {
      components.push(new Float64Array(dimension));
      continue;
    }
    const singular = Math.sqrt(eigenvalue);
    const left = rows.map((_, row) => eigenvectors.get(row, component));
    const loading = loadings(rows, mean, left, singular);
    const sign = largestByMagnitude(loading) < 0 ? -1 : 1;
    components.push(loading.map((value) => sign * value));
    for (const [row, value] of left.entries()) {
      const score = scores[row];
      if (score !== undefined) score[component] = sign * value * singular;
    }
  }
  const result = { steps, scores, explainedVarianceRatio, explainedVariance };
  return options.withComponents === true ? { ...result, components, mean } : result;
}

/** Right singular vector Xᵀu / √λ of the centred rows. */
function loadings(
  rows: readonly Float32Array[],
  mean: Float64Array,
  left: readonly number[],
  singular: number,
): Float64Array {
  const loading = new Float64Array(mean.length);
  for (const [index, row] of rows.entries()) {
    const weight = (left[index] ?? NaN) / singular;
    for (let column = 0; column < loading.length; column++) {
      loading[column] = (loading[column] ?? 0) + weight * ((row[column] ?? NaN) - (mean[column] ?? NaN));
    }
  }
  return loading;
}

function largestByMagnitude(values: Float64Array): number {
  let largest = 0;
  for (const value of values) if (Math.abs(value) > Math.abs(largest)) largest = value;
  return largest;
}
