import { PCA } from "ml-pca";
import { TurncoatError } from "../errors.js";
import { gramMatrix, meanRow } from "./gramMatrix.js";
import { innerProduct } from "./innerProduct.js";
import { leadingComponents } from "./leadingComponents.js";
import { isFiniteVector, type DirectionTrajectory } from "./trajectory.js";

export interface PcaOptions {
  /** Components kept; fewer are returned when there are fewer steps or dimensions. @default 2 */
  readonly components?: number;
  /** Also return `components` and `mean`. @default false */
  readonly withComponents?: boolean;
  /** @default "gram" up to 256 steps, or where more than an eighth of the components is kept; else "lanczos" */
  readonly method?: PcaMethod;
}

/**
 * `"gram"`: all eigenpairs of the n × n matrix of inner products. `"lanczos"`: the leading ones only, without that
 * matrix. Both are exact to rounding.
 */
export type PcaMethod = "gram" | "lanczos";

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
  /** `[nComponents][d]`, unit rows; only on request. */
  readonly components?: readonly Float64Array[];
  /** `[d]`; only on request. */
  readonly mean?: Float64Array;
}

/** Steps above which the matrix of inner products costs more than an iteration without it. */
const mostGramSteps = 256;

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
  const finite = trajectory.vectors.map(isFiniteVector);
  const steps = trajectory.steps.filter((_, index) => finite[index]);
  const rows = trajectory.vectors.filter((_, index) => finite[index]);
  const dimension = rows[0]?.length ?? 0;
  if (dimension === 0) throw new TurncoatError(`pca: ${trajectory.name} has no finite vector to decompose`);

  const kept = Math.min(options.components ?? 2, rows.length, dimension);
  const method =
    options.method ?? (rows.length <= mostGramSteps || kept > rows.length / 8 ? "gram" : "lanczos");
  const mean = meanRow(rows);
  const { eigenvalues, components, scores, total } =
    method === "gram" ? fromGram(rows, mean, kept) : fromLanczos(rows, mean, kept);

  const signs = components.map((component) => (largestByMagnitude(component) < 0 ? -1 : 1));
  const signed = components.map((component, index) =>
    signs[index] === -1 ? component.map((value) => -value) : component,
  );
  const result = {
    steps,
    scores: rows.map((_, row) => signs.map((sign, index) => sign * (scores[index]?.[row] ?? NaN))),
    explainedVarianceRatio: eigenvalues.map((value) => (total > 0 ? value / total : NaN)),
    explainedVariance: eigenvalues.map((value) => (rows.length > 1 ? value / (rows.length - 1) : NaN)),
    method,
  };
  return options.withComponents === true ? { ...result, components: signed, mean } : result;
}

interface Eigenpairs {
  /** Largest first. */
  readonly eigenvalues: readonly number[];
  /** `[kept][d]`; zero where the rows span fewer dimensions. */
  readonly components: readonly Float64Array[];
  /** Of the centred rows, `[kept][n]`. */
  readonly scores: readonly Float64Array[];
  /** Sum of all eigenvalues. */
  readonly total: number;
}

function fromGram(rows: readonly Float32Array[], mean: Float64Array, kept: number): Eigenpairs {
  const { total, eigenvalues, vectors } = eigenpairsOfGram(gramMatrix(rows, { centred: true }), kept);
  const components = vectors.map((left, index) => {
    const singular = Math.sqrt(eigenvalues[index] ?? NaN);
    return singular > 0 ? loadings(rows, mean, left, singular) : new Float64Array(mean.length);
  });
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

function fromLanczos(rows: readonly Float32Array[], mean: Float64Array, kept: number): Eigenpairs {
  let total = 0;
  for (const row of rows) {
    for (let column = 0; column < mean.length; column++)
      total += ((row[column] ?? NaN) - (mean[column] ?? NaN)) ** 2;
  }
  const found =
    total > 0 ? leadingComponents(rows, mean, kept) : { eigenvalues: [], components: [], scores: [] };
  const rounding = total * rows.length * Number.EPSILON;
  const eigenvalues: number[] = [];
  const components: Float64Array[] = [];
  const scores: Float64Array[] = [];
  for (let index = 0; index < kept; index++) {
    const eigenvalue = found.eigenvalues[index] ?? 0;
    const component = found.components[index];
    const isZero = component === undefined || eigenvalue <= rounding;
    eigenvalues.push(isZero ? 0 : eigenvalue);
    components.push(isZero ? new Float64Array(mean.length) : component);
    scores.push((isZero ? undefined : found.scores[index]) ?? new Float64Array(rows.length));
  }
  return { total, eigenvalues, components, scores };
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
  const centred = new Float64Array(mean.length);
  const scores = components.map(() => new Float64Array(rows.length));
  for (const [place, row] of rows.entries()) {
    for (let column = 0; column < centred.length; column++)
      centred[column] = (row[column] ?? NaN) - (mean[column] ?? NaN);
    for (const [index, component] of components.entries()) {
      const own = scores[index];
      if (own !== undefined) own[place] = innerProduct(centred, component);
    }
  }
  return scores;
}

function largestByMagnitude(values: Float64Array): number {
  let largest = 0;
  for (const value of values) if (Math.abs(value) > Math.abs(largest)) largest = value;
  return largest;
}
