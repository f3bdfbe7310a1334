/** A closed interval `[low, high]`. */
export type Interval = readonly [number, number];

/** The finite values, in order. */
export function finiteValues(values: readonly number[]): number[] {
  return values.filter((value) => Number.isFinite(value));
}

/** Median of the finite values; NaN when there are none. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Quantile of the finite values by linear interpolation (NumPy's default); NaN when there are none. */
export function quantile(values: readonly number[], fraction: number): number {
  // Typed arrays sort numbers by themselves, several times as fast as a list does with a comparison.
  const sorted = new Float64Array(finiteValues(values)).sort();
  const position = fraction * (sorted.length - 1);
  const below = sorted[Math.floor(position)];
  const above = sorted[Math.ceil(position)];
  if (below === undefined || above === undefined) return NaN;
  return below + (above - below) * (position - Math.floor(position));
}
