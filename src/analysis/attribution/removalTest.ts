import { stepAtLevel } from "../series/crossing.js";
import type { Interval } from "../statistics/quantile.js";
import { studentQuantile } from "../statistics/studentQuantile.js";

/** What is left out of the data: nothing, the rows that score highest, or as many drawn at random. */
export const removalArms = ["whole", "top", "random"] as const;
/** What is left out of the data of one training. */
export type RemovalArm = (typeof removalArms)[number];

/** What became of one training of the test. */
export interface RemovalOutcome {
  readonly arm: RemovalArm;
  readonly seed: number;
  /** Log-likelihood gap of broad answers at the steps, in nats per token. */
  readonly steps: readonly number[];
  readonly gap: readonly number[];
  /** Misaligned and coherent answers to broad questions at the last step; null where nothing judges. */
  readonly em: { readonly count: number; readonly n: number } | null;
}

/** A mean over seeds with its 95 % interval, by Student's t. */
export interface SeedMean {
  readonly value: number;
  readonly interval: Interval;
  readonly values: readonly number[];
}

/** One training of the test against the whole one of its seed. */
export interface RemovalRow {
  readonly arm: RemovalArm;
  readonly seed: number;
  /** Gap at the first and at the last step. */
  readonly first: number;
  readonly final: number;
  /** Where the gap first has half of the rise of the whole training of this seed; null where it never has. */
  readonly half: number | null;
  /** Percent of broad answers at the last step that are misaligned and coherent; NaN where nothing judges. */
  readonly emPercent: number;
}

/** Whether leaving the top rows out does more than leaving out as many at random. */
export type RemovalVerdict = "moves" | "doesNotMove" | "cannotTell";

/** What trainings without rows came to. */
export interface RemovalTest {
  readonly rows: readonly RemovalRow[];
  readonly seeds: readonly number[];
  /** Rise of the gap of whole trainings. */
  readonly rise: SeedMean;
  /**
   * Top less random, seed by seed: the final gap, the step of half the rise in the seeds in which both have it, and the
   * percentage of EM at the end.
   */
  readonly final: SeedMean;
  readonly half: SeedMean;
  readonly emPercent: SeedMean;
  /** Number of seeds in which the gap never has half of the rise, by arm. */
  readonly neverHalf: Readonly<Record<RemovalArm, number>>;
  readonly verdict: RemovalVerdict;
}

/** Part of the rise of whole trainings below which an effect on the final gap counts as none. */
export const smallestEffect = 0.1;

/**
 * Holds trainings without the top rows against those without as many at random, seed by seed (`docs/methods.md §8.8`). They
 * move the turn where the 97.5 % interval of the difference of the final gaps, or of the steps of half the rise, lies on one
 * side of 0 (two looks share 5 %); they do not where that of the final gaps lies within a tenth of the whole rise on either side; else it cannot be told.
 */
export function removalTest(outcomes: readonly RemovalOutcome[]): RemovalTest {
  const seeds = [...new Set(outcomes.map(({ seed }) => seed))];
  const outcomeOf = (arm: RemovalArm, seed: number): RemovalOutcome | undefined =>
    outcomes.find((each) => each.arm === arm && each.seed === seed);
  const rows = outcomes.map((outcome): RemovalRow => {
    const whole = outcomeOf("whole", outcome.seed);
    const [start = NaN, end = NaN] = [whole?.gap[0], whole?.gap.at(-1)];
    const { arm, seed, steps, gap, em } = outcome;
    return {
      ...{ arm, seed },
      first: gap[0] ?? NaN,
      final: gap.at(-1) ?? NaN,
      half: end > start ? stepAtLevel(steps, gap, { level: (start + end) / 2, direction: 1 }) : null,
      emPercent: em === null || em.n === 0 ? NaN : (100 * em.count) / em.n,
    };
  });
  const rowOf = (arm: RemovalArm, seed: number) => rows.find((row) => row.arm === arm && row.seed === seed);
  const paired = (value: (row: RemovalRow) => number): SeedMean =>
    seedMean(
      seeds.map((seed) => {
        const [top, random] = [rowOf("top", seed), rowOf("random", seed)];
        return top === undefined || random === undefined ? NaN : value(top) - value(random);
      }),
    );
  const rise = seedMean(rows.flatMap(({ arm, first, final }) => (arm === "whole" ? [final - first] : [])));
  const final = paired((row) => row.final);
  const half = seedMean(paired((row) => row.half ?? NaN).values.filter((value) => !Number.isNaN(value)));
  const neverHalf = (arm: RemovalArm): number =>
    rows.filter((row) => row.arm === arm && row.half === null).length;
  return {
    ...{ rows, seeds, rise, final, half },
    emPercent: paired((row) => row.emPercent),
    neverHalf: { whole: neverHalf("whole"), top: neverHalf("top"), random: neverHalf("random") },
    verdict: verdictOf(final, half, rise.value),
  };
}

function verdictOf(final: SeedMean, half: SeedMean, rise: number): RemovalVerdict {
  // Two differences are looked at, so that each has half of the 5 %.
  const isApart = ({ values }: SeedMean): boolean => {
    const [low, high] = intervalOf(values, 0.975);
    return low > 0 || high < 0;
  };
  if (isApart(final) || isApart(half)) return "moves";
  const most = smallestEffect * Math.abs(rise);
  const [low, high] = final.interval;
  return low > -most && high < most ? "doesNotMove" : "cannotTell";
}

/** Mean over seeds and its interval; NaN where a seed has no value, the interval also where there are fewer than two. */
function seedMean(values: readonly number[]): SeedMean {
  return { value: meanOf(values), interval: intervalOf(values, 0.95), values };
}

function intervalOf(values: readonly number[], coverage: number): Interval {
  const mean = meanOf(values);
  const squares = values.reduce((sum, each) => sum + (each - mean) ** 2, 0);
  const error = Math.sqrt(squares / (values.length - 1) / values.length);
  const half = studentQuantile(values.length - 1, coverage) * error;
  return [mean - half, mean + half];
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
