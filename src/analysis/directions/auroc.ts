import type { Interval } from "../statistics/quantile.js";
import { normal95 } from "../statistics/wilson.js";

/** Area under the ROC curve with its 95 % interval. */
export interface Auroc {
  /** Probability that a positive scores above a negative, ties counting one half; NaN without both classes. */
  readonly value: number;
  readonly interval: Interval;
  readonly positives: number;
  readonly negatives: number;
}

/**
 * Area under the receiver operating characteristic with a 95 % interval: Hanley and McNeil's (1982) variance in
 * score form (Newcombe 2006, method 5), which unlike the plain one does not collapse at an area of 0 or 1.
 *
 * @param scores higher means more positive.
 * @param labels true for a positive.
 */
export function auroc(scores: readonly number[], labels: readonly boolean[]): Auroc {
  const order = scores
    .map((_, index) => index)
    .sort((left, right) => (scores[left] ?? 0) - (scores[right] ?? 0));
  let positives = 0;
  let rankSum = 0;
  for (let start = 0; start < order.length;) {
    let end = start;
    const score = scores[order[start] ?? -1];
    while (end < order.length && scores[order[end] ?? -1] === score) end++;
    // A scored NaN equals nothing, not even itself.
    if (end === start) return { value: NaN, interval: [NaN, NaN], positives: NaN, negatives: NaN };
    for (const index of order.slice(start, end)) {
      if (labels[index] !== true) continue;
      positives++;
      rankSum += (start + 1 + end) / 2;
    }
    start = end;
  }
  const negatives = order.length - positives;
  if (positives === 0 || negatives === 0) return { value: NaN, interval: [NaN, NaN], positives, negatives };
  const value = (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
  return { value, interval: scoreInterval(value, positives, negatives), positives, negatives };
}

/** All areas whose own standard error puts the observed one within 1.96 of them. */
function scoreInterval(observed: number, positives: number, negatives: number): Interval {
  const pairs = positives * negatives;
  const half = (positives + negatives) / 2 - 1;
  const deviation = (area: number): number => {
    const factor = 1 + (half * (1 - area)) / (2 - area) + (half * area) / (1 + area);
    return Math.sqrt((area * (1 - area) * factor) / pairs);
  };
  const bound = (end: 0 | 1): number => {
    if (observed === end) return end;
    let inside = observed;
    let outside: number = end;
    for (let iteration = 0; iteration < 60; iteration++) {
      const middle = (inside + outside) / 2;
      if (Math.abs(middle - observed) <= normal95 * deviation(middle)) inside = middle;
      else outside = middle;
    }
    return inside;
  };
  return [bound(0), bound(1)];
}
