import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { Random } from "../tensor/random.js";
import { euclideanNorm, innerProduct } from "./innerProduct.js";

/** The largest eigenvalues of XᵀX and their unit eigenvectors, for centred rows X. */
export interface LeadingComponents {
  /** Largest first. */
  readonly eigenvalues: readonly number[];
  /** `[count][d]` */
  readonly components: readonly Float64Array[];
  /** Of the centred rows, `[count][n]`. */
  readonly scores: readonly Float64Array[];
}

/** Residual ‖XᵀXv − λv‖ at which an eigenpair counts as found, relative to its own eigenvalue. */
const tolerance = 1e-10;
/** Rows handled at once, so that the vectors are loaded once for all of them. */
const blockRows = 8;

/**
 * The leading eigenpairs by the Lanczos method with full reorthogonalisation (Golub and Van Loan, chapter 10).
 *
 * Each iteration passes over the rows once, so this costs about 2·n·d·(20 to 100) operations, where the matrix of
 * inner products would take n²·d/2 and its decomposition some 10·n³. All sums are in float64. Unlike a randomised
 * range finder with a fixed number of passes it goes on until every pair is found to rounding, so the result does
 * not depend on the starting vector beyond that.
 *
 * @param mean of the rows, `[d]`.
 * @param count how many; fewer are returned when the rows span fewer dimensions.
 */
export function leadingComponents(
  rows: readonly Float32Array[],
  mean: Float64Array,
  count: number,
): LeadingComponents {
  const dimension = mean.length;
  const most = Math.min(rows.length, dimension);
  const random = new Random(0).fork("leadingComponents");
  const basis: Float64Array[] = [];
  const projections: Float64Array[] = [];
  const diagonal: number[] = [];
  const offDiagonal: number[] = [];
  let next: Float64Array | null = startVector();
  let nextCheck = count + 2;
  while (next !== null) {
    const { image, projections: projected } = covarianceTimes(rows, mean, next);
    diagonal.push(innerProduct(image, next));
    basis.push(next);
    projections.push(projected);
    orthogonalise(image, basis);
    const length = euclideanNorm(image);
    const scale = Math.max(...diagonal);
    const isExhausted = length <= dimension * Number.EPSILON * scale;
    if (basis.length >= nextCheck || basis.length >= most || isExhausted) {
      const ritz = decompose(diagonal, offDiagonal);
      const rounding = Number.EPSILON * (ritz.eigenvalues[0] ?? NaN);
      const isFound = ritz.lastEntries
        .slice(0, count)
        .every(
          (entry, index) =>
            length * Math.abs(entry) <= tolerance * (ritz.eigenvalues[index] ?? NaN) + rounding,
        );
      if (basis.length >= most || (isFound && !isExhausted)) return found(ritz);
      nextCheck = Math.ceil(1.1 * basis.length);
    }
    offDiagonal.push(isExhausted ? 0 : length);
    // An exhausted space may hold one of several equal eigenvalues only: go on outside of it.
    next = isExhausted ? startVector() : image.map((value) => value / length);
  }
  return found(decompose(diagonal, offDiagonal));

  function found(ritz: RitzPairs): LeadingComponents {
    const kept = ritz.vectors.slice(0, count);
    return {
      eigenvalues: ritz.eigenvalues.slice(0, kept.length),
      components: kept.map((weights) => combined(basis, weights)),
      scores: kept.map((weights) => combined(projections, weights)),
    };
  }

  /** A unit vector in the span of the rows and outside the basis; null when the basis spans them all. */
  function startVector(): Float64Array | null {
    const noise = Float64Array.from({ length: dimension }, () => random.normal());
    const { image } = covarianceTimes(rows, mean, noise);
    const before = euclideanNorm(image);
    orthogonalise(image, basis);
    const length = euclideanNorm(image);
    if (!(length > 0) || (basis.length > 0 && length <= 1e-10 * before)) return null;
    return image.map((value) => value / length);
  }
}

/** What one pass over the rows makes of a vector v. */
interface Passed {
  /** XᵀX v, `[d]`. */
  readonly image: Float64Array;
  /** X v, `[n]`. */
  readonly projections: Float64Array;
}

/**
 * XᵀX v and X v for the centred rows, in one pass over them: Xv = (rows)v − (mean·v), Xᵀy = (rows)ᵀy − (Σy) mean.
 * Subtracting the mean afterwards costs a relative error of ε · ‖mean‖ / spread, and ε is 1e-16 where float32 rows know
 * 1e-7. Eight sums side by side: an addition waits for the one before it in the same sum only.
 */
