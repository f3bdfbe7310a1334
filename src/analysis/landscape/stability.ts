import type { ResampledValue } from "../behavior/questionResampling.js";
import { studentQuantile } from "../statistics/studentQuantile.js";
import { lossesAt, type Estimate, type MeasuredLandscape } from "./measuredLandscape.js";
import { average, combine, resampledDeviation, type LossPool } from "./pooledLoss.js";

/** How much of what training took off the loss is lost to noise. */
export interface DegradationPoint {
  readonly epsilon: number;
  /** 100 · (L' − L)/(L_base − L), the mean over seeds, in percent. */
  readonly degradation: Estimate;
  /** That of each seed, in their order. */
  readonly seeds: readonly number[];
}

/** Degradation by size of the noise, one row a size, one column a seed. */
type DegradationTable = readonly {
  readonly epsilon: number;
  readonly bySeed: readonly ResampledValue[];
}[];

/**
 * Degradation of a run under noise on its parameters (2602.07852; `docs/methods.md §5.13`), with 95 % intervals over seeds
 * and conversations.
 */
export function degradationCurve(landscape: MeasuredLandscape, pool: LossPool): DegradationPoint[] {
  return degradations(landscape, pool).map(({ epsilon, bySeed }) => ({
    epsilon,
    degradation: overSeeds([bySeed], [1], 0.95),
    seeds: bySeed.map(({ value }) => value),
  }));
}

/** Mean of the degradation over all sizes of the noise, in percent. */
export function meanDegradation(landscape: MeasuredLandscape, pool: LossPool): Estimate {
  return overSeeds([meansBySeed(degradations(landscape, pool))], [1], 0.95);
}

/**
 * Compares the stability of two runs: the mean degradation of the first less that of the second, in percent points;
 * negative: the first loses less. Runs with equally many parameters have the same noise, and are paired over seeds.
 */
export function stabilityDifference(
  one: readonly [MeasuredLandscape, LossPool],
  other: readonly [MeasuredLandscape, LossPool],
  coverage = 0.95,
): Estimate {
  const [own, theirs] = [one, other].map((each) => meansBySeed(degradations(...each)));
  if (own === undefined || theirs === undefined) throw new RangeError("stabilityDifference: two runs");
  const isPaired = one[0].parameters === other[0].parameters && own.length === theirs.length;
  if (!isPaired) return overSeeds([own, theirs], [1, -1], coverage);
  const differences = own.map((value, seed) =>
    combine([value, theirs[seed] ?? value], (first = NaN, second = NaN) => first - second),
  );
  return overSeeds([differences], [1], coverage);
}

function degradations(landscape: MeasuredLandscape, pool: LossPool): DegradationTable {
  const base = pool(lossesAt(landscape, 0));
  const trained = pool(lossesAt(landscape, 1));
  const epsilons = [...new Set(landscape.disturbed.map(({ epsilon }) => epsilon))].toSorted((a, b) => a - b);
  return epsilons.map((epsilon) => ({
    epsilon,
    bySeed: landscape.disturbed
      .filter((each) => each.epsilon === epsilon)
      .toSorted((first, second) => first.seed - second.seed)
      .map(({ losses }) =>
        combine([pool(losses), trained, base], (after = NaN, loss = NaN, before = NaN) =>
          before > loss ? (100 * (after - loss)) / (before - loss) : NaN,
        ),
      ),
  }));
}

/** Mean over the sizes of the noise, of each seed. */
function meansBySeed(table: DegradationTable): ResampledValue[] {
  const seeds = table[0]?.bySeed.length ?? 0;
  return Array.from({ length: seeds }, (_, seed) =>
    average(table.flatMap(({ bySeed }) => bySeed[seed] ?? [])),
  );
}

/**
 * Sum of the means of groups of seeds, each with its sign. The interval holds over seeds and conversations: the variance
 * of the mean over seeds and that over resamples of the conversations add up, and t is that of the seeds of one group.
 */
function overSeeds(
  groups: readonly (readonly ResampledValue[])[],
  signs: readonly number[],
  coverage: number,
): Estimate {
  const together = combine(groups.map(average), (...means) =>
    means.reduce((sum, mean, place) => sum + (signs[place] ?? NaN) * mean, 0),
  );
  const variance = groups.reduce(
    (sum, group) => sum + varianceOf(group.map(({ value }) => value)) / group.length,
    resampledDeviation(together) ** 2,
  );
  const seeds = Math.min(...groups.map(({ length }) => length));
  const half = studentQuantile(seeds - 1, coverage) * Math.sqrt(variance);
  const { value } = together;
  return { value, interval: [value - half, value + half] };
}

function varianceOf(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
}
