import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { Random } from "../tensor/random.js";
import { euclideanNorm, innerProduct } from "./innerProduct.js";

/** The largest eigenvalues of XᵀX and their unit eigenvectors, for centred rows X. */
export interface LeadingComponents {
  /** Largest first. */
  readonly eigenvalues: readonly number[];
  /** `[count][d]` */
  readonly components: readonly Float64Array[];
}

/** Residual ‖XᵀXv − λv‖ at which an eigenpair counts as found, relative to its own eigenvalue. */
const tolerance = 1e-10;
/** Rows handled at once, so that the vectors are loaded once for all of them. */
const blockRows = 4;

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
  const diagonal: number[] = [];
  const offDiagonal: number[] = [];
  let next: Float64Array | null = startVector();
  let nextCheck = count + 2;
  while (next !== null) {
    const image = covarianceTimes(rows, mean, next);
    diagonal.push(innerProduct(image, next));
    basis.push(next);
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
      if (basis.length >= most || (isFound && !isExhausted)) return assemble(ritz, basis, count);
      nextCheck = Math.ceil(1.1 * basis.length);
    }
    offDiagonal.push(isExhausted ? 0 : length);
    // An exhausted space may hold one of several equal eigenvalues only: go on outside of it.
    next = isExhausted ? startVector() : image.map((value) => value / length);
  }
  return assemble(decompose(diagonal, offDiagonal), basis, count);

  /** A unit vector in the span of the rows and outside the basis; null when the basis spans them all. */
  function startVector(): Float64Array | null {
    const noise = Float64Array.from({ length: dimension }, () => random.normal());
    const image = covarianceTimes(rows, mean, noise);
    const before = euclideanNorm(image);
    orthogonalise(image, basis);
    const length = euclideanNorm(image);
    if (!(length > 0) || (basis.length > 0 && length <= 1e-10 * before)) return null;
    return image.map((value) => value / length);
  }
}

/**
 * XᵀX v for the centred rows, in one pass over them: Xv = (rows)v − (mean·v), Xᵀy = (rows)ᵀy − (Σy) mean. Subtracting
 * the mean afterwards costs a relative error of ε · ‖mean‖ / spread, and ε is 1e-16 where float32 rows know 1e-7.
 */
function covarianceTimes(
  rows: readonly Float32Array[],
  mean: Float64Array,
  vector: Float64Array,
): Float64Array {
  const image = new Float64Array(mean.length);
  const nothing = new Float32Array(mean.length);
  const offset = innerProduct(mean, vector);
  let total = 0;
  for (let row = 0; row < rows.length; row += blockRows) {
    // The last block is filled up with rows that get the weight 0.
    const one = rows[row] ?? nothing;
    const two = rows[row + 1] ?? nothing;
    const three = rows[row + 2] ?? nothing;
    const four = rows[row + 3] ?? nothing;
    let first = 0;
    let second = 0;
    let third = 0;
    let fourth = 0;
    for (let column = 0; column < vector.length; column++) {
      const weight = vector[column] ?? NaN;
      first += (one[column] ?? NaN) * weight;
      second += (two[column] ?? NaN) * weight;
      third += (three[column] ?? NaN) * weight;
      fourth += (four[column] ?? NaN) * weight;
    }
    first -= offset;
    second = row + 1 < rows.length ? second - offset : 0;
    third = row + 2 < rows.length ? third - offset : 0;
    fourth = row + 3 < rows.length ? fourth - offset : 0;
    total += first + second + third + fourth;
    for (let column = 0; column < image.length; column++) {
      image[column] =
        (image[column] ?? NaN) +
        first * (one[column] ?? NaN) +
        second * (two[column] ?? NaN) +
        third * (three[column] ?? NaN) +
        fourth * (four[column] ?? NaN);
    }
  }
  for (let column = 0; column < image.length; column++)
    image[column] = (image[column] ?? NaN) - total * (mean[column] ?? NaN);
  return image;
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

function assemble(ritz: RitzPairs, basis: readonly Float64Array[], count: number): LeadingComponents {
  const kept = ritz.vectors.slice(0, count);
  const components = kept.map((weights) => {
    const component = new Float64Array(basis[0]?.length ?? 0);
    for (const [index, direction] of basis.entries()) {
      const weight = weights[index] ?? NaN;
      for (let column = 0; column < component.length; column++)
        component[column] = (component[column] ?? NaN) + weight * (direction[column] ?? NaN);
    }
    return component;
  });
  return { eigenvalues: ritz.eigenvalues.slice(0, kept.length), components };
}
