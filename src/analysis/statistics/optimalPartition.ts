import { finiteValues, median } from "./quantile.js";
import type { SegmentCost } from "./segmentCost.js";

export interface OptimalPartitionOptions {
  /** What a change point must save. */
  readonly penalty: number;
  /** Fewest observations of a segment. @default the model's */
  readonly minimumLength?: number;
}

export interface OptimalPartition {
  /** First observation of every segment but the first. */
  readonly changePoints: readonly number[];
  /** Sum of the segments' costs, penalties not counted. */
  readonly cost: number;
}

/**
 * The segmentation that minimises the sum of the segments' costs plus a penalty for every change point: optimal
 * partitioning (Jackson et al. 2005) with the pruning of PELT (Killick, Fearnhead and Eckley 2012, JASA 107), which
 * leaves out beginnings that no later end can favour. Exact; costs may not rise when a segment is split.
 */
export function optimalPartition(cost: SegmentCost, options: OptimalPartitionOptions): OptimalPartition {
  const { penalty } = options;
  const shortest = Math.max(cost.shortest, options.minimumLength ?? cost.shortest);
  const { count } = cost;
  if (count < shortest) return { changePoints: [], cost: count > 0 ? cost.between(0, count) : 0 };
  const best = new Float64Array(count + 1).fill(Infinity);
  const previous = new Int32Array(count + 1);
  best[0] = -penalty;
  // A beginning is pruned only once it was beaten by one that can itself begin a segment ending at the same place.
  let candidates: { start: number; prunedFrom: number }[] = [];
  for (let end = shortest; end <= count; end++) {
    const newcomer = end - shortest;
    if (newcomer === 0 || newcomer >= shortest) candidates.push({ start: newcomer, prunedFrom: Infinity });
    candidates = candidates.filter(({ prunedFrom }) => end < prunedFrom);
    const costs = candidates.map(({ start }) => (best[start] ?? Infinity) + cost.between(start, end));
    for (const [index, { start }] of candidates.entries()) {
      const total = (costs[index] ?? Infinity) + penalty;
      if (total < (best[end] ?? Infinity)) {
        best[end] = total;
        previous[end] = start;
      }
    }
    for (const [index, candidate] of candidates.entries()) {
      const isBeaten = (costs[index] ?? Infinity) > (best[end] ?? Infinity);
      if (isBeaten) candidate.prunedFrom = Math.min(candidate.prunedFrom, end + shortest);
    }
  }
  const changePoints: number[] = [];
  for (let end = previous[count] ?? 0; end > 0; end = previous[end] ?? 0) changePoints.unshift(end);
  return { changePoints, cost: (best[count] ?? NaN) - penalty * changePoints.length };
}

/**
 * The penalty of the Bayesian information criterion for Gaussian noise of known variance: σ² log n for every
 * parameter that one more segment brings, its beginning included.
 */
export function bicPenalty(cost: SegmentCost, noiseVariance: number): number {
  return (cost.parameters + 1) * noiseVariance * Math.log(cost.count);
}

/**
 * Variance of the noise of a series whose level moves slowly: from the median absolute second difference, which
 * neither a slope nor single jumps enter. Assumes noise that is independent between observations.
 */
export function secondDifferenceVariance(values: readonly number[]): number {
  const differences = values.map(
    (value, index) => value - 2 * (values[index + 1] ?? NaN) + (values[index + 2] ?? NaN),
  );
  // The median of |N(0, 1)| is 0.6745, and a second difference has six times the variance.
  return (median(finiteValues(differences).map(Math.abs)) / 0.6744897501960817) ** 2 / 6;
}
