/** The Gram matrix of rows minus their mean, from the Gram matrix of the rows, `[n, n]`. */
export function doublyCentred(gram: readonly Float64Array[]): Float64Array[] {
  const count = gram.length;
  const means = gram.map((row) => row.reduce((sum, value) => sum + value, 0) / count);
  const mean = means.reduce((sum, value) => sum + value, 0) / count;
  return gram.map((row, index) =>
    row.map((value, column) => value - (means[index] ?? NaN) - (means[column] ?? NaN) + mean),
  );
}
