import { meanOverRuns } from "../../analysis/comparison/compareCurves.js";
import { stratifiedDifference, type CrossedValue } from "../../analysis/comparison/stratifiedDifference.js";
import type { Interval } from "../../analysis/statistics/quantile.js";
import { wilsonInterval } from "../../analysis/statistics/wilson.js";
import { studyQuantities, type NumberedPair, type RunNumbers, type StudyQuantity } from "./studyNumbers.js";
import type { StudyPlan } from "./studyPlan.js";

/** What a study varies beside the seed. */
export type StudyFactor = "answers" | "model" | "data" | "recipe" | "rate" | "order";

/** The seeds of a row of a study's grid: pairs that differ in the seed alone. */
export interface SeedMean {
  readonly quantity: StudyQuantity;
  /** Seeds that have the value. */
  readonly n: number;
  readonly mean: number;
  /** Student's 95 % interval over seeds; NaN for fewer than three. */
  readonly interval: Interval;
}

/** Difference that a factor makes, told apart from the seed and from all else that the study varies. */
export interface StudyEffect {
  readonly quantity: StudyQuantity;
  readonly factor: StudyFactor;
  readonly from: string;
  readonly to: string;
  /** NaN where no two runs have it. */
  readonly difference: number;
  /** Student's 95 % interval over seeds; NaN for fewer than three. */
  readonly interval: Interval;
  readonly seeds: number;
  /** Pairs of runs that differ in this factor alone and both have the value. */
  readonly pairs: number;
  /** Whether the interval leaves out 0; what has no interval cannot be told. */
  readonly verdict: "differs" | "notTold" | "cannotTell";
}

/** The words of the three verdicts on an effect. */
export const effectWords: Readonly<Record<StudyEffect["verdict"], string>> = {
  differs: "differs",
  notTold: "no difference is told",
  cannotTell: "cannot be told",
};

/** How effects are told, for captions. */
export const effectMethod =
  "A simple stratified model: differences between two runs that share the seed and everything else but the factor, averaged in " +
  "each seed, with Student's 95 % interval over seeds, which takes three. It knows no interactions and does not correct for the number of rows.";

/**
 * Means over the seeds of some pairs, of every quantity that any run of the arm has. The interval of a share ends at 0 and
 * 100 %, which Student's does not know of. Where three seeds or more all have the same share, Student's has no width, and says nothing of
 * what was not seen: it is Wilson's then, of the answers of all seeds.
 */
export function seedMeans(pairs: readonly NumberedPair[], arm: "harmful" | "control"): SeedMean[] {
  return studyQuantities.flatMap((quantity) => {
    const runs = pairs.flatMap((pair) => {
      const value = valueOf(pair[arm], quantity);
      return Number.isFinite(value) ? [{ value, numbers: pair[arm] }] : [];
    });
    if (runs.length === 0) return [];
    const { interval, ...mean } = meanOverRuns(runs.map(({ value }) => value));
    const { answers } = quantity;
    if (answers === undefined) return [{ quantity, ...mean, interval }];
    const count = runs.reduce((sum, { numbers }) => sum + (numbers === null ? 0 : answers(numbers)), 0);
    return [{ quantity, ...mean, interval: shareInterval(mean.mean, interval, count) }];
  });
}

function shareInterval(percent: number, [low, high]: Interval, answers: number): Interval {
  if (low !== high || answers === 0) return [Math.max(0, low), Math.min(100, high)];
  const [least, most] = wilsonInterval(Math.round((percent / 100) * answers), answers);
  return [100 * least, 100 * most];
}

/** The factors that a plan varies beside the seed and the answers. */
export function variedFactors(pairs: StudyPlan["pairs"]): Exclude<StudyFactor, "answers">[] {
  const count = (of: (pair: StudyPlan["pairs"][number]) => unknown): number => new Set(pairs.map(of)).size;
  // Recipes that differ in rate and order alone are told by these.
  const doRecipesDiffer = pairs.some(({ model, otherwise }) =>
    pairs.some((other) => other.model === model && other.otherwise !== otherwise),
  );
  return [
    ...(count(({ model }) => model) > 1 ? (["model"] as const) : []),
    ...(count(({ data }) => data) > 1 ? (["data"] as const) : []),
    ...(doRecipesDiffer ? (["recipe"] as const) : []),
    ...(vary(pairs, "rate") ? (["rate"] as const) : []),
    ...(vary(pairs, "order") ? (["order"] as const) : []),
  ];
}

