import { PCA } from "ml-pca";
import { TurncoatError } from "../../errors.js";
import { doublyCentered, gramMatrix, meanRow } from "../linalg/gramMatrix.js";
import { innerProduct } from "../linalg/innerProduct.js";
import { areFinite } from "../../tensor/finiteNumbers.js";
import { trajectoryDimension, type DirectionTrajectory } from "./trajectory.js";

/** Settings of a principal component analysis. */
export interface PcaOptions {
  /** Components kept; fewer are returned when there are fewer steps or dimensions. @default 2 */
  readonly components?: number;
}

/**
 * `"gram"`: all eigenpairs of the matrix of inner products of the steps, or of the dimensions where those are fewer, in
 * float64. `"krylov"`: the leading ones only, without that matrix; see `leadingComponents`.
 */
export type PcaMethod = "gram" | "krylov";

/** Principal components of a trajectory: coordinates of its steps, and what each explains. */
export interface PcaResult {
  /** The steps used: those whose vectors are finite. */
  readonly steps: readonly number[];
  /** `[nSteps][nComponents]` */
  readonly scores: readonly (readonly number[])[];
  /** Share of the total variance, over all components and not only the kept ones; NaN when nothing varies. */
  readonly explainedVarianceRatio: readonly number[];
  /** Variance along each component, with n − 1 in the denominator as in scikit-learn. */
  readonly explainedVariance: readonly number[];
  readonly method: PcaMethod;
  /** `[nComponents][d]`, unit rows, or zeros where the rows span fewer dimensions. */
  readonly components: readonly Float64Array[];
  /** `[d]` */
  readonly mean: Float64Array;
}

/** Steps and dimensions above which all eigenpairs take longer than the leading ones, with an engine. */
const mostGramRows = 256;

/**
 * Principal components of a trajectory: rows are steps, columns are centred and not scaled, as in
 * `sklearn.decomposition.PCA` (2506.11613, figure 8).
 *
 * Scores are u_i √λ_i and the ratio is λ_i / Σλ, where Σλ is the total variance, known without the eigenvalues
 * that are not kept. The sign of a component is arbitrary; here the loading of largest magnitude is positive, as
 * scikit-learn fixes it since 1.5 (`svd_flip` by the rows of V).
 *
 * @throws TurncoatError when no vector is finite.
 */
export function pca(trajectory: DirectionTrajectory, options: PcaOptions = {}): PcaResult {
  const { steps, rows } = finiteRows(trajectory);
  const dimension = rows[0]?.length ?? 0;
  const kept = Math.min(options.components ?? 2, rows.length, dimension);
  const mean = meanRow(rows);
  const found = dimension < rows.length ? ofDimensions(rows, mean, kept) : ofSteps(rows, mean, kept);
  return pcaResult(steps, { ...found, mean }, "gram");
}

/** Tells whether `leadingComponents` is the quicker way to so many components. */
export function isLong(trajectory: DirectionTrajectory, components: number): boolean {
  const size = Math.min(trajectory.steps.length, trajectoryDimension(trajectory));
  return size > mostGramRows && components <= size / 8;
}

/**
 * The steps whose vectors are finite, and these.
 * @throws TurncoatError where there is none
 */
export function finiteRows(trajectory: DirectionTrajectory): {
  readonly steps: readonly number[];
  readonly rows: readonly Float32Array[];
} {
  const finite = trajectory.vectors.map(areFinite);
  const rows = trajectory.vectors.filter((_, index) => finite[index]);
  if ((rows[0]?.length ?? 0) === 0)
    throw new TurncoatError(`pca: ${trajectory.name} has no finite vector to decompose`);
  return { steps: trajectory.steps.filter((_, index) => finite[index]), rows };
}

/** Components that a decomposition finds, whichever way it takes. */
export interface Components {
  /** Largest first. */
  readonly eigenvalues: readonly number[];
  /** `[kept][d]`; zero where the rows span fewer dimensions. */
  readonly components: readonly Float64Array[];
  /** Of the centred rows, `[kept][n]`. */
  readonly scores: readonly Float64Array[];
  /** Sum of all eigenvalues. */
  readonly total: number;
  /** Of the rows, `[d]`. */
  readonly mean: Float64Array;
}

/** Fixes the signs, and gives shares of the total variance. */
export function pcaResult(
  steps: readonly number[],
  { eigenvalues, components, scores, total, mean }: Components,
  method: PcaMethod,
): PcaResult {
  const signs = components.map((component) => (largestByMagnitude(component) < 0 ? -1 : 1));
  return {
    steps,
    scores: steps.map((_, row) => signs.map((sign, index) => sign * (scores[index]?.[row] ?? NaN))),
    explainedVarianceRatio: eigenvalues.map((value) => (total > 0 ? value / total : NaN)),
    explainedVariance: eigenvalues.map((value) => (steps.length > 1 ? value / (steps.length - 1) : NaN)),
    method,
    components: components.map((component, index) =>
      signs[index] === -1 ? component.map((value) => -value) : component,
    ),
    mean,
  };
}

