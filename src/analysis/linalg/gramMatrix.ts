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
    addProducts(gram, block);
  }
  for (const [index, row] of gram.entries()) {
    for (const [other, otherRow] of gram.entries()) if (other < index) otherRow[index] = row[other] ?? NaN;
  }
  return gram;
}

/**
 * Adds the inner products of rows with themselves and those before them. Each row is read once for four others at a
 * time, and all are float64, so that no access has to ask what kind of array it reads.
 */
function addProducts(gram: readonly Float64Array[], rows: readonly Float64Array[]): void {
  for (const [index, left] of rows.entries()) {
    const products = gram[index];
    if (products === undefined) continue;
    for (let other = 0; other <= index; other += 4) {
      const first = rows[other] ?? left;
      const second = rows[other + 1] ?? left;
      const third = rows[other + 2] ?? left;
      const fourth = rows[other + 3] ?? left;
      let [ofFirst, ofSecond, ofThird, ofFourth] = [0, 0, 0, 0];
      for (let column = 0; column < left.length; column++) {
        const value = left[column] ?? NaN;
        ofFirst += value * (first[column] ?? NaN);
        ofSecond += value * (second[column] ?? NaN);
        ofThird += value * (third[column] ?? NaN);
        ofFourth += value * (fourth[column] ?? NaN);
      }
      products[other] = (products[other] ?? NaN) + ofFirst;
      if (other + 1 <= index) products[other + 1] = (products[other + 1] ?? NaN) + ofSecond;
      if (other + 2 <= index) products[other + 2] = (products[other + 2] ?? NaN) + ofThird;
      if (other + 3 <= index) products[other + 3] = (products[other + 3] ?? NaN) + ofFourth;
    }
  }
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
