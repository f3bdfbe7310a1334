import { innerProduct } from "./innerProduct.js";

/** Columns handled at once, so that a block of all rows stays in the processor's cache. */
const blockColumns = 256;

/**
 * The matrix of inner products of the rows, `[n, n]`, accumulated in float64.
 *
 * The rows are centred while they are converted to float64 rather than afterwards, which keeps full precision
 * when the mean is much longer than the spread, as for A.
 *
 * @param options.centred subtract the mean row first. @default false
 */
export function gramMatrix(
  rows: readonly (Float32Array | Float64Array)[],
  options: { centered?: boolean } = {},
): Float64Array[] {
  const count = rows.length;
  const dimension = rows[0]?.length ?? 0;
  const gram = Array.from({ length: count }, () => new Float64Array(count));
  const mean = options.centered === true ? meanRow(rows) : new Float64Array(dimension);
  for (let start = 0; start < dimension; start += blockColumns) {
    const end = Math.min(start + blockColumns, dimension);
    const block = rows.map((row) => {
      const part = new Float64Array(end - start);
      for (let column = start; column < end; column++) {
        part[column - start] = (row[column] ?? NaN) - (mean[column] ?? NaN);
      }
      return part;
    });
    for (const [index, left] of block.entries()) {
      const gramRow = gram[index];
      if (gramRow === undefined) continue;
      for (let other = 0; other <= index; other++) {
        const right = block[other];
        if (right === undefined) continue;
        gramRow[other] = (gramRow[other] ?? NaN) + innerProduct(left, right);
      }
    }
  }
  for (const [index, row] of gram.entries()) {
    for (const [other, otherRow] of gram.entries()) if (other < index) otherRow[index] = row[other] ?? NaN;
  }
  return gram;
}

/** Mean of the rows, `[d]`, in float64. */
export function meanRow(rows: readonly (Float32Array | Float64Array)[]): Float64Array {
  const mean = new Float64Array(rows[0]?.length ?? 0);
  for (const row of rows) {
    for (let column = 0; column < mean.length; column++)
      mean[column] = (mean[column] ?? 0) + (row[column] ?? NaN);
  }
  for (let column = 0; column < mean.length; column++) mean[column] = (mean[column] ?? 0) / rows.length;
  return mean;
}

/** The Gram matrix of rows minus their mean, from the Gram matrix of the rows, `[n, n]`. */
export function doublyCentered(gram: readonly Float64Array[]): Float64Array[] {
  const count = gram.length;
  const means = gram.map((row) => row.reduce((sum, value) => sum + value, 0) / count);
  const mean = means.reduce((sum, value) => sum + value, 0) / count;
  return gram.map((row, index) =>
    row.map((value, column) => value - (means[index] ?? NaN) - (means[column] ?? NaN) + mean),
  );
}