function ofSteps(rows: readonly Float32Array[], mean: Float64Array, kept: number): Omit<Components, "mean"> {
  const { total, eigenvalues, vectors } = eigenpairsOfGram(gramMatrix(rows, { centered: true }), kept);
  const components = vectors.map((left, index) => {
    const singular = Math.sqrt(eigenvalues[index] ?? NaN);
    return singular > 0 ? loadings(rows, mean, left, singular) : new Float64Array(mean.length);
  });
  return { total, eigenvalues, components, scores: scoresOf(rows, mean, components) };
}

function ofDimensions(
  rows: readonly Float32Array[],
  mean: Float64Array,
  kept: number,
): Omit<Components, "mean"> {
  const columns = Array.from(mean, (value, column) =>
    Float64Array.from(rows, (row) => (row[column] ?? NaN) - value),
  );
  const { total, eigenvalues, vectors } = eigenpairsOfGram(gramMatrix(columns), kept);
  const components = vectors.map((vector, index) =>
    (eigenvalues[index] ?? 0) > 0 ? Float64Array.from(vector) : new Float64Array(mean.length),
  );
  return { total, eigenvalues, components, scores: scoresOf(rows, mean, components) };
}

/**
 * The leading eigenpairs of a Gram matrix of centred rows. Eigenvalues below the rounding error of the largest are
 * set to 0: the rows span fewer dimensions than asked.
 */
export function eigenpairsOfGram(
  gram: readonly Float64Array[],
  kept: number,
): { total: number; eigenvalues: number[]; vectors: number[][] } {
  const decomposition = new PCA(
    gram.map((row) => Array.from(row)),
    { isCovarianceMatrix: true },
  );
  const eigenvalues = decomposition.getEigenvalues().slice(0, kept);
  const eigenvectors = decomposition.getEigenvectors();
  const rounding = Math.max(0, eigenvalues[0] ?? 0) * gram.length * Number.EPSILON;
  return {
    total: gram.reduce((sum, row, index) => sum + (row[index] ?? NaN), 0),
    eigenvalues: eigenvalues.map((value) => (value > rounding ? value : 0)),
    vectors: eigenvalues.map((_, index) => eigenvectors.getColumn(index)),
  };
}

/**
 * Decomposes things of which only inner products are known, such as weight updates, into principal components.
 * @returns scores `[n][kept]`, with the sign that makes the last one of each component positive, and shares of the total
 *   variance
 */
export function gramPca<T>(
  items: readonly T[],
  product: (one: T, other: T) => number,
  kept: number,
): { readonly scores: readonly (readonly number[])[]; readonly explainedVarianceRatio: readonly number[] } {
  const gram = items.map(() => new Float64Array(items.length));
  for (const [row, one] of items.entries()) {
    for (const [column, other] of items.entries()) {
      if (column > row) break;
      const value = product(one, other);
      for (const [at, to] of [
        [row, column],
        [column, row],
      ] as const) {
        const line = gram[at];
        if (line !== undefined) line[to] = value;
      }
    }
  }
  const { total, eigenvalues, vectors } = eigenpairsOfGram(doublyCentered(gram), kept);
  const signed = vectors.map((vector, index) => {
    const scale = Math.sqrt(eigenvalues[index] ?? NaN) * ((vector.at(-1) ?? 0) < 0 ? -1 : 1);
    return vector.map((value) => value * scale);
  });
  return {
    scores: items.map((_, row) => signed.map((component) => component[row] ?? NaN)),
    explainedVarianceRatio: eigenvalues.map((value) => (total > 0 ? value / total : NaN)),
  };
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

/** The centred rows in the coordinates of the components, `[kept][n]`. */
function scoresOf(
  rows: readonly Float32Array[],
  mean: Float64Array,
  components: readonly Float64Array[],
): Float64Array[] {
  const centered = new Float64Array(mean.length);
  const scores = components.map(() => new Float64Array(rows.length));
  for (const [place, row] of rows.entries()) {
    for (let column = 0; column < centered.length; column++)
      centered[column] = (row[column] ?? NaN) - (mean[column] ?? NaN);
    for (const [index, component] of components.entries()) {
      const own = scores[index];
      if (own !== undefined) own[place] = innerProduct(centered, component);
    }
  }
  return scores;
}

function largestByMagnitude(values: Float64Array): number {
  let largest = 0;
  for (const value of values) if (Math.abs(value) > Math.abs(largest)) largest = value;
  return largest;
}
