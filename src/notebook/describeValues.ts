import { median } from "../analysis/statistics/quantile.js";

/** Rows of a description, in their order. */
export const descriptionRows = ["count", "mean", "std", "min", "median", "max", "variance"] as const;

/**
 * Describes numbers in the order of `descriptionRows`, as pandas does: what is missing (NaN, null) is left out, variance
 * and standard deviation divide by n − 1, and what cannot be told is NaN.
 */
export function describeValues(column: readonly unknown[]): number[] {
  const values = column.filter((value) => typeof value === "number").filter((value) => !Number.isNaN(value));
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const variance = count < 2 ? NaN : squares / (count - 1);
  const [low, high] = [Math.min, Math.max].map((pick) =>
    count === 0 ? NaN : values.reduce((left, right) => pick(left, right)),
  );
  return [count, mean, Math.sqrt(variance), low ?? NaN, median(values), high ?? NaN, variance];
}
