import type { Interval } from "../statistics/quantile.js";
import { meanOverRuns } from "./compareCurves.js";

/** A value of a crossed design: of one stratum, such as a seed, in one block, such as a learning rate, at one level. */
export interface CrossedValue {
  /** What is repeated: intervals are over strata. */
  readonly stratum: number;
  /** Everything that is held alike while the level changes. */
  readonly block: string;
  readonly level: number;
  /** NaN where the run has no such value. */
  readonly value: number;
}

/** Difference between two levels of a factor, told apart from all that is held alike. */
export interface StratifiedDifference {
  /** Strata with a pair of values in some block. */
  readonly n: number;
  /** Pairs of values, and those that a design of so many strata and blocks would have. */
  readonly pairs: number;
  readonly planned: number;
  readonly mean: number;
  /** Student's 95 % interval over strata; NaN for fewer than three. */
  readonly interval: Interval;
  /** Mean size of the differences of single pairs, whichever way they go. */
  readonly size: number;
}

/**
 * Compares two levels of a factor within strata and blocks: the difference of each pair that shares both, its mean over the
 * blocks of a stratum, and Student's interval over the strata, which are what is repeated. Pairs that miss a value are
 * left out and counted, so that the comparison is of runs that have both.
 */
export function stratifiedDifference(
  values: readonly CrossedValue[],
  from: number,
  to: number,
): StratifiedDifference {
  const strata = [...new Set(values.map(({ stratum }) => stratum))];
  const blocks = [...new Set(values.map(({ block }) => block))];
  const valueOf = (stratum: number, block: string, level: number): number =>
    values.find((each) => each.stratum === stratum && each.block === block && each.level === level)?.value ??
    NaN;
  const differences = strata.map((stratum) =>
    blocks
      .map((block) => valueOf(stratum, block, to) - valueOf(stratum, block, from))
      .filter((difference) => Number.isFinite(difference)),
  );
  const pairs = differences.flat();
  const means = differences.flatMap((own) => (own.length === 0 ? [] : [meanOf(own)]));
  const { n, mean, interval } = meanOverRuns(means);
  const planned = strata.length * blocks.length;
  return { n, pairs: pairs.length, planned, mean, interval, size: meanOf(pairs.map(Math.abs)) };
}

/** Means of a level within each stratum, over its blocks; NaN where a stratum has no value. */
export function stratumMeans(values: readonly CrossedValue[], level: number): number[] {
  const strata = [...new Set(values.map(({ stratum }) => stratum))];
  return strata.map((stratum) =>
    meanOf(
      values
        .filter((each) => each.stratum === stratum && each.level === level && Number.isFinite(each.value))
        .map(({ value }) => value),
    ),
  );
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
