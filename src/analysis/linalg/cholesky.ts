/**
 * Solves A·x = b for symmetric positive definite A by Cholesky's factorisation A = L·Lᵀ.
 *
 * @param matrix A [n, n], row-major; its lower triangle is read, and replaced by L
 * @param rightSides vectors b of n numbers
 * @returns the solutions, or null where A is not positive definite
 */
export function choleskySolve(
  matrix: Float64Array,
  rightSides: readonly Float64Array[],
): Float64Array[] | null {
  const n = Math.round(Math.sqrt(matrix.length));
  for (let row = 0; row < n; row++) {
    const start = row * n;
    for (let column = 0; column <= row; column++) {
      const rest = (matrix[start + column] ?? NaN) - partialProduct(matrix, start, column * n, column);
      if (column < row) {
        matrix[start + column] = rest / (matrix[column * n + column] ?? NaN);
      } else {
        if (!(rest > 0)) return null;
        matrix[start + row] = Math.sqrt(rest);
      }
    }
  }
  return rightSides.map((rightSide) => {
    const solution = rightSide.slice();
    for (let row = 0; row < n; row++) {
      let rest = solution[row] ?? NaN;
      for (let column = 0; column < row; column++) {
        rest -= (matrix[row * n + column] ?? NaN) * (solution[column] ?? NaN);
      }
      solution[row] = rest / (matrix[row * n + row] ?? NaN);
    }
    for (let row = n - 1; row >= 0; row--) {
      const value = (solution[row] ?? NaN) / (matrix[row * n + row] ?? NaN);
      solution[row] = value;
      for (let column = 0; column < row; column++) {
        solution[column] = (solution[column] ?? NaN) - (matrix[row * n + column] ?? NaN) * value;
      }
    }
    return solution;
  });
}

/** Inner product of the first `count` numbers from two places on: four sums side by side, as they need not wait. */
function partialProduct(values: Float64Array, first: number, second: number, count: number): number {
  let [sum0, sum1, sum2, sum3] = [0, 0, 0, 0];
  let index = 0;
  for (; index + 3 < count; index += 4) {
    sum0 += (values[first + index] ?? NaN) * (values[second + index] ?? NaN);
    sum1 += (values[first + index + 1] ?? NaN) * (values[second + index + 1] ?? NaN);
    sum2 += (values[first + index + 2] ?? NaN) * (values[second + index + 2] ?? NaN);
    sum3 += (values[first + index + 3] ?? NaN) * (values[second + index + 3] ?? NaN);
  }
  for (; index < count; index++) sum0 += (values[first + index] ?? NaN) * (values[second + index] ?? NaN);
  return sum0 + sum1 + (sum2 + sum3);
}
