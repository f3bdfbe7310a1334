/** Findings of a family of tests. */
export interface StepDown {
  /** Adjusted p-value of each test: the smallest error rate over the family at which it would be rejected. */
  readonly adjusted: readonly number[];
}

/**
 * Tests a family of hypotheses together, so that the chance of rejecting any true one is at most the level: the step-down
 * maximum test (Westfall and Young 1993, algorithm 2.8; Romano and Wolf 2005, Econometrica 73).
 *
 * The largest statistic is compared with the largest of all in every resample, the next with the largest of those that are
 * left, and so on. Since every resample is drawn for all tests at once, statistics that move together are not paid for
 * as if each was a test of its own, as Bonferroni's correction does.
 * @param observed a statistic of each test; one that is not finite is never rejected
 * @param resampled the same statistics in every resample of the null model, `[resamples][tests]`
 */
export function stepDown(observed: readonly number[], resampled: readonly (readonly number[])[]): StepDown {
  const value = (number: number | undefined): number =>
    number !== undefined && Number.isFinite(number) ? number : -Infinity;
  const order = [...observed.keys()].sort((one, other) => value(observed[other]) - value(observed[one]));
  const reached = new Array<number>(observed.length).fill(0);
  for (const draw of resampled) {
    let largest = -Infinity;
    for (const test of order.toReversed()) {
      largest = Math.max(largest, value(draw[test]));
      if (largest >= value(observed[test])) reached[test] = (reached[test] ?? 0) + 1;
    }
  }
  const adjusted = new Array<number>(observed.length).fill(1);
  let before = 0;
  for (const test of order) {
    if (!Number.isFinite(observed[test])) continue;
    before = Math.max(before, (1 + (reached[test] ?? 0)) / (1 + resampled.length));
    adjusted[test] = before;
  }
  return { adjusted };
}