/** Tells whether some pairs differ in the rate, or in the order, and in nothing else but the seed. */
function vary(pairs: StudyPlan["pairs"], factor: "rate" | "order"): boolean {
  const blocks = new Map<string, Set<number>>();
  for (const { model, data, otherwise, peakRate, dataSeed } of pairs) {
    const [level, held] = factor === "rate" ? [peakRate, dataSeed] : [dataSeed, peakRate];
    if (level === null) continue;
    const key = JSON.stringify([model, data, otherwise, held]);
    blocks.set(key, (blocks.get(key) ?? new Set()).add(level));
  }
  return [...blocks.values()].some(({ size }) => size > 1);
}

/**
 * Tells apart what the factors of a study do to the runs on harmful answers, and what these answers do: the difference from
 * the control. Between neighbouring levels, numbers in their order, names in that of the plan.
 */
export function studyEffects(pairs: readonly NumberedPair[], plan: StudyPlan["pairs"]): StudyEffect[] {
  const factors = variedFactors(plan);
  return studyQuantities.flatMap((quantity) => [
    ...effectsOf(quantity, "answers", ["control", "harmful answers"], answersCrossed(pairs, quantity)),
    ...factors.flatMap((factor) => {
      const levels = levelsOf(plan, factor);
      return effectsOf(quantity, factor, levels.map(String), crossed(pairs, quantity, factor, levels));
    }),
  ]);
}

function effectsOf(
  quantity: StudyQuantity,
  factor: StudyFactor,
  levels: readonly string[],
  values: readonly CrossedValue[],
): StudyEffect[] {
  if (!values.some(({ value }) => Number.isFinite(value))) return [];
  return levels.slice(1).map((to, index): StudyEffect => {
    const { n, mean, interval, pairs } = stratifiedDifference(values, index, index + 1);
    const isKnown = interval.every((bound) => Number.isFinite(bound));
    const isApart = interval[0] > 0 || interval[1] < 0;
    return {
      ...{ quantity, factor, from: levels[index] ?? "", to },
      ...{ difference: mean, interval, seeds: n, pairs },
      verdict: !isKnown ? "cannotTell" : isApart ? "differs" : "notTold",
    };
  });
}

function answersCrossed(pairs: readonly NumberedPair[], quantity: StudyQuantity): CrossedValue[] {
  return pairs.flatMap(({ pair, harmful, control }) =>
    [control, harmful].map((numbers, level) => ({
      stratum: pair.seed,
      block: JSON.stringify([pair.model, pair.data, pair.recipe]),
      level,
      value: valueOf(numbers, quantity),
    })),
  );
}

/** Values of the harmful runs under the levels of a factor, with what is held alike as their block. */
function crossed(
  pairs: readonly NumberedPair[],
  quantity: StudyQuantity,
  factor: Exclude<StudyFactor, "answers">,
  levels: readonly (string | number | null)[],
): CrossedValue[] {
  return pairs.flatMap(({ pair, harmful }) => {
    const level = levels.indexOf(levelOf(pair, factor));
    if (level < 0) return [];
    const { model, data, otherwise, peakRate: rate, dataSeed: order } = pair;
    const block = {
      model: { data, recipe: pair.recipe },
      data: { model, recipe: pair.recipe },
      recipe: { model, data },
      rate: { model, data, otherwise, order },
      order: { model, data, otherwise, rate },
    }[factor];
    return [{ stratum: pair.seed, block: JSON.stringify(block), level, value: valueOf(harmful, quantity) }];
  });
}

function levelsOf(
  plan: StudyPlan["pairs"],
  factor: Exclude<StudyFactor, "answers">,
): (string | number | null)[] {
  const levels = [...new Set(plan.map((pair) => levelOf(pair, factor)))];
  if (factor !== "rate" && factor !== "order") return levels;
  // An order that follows the seed is no level of its own: it is another in each seed.
  return levels.filter((level) => typeof level === "number").sort((one, other) => one - other);
}

function levelOf(
  pair: StudyPlan["pairs"][number],
  factor: Exclude<StudyFactor, "answers">,
): string | number | null {
  return {
    model: pair.model,
    data: pair.data,
    recipe: pair.recipe,
    rate: pair.peakRate,
    order: pair.dataSeed,
  }[factor];
}

function valueOf(numbers: RunNumbers | null, quantity: StudyQuantity): number {
  return numbers === null ? NaN : quantity.of(numbers);
}
