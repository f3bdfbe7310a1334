import { Random } from "../../tensor/random.js";
import { quantile, type Interval } from "../statistics/quantile.js";
import { auroc } from "./auroc.js";

/** An area under the ROC curve with an interval from resampling whole clusters. */
export interface ClusteredAuroc {
  readonly value: number;
  /** 95 %; `[NaN, NaN]` with fewer than two clusters, or without both classes. */
  readonly interval: Interval;
}

/**
 * Area under the ROC curve of which only pairs within one stratum count: the probability that of two answers of one
 * stratum, a positive and a negative, the positive scores above the other. A score that tells strata apart and nothing
 * else has 0.5. NaN where no stratum has both classes.
 */
export function stratifiedAuroc(
  scores: readonly number[],
  labels: readonly boolean[],
  strata: readonly string[],
): number {
  let [won, pairs] = [0, 0];
  for (const rows of rowsBy(strata).values()) {
    const { value, positives, negatives } = auroc(
      rows.map((row) => scores[row] ?? NaN),
      rows.map((row) => labels[row] === true),
    );
    if (!(positives > 0) || !(negatives > 0)) continue;
    won += value * positives * negatives;
    pairs += positives * negatives;
  }
  return won / pairs;
}

/**
 * Computes an area with its 95 % percentile interval from resampling whole clusters, such as the answers of one organism
 * to one question, which are alike.
 *
 * @param strata within which pairs count; one for all gives the pooled area
 */
export function clusteredAuroc(
  scores: readonly number[],
  labels: readonly boolean[],
  {
    strata = scores.map(() => ""),
    clusters,
    resamples = 1000,
  }: {
    readonly strata?: readonly string[];
    readonly clusters: readonly string[];
    readonly resamples?: number;
  },
): ClusteredAuroc {
  const value = stratifiedAuroc(scores, labels, strata);
  const groups = [...rowsBy(clusters).values()];
  if (groups.length < 2 || Number.isNaN(value)) return { value, interval: [NaN, NaN] };
  const random = new Random(0).fork("clustered auroc");
  const areas = Array.from({ length: resamples }, () => {
    const rows = groups.flatMap(() => groups[random.integer(groups.length)] ?? []);
    return stratifiedAuroc(
      rows.map((row) => scores[row] ?? NaN),
      rows.map((row) => labels[row] === true),
      rows.map((row) => strata[row] ?? ""),
    );
  }).filter((area) => !Number.isNaN(area));
  return { value, interval: [quantile(areas, 0.025), quantile(areas, 0.975)] };
}

function rowsBy(names: readonly string[]): ReadonlyMap<string, readonly number[]> {
  const groups = new Map<string, number[]>();
  for (const [row, name] of names.entries()) {
    const rows = groups.get(name);
    if (rows === undefined) groups.set(name, [row]);
    else rows.push(row);
  }
  return groups;
}
