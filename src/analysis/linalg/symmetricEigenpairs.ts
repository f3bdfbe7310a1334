import { EigenvalueDecomposition, Matrix } from "ml-matrix";

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
