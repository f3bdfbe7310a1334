/** Point of a receiver operating characteristic. */
export interface RocPoint {
  /** Scores at or above this count as positive; Infinity at the corner where none does. */
  readonly threshold: number;
  /** Share of the negatives that count as positive. */
  readonly falsePositives: number;
  /** Share of the positives that do. */
  readonly truePositives: number;
}

/**
 * The receiver operating characteristic of a score: a point for every value that it has, from (0, 0) to (1, 1). Equal scores
 * make one slanted step. Empty without both classes.
 */
export function rocCurve(scores: readonly number[], labels: readonly boolean[]): RocPoint[] {
  const positives = labels.filter(Boolean).length;
  const negatives = labels.length - positives;
  if (positives === 0 || negatives === 0) return [];
  const thresholds = [...new Set(scores)].sort((one, other) => other - one);
  return [Infinity, ...thresholds].map((threshold) => {
    const counted = labels.filter((_, index) => (scores[index] ?? NaN) >= threshold);
    const right = counted.filter(Boolean).length;
    return {
      threshold,
      falsePositives: (counted.length - right) / negatives,
      truePositives: right / positives,
    };
  });
}