function covarianceTimes(rows: readonly Float32Array[], mean: Float64Array, vector: Float64Array): Passed {
  const image = new Float64Array(mean.length);
  const projections = new Float64Array(rows.length);
  const nothing = new Float32Array(mean.length);
  const offset = innerProduct(mean, vector);
  let total = 0;
  for (let row = 0; row < rows.length; row += blockRows) {
    // The last block is filled up with rows that get the weight 0.
    const block = Array.from({ length: blockRows }, (_, index) => rows[row + index] ?? nothing);
    const [a = nothing, b = nothing, c = nothing, d = nothing] = block;
    const [, , , , e = nothing, f = nothing, g = nothing, h = nothing] = block;
    let [ya, yb, yc, yd, ye, yf, yg, yh] = [0, 0, 0, 0, 0, 0, 0, 0];
    for (let column = 0; column < vector.length; column++) {
      const weight = vector[column] ?? NaN;
      ya += (a[column] ?? NaN) * weight;
      yb += (b[column] ?? NaN) * weight;
      yc += (c[column] ?? NaN) * weight;
      yd += (d[column] ?? NaN) * weight;
      ye += (e[column] ?? NaN) * weight;
      yf += (f[column] ?? NaN) * weight;
      yg += (g[column] ?? NaN) * weight;
      yh += (h[column] ?? NaN) * weight;
    }
    const centred = [ya, yb, yc, yd, ye, yf, yg, yh].map((value, index) =>
      row + index < rows.length ? value - offset : 0,
    );
    for (const [index, value] of centred.entries()) {
      if (row + index < rows.length) projections[row + index] = value;
      total += value;
    }
    [ya = 0, yb = 0, yc = 0, yd = 0, ye = 0, yf = 0, yg = 0, yh = 0] = centred;
    for (let column = 0; column < image.length; column++) {
      image[column] =
        (image[column] ?? NaN) +
        (ya * (a[column] ?? NaN) +
          yb * (b[column] ?? NaN) +
          (yc * (c[column] ?? NaN) + yd * (d[column] ?? NaN))) +
        (ye * (e[column] ?? NaN) +
          yf * (f[column] ?? NaN) +
          (yg * (g[column] ?? NaN) + yh * (h[column] ?? NaN)));
    }
  }
  for (let column = 0; column < image.length; column++)
    image[column] = (image[column] ?? NaN) - total * (mean[column] ?? NaN);
  return { image, projections };
}

/** Removes the parts along the basis, twice: once is not enough in rounded arithmetic. */
function orthogonalise(vector: Float64Array, basis: readonly Float64Array[]): void {
  for (let pass = 0; pass < 2; pass++) {
    for (const direction of basis) {
      const part = innerProduct(vector, direction);
      for (let column = 0; column < vector.length; column++)
        vector[column] = (vector[column] ?? NaN) - part * (direction[column] ?? NaN);
    }
  }
}

interface RitzPairs {
  /** Largest first. */
  readonly eigenvalues: readonly number[];
  /** `[m][m]`, one eigenvector of the tridiagonal matrix each. */
  readonly vectors: readonly (readonly number[])[];
  readonly lastEntries: readonly number[];
}

function decompose(diagonal: readonly number[], offDiagonal: readonly number[]): RitzPairs {
  const size = diagonal.length;
  if (size === 0) return { eigenvalues: [], vectors: [], lastEntries: [] };
  const matrix = Matrix.zeros(size, size);
  for (const [index, value] of diagonal.entries()) {
    matrix.set(index, index, value);
    if (index + 1 === size) continue;
    matrix.set(index, index + 1, offDiagonal[index] ?? NaN);
    matrix.set(index + 1, index, offDiagonal[index] ?? NaN);
  }
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(matrix, {
    assumeSymmetric: true,
  });
  const order = [...realEigenvalues.keys()].sort(
    (one, other) => (realEigenvalues[other] ?? NaN) - (realEigenvalues[one] ?? NaN),
  );
  const vectors = order.map((index) => eigenvectorMatrix.getColumn(index));
  return {
    eigenvalues: order.map((index) => Math.max(0, realEigenvalues[index] ?? NaN)),
    vectors,
    lastEntries: vectors.map((vector) => vector.at(-1) ?? NaN),
  };
}

/** The vectors weighted and added. */
function combined(vectors: readonly Float64Array[], weights: readonly number[]): Float64Array {
  const sum = new Float64Array(vectors[0]?.length ?? 0);
  for (const [index, vector] of vectors.entries()) {
    const weight = weights[index] ?? NaN;
    for (let column = 0; column < sum.length; column++)
      sum[column] = (sum[column] ?? NaN) + weight * (vector[column] ?? NaN);
  }
  return sum;
}
