import type { FeatureMatrix } from "./logisticRegression.js";

/** Mean and deviation of every column. */
export interface ColumnMoments {
  readonly mean: Float64Array;
  /** Population standard deviation; 0 for a column that does not vary. */
  readonly deviation: Float64Array;
}

/** Mean and population standard deviation of every column over some rows, as scikit-learn's `StandardScaler`. */
export function columnMoments(
  features: ArrayLike<number>,
  dimension: number,
  rows: readonly number[],
): ColumnMoments {
  const mean = new Float64Array(dimension);
  const deviation = new Float64Array(dimension);
  for (const row of rows) {
    for (let column = 0; column < dimension; column++) {
      mean[column] = (mean[column] ?? 0) + (features[row * dimension + column] ?? NaN) / rows.length;
    }
  }
  for (const row of rows) {
    for (let column = 0; column < dimension; column++) {
      const centered = (features[row * dimension + column] ?? NaN) - (mean[column] ?? NaN);
      deviation[column] = (deviation[column] ?? 0) + centered ** 2 / rows.length;
    }
  }
  for (let column = 0; column < dimension; column++) {
    const value = Math.sqrt(deviation[column] ?? NaN);
    // A constant column leaves a rounding error, which must not be blown up to unit variance.
    deviation[column] = value > 1e-7 * Math.abs(mean[column] ?? 0) ? value : 0;
  }
  return { mean, deviation };
}

/** Some rows of row-major features, less the mean and over the deviation of each column; 0 where it does not vary. */
export function standardize(
  features: ArrayLike<number>,
  dimension: number,
  rows: readonly number[],
  { mean, deviation }: ColumnMoments,
): FeatureMatrix {
  const values = new Float64Array(rows.length * dimension);
  for (const [place, row] of rows.entries()) {
    for (let column = 0; column < dimension; column++) {
      const scale = deviation[column] ?? 0;
      const centered = (features[row * dimension + column] ?? NaN) - (mean[column] ?? NaN);
      values[place * dimension + column] = scale > 0 ? centered / scale : 0;
    }
  }
  return { values, n: rows.length, dimension };
}
