import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { euclideanNorm, innerProduct } from "./innerProduct.js";

/** Share of the length of a vector below which what is left of it, when others are taken out, is nothing but rounding. */
const rounding = 1e-9;
/** Share of a vector below which what is left is cleaned again: its rounding errors have grown so much that they are taken out again. */
const cancelled = 1e-5;
const nothing = new Float64Array(0);

/**
 * Takes the parts along orthonormal directions out of vectors of any length, in place, and once more where little is left:
 * once is not enough in rounded arithmetic, twice is (Giraud et al. 2005).
 *
 * @returns the parts, `[vectors][directions]`
 */
export function removeParts(
  vectors: readonly Float64Array[],
  directions: readonly Float64Array[],
): Float64Array[] {
  return vectors.map((vector) => {
    const parts = new Float64Array(directions.length);
    const remove = (): void => {
      for (let first = 0; first < directions.length; first += 4) removeFour(vector, directions, first, parts);
    };
    const before = euclideanNorm(vector);
    remove();
    if (euclideanNorm(vector) < cancelled * before) remove();
    return parts;
  });
}

/** Takes four directions out of a vector at once: the vector is then read half as often. */
function removeFour(
  vector: Float64Array,
  directions: readonly Float64Array[],
  first: number,
  parts: Float64Array,
): void {
  const a = directions[first] ?? nothing;
  const b = directions[first + 1] ?? nothing;
  const c = directions[first + 2] ?? nothing;
  const d = directions[first + 3] ?? nothing;
  if (d === nothing) {
    for (let index = first; index < directions.length; index++) {
      const direction = directions[index] ?? nothing;
      const part = innerProduct(vector, direction);
      for (let entry = 0; entry < vector.length; entry++)
        vector[entry] = (vector[entry] ?? NaN) - part * (direction[entry] ?? NaN);
      parts[index] = (parts[index] ?? NaN) + part;
    }
    return;
  }
  let [alongA, alongB, alongC, alongD] = [0, 0, 0, 0];
  for (let entry = 0; entry < vector.length; entry++) {
    const value = vector[entry] ?? NaN;
    alongA += value * (a[entry] ?? NaN);
    alongB += value * (b[entry] ?? NaN);
    alongC += value * (c[entry] ?? NaN);
    alongD += value * (d[entry] ?? NaN);
  }
  for (let entry = 0; entry < vector.length; entry++) {
    vector[entry] =
      (vector[entry] ?? NaN) -
      (alongA * (a[entry] ?? NaN) +
        alongB * (b[entry] ?? NaN) +
        (alongC * (c[entry] ?? NaN) + alongD * (d[entry] ?? NaN)));
  }
  for (const [index, part] of [alongA, alongB, alongC, alongD].entries())
    parts[first + index] = (parts[first + index] ?? NaN) + part;
}

/**
 * Orthonormal vectors that span the same space; one is left out where it adds nothing but rounding.
 * @param length that the vectors had before parts were taken out of them
 */
export function orthonormalized(vectors: readonly Float64Array[], length: number): Float64Array[] {
  const kept: Float64Array[] = [];
  for (const vector of vectors) {
    const rest = vector.slice();
    removeParts([rest], kept);
    const norm = euclideanNorm(rest);
    if (norm > rounding * length) kept.push(rest.map((value) => value / norm));
  }
  return kept;
}

/** The length of the longest. */
export function longest(vectors: readonly Float64Array[]): number {
  return Math.max(0, ...vectors.map(euclideanNorm));
}

/** The vectors weighted and added. */
export function combined(vectors: readonly Float64Array[], weights: readonly number[]): Float64Array {
  const sum = new Float64Array(vectors[0]?.length ?? 0);
  for (const [index, vector] of vectors.entries()) {
    const weight = weights[index] ?? NaN;
    for (let entry = 0; entry < sum.length; entry++)
      sum[entry] = (sum[entry] ?? NaN) + weight * (vector[entry] ?? NaN);
  }
  return sum;
}

/** Largest value first. */
export interface Eigenpairs {
  readonly values: readonly number[];
  /** Unit vectors, one a value. */
  readonly vectors: readonly (readonly number[])[];
}

/** All eigenvalues and eigenvectors of a symmetric matrix, `[n][n]`; of its rows the part up to the diagonal is read. */
export function symmetricEigenpairs(rows: readonly ArrayLike<number>[]): Eigenpairs {
  const size = rows.length;
  if (size === 0) return { values: [], vectors: [] };
  const matrix = Matrix.zeros(size, size);
  for (const [row, values] of rows.entries()) {
    for (let column = 0; column <= row; column++) {
      matrix.set(row, column, values[column] ?? NaN);
      matrix.set(column, row, values[column] ?? NaN);
    }
  }
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(matrix, {
    assumeSymmetric: true,
  });
  const order = [...realEigenvalues.keys()].sort(
    (one, other) => (realEigenvalues[other] ?? NaN) - (realEigenvalues[one] ?? NaN),
  );
  return {
    values: order.map((index) => realEigenvalues[index] ?? NaN),
    vectors: order.map((index) => eigenvectorMatrix.getColumn(index)),
  };
}
