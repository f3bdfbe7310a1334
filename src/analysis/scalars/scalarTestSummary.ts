import { spread } from "../series/spread.js";
import { classMeasures, type ClassScores } from "./classScores.js";
import type { ScalarTest } from "./scalarTest.js";

/** A test of adapter scalars in numbers: means over the repeats, and their spread. */
export interface ScalarTestSummary
  extends ClassScores, Omit<ScalarTest, "scores" | "shuffled" | "coefficients"> {
  /** Standard deviation of each measure over the repeats. */
  readonly standardDeviations: ClassScores;
  /** Means with the labels of answers shuffled. */
  readonly shuffled: ClassScores;
  readonly coefficients: readonly CoefficientSummary[];
}

/** Coefficient of one standardised scalar over the repeats. */
export interface CoefficientSummary {
  readonly feature: string;
  readonly mean: number;
  readonly standardDeviation: number;
  /** Share of the repeats in which the penalty left the scalar out, 0 to 1. */
  readonly zero: number;
  readonly values: readonly number[];
}

/** Sums a test of adapter scalars up. */
export function scalarTestSummary({
  scores,
  shuffled,
  coefficients,
  ...rest
}: ScalarTest): ScalarTestSummary {
  const scoresOf = (of: ScalarTest["scores"], part: "mean" | "standardDeviation"): ClassScores => {
    const [accuracy, precision, recall, f1, auc] = classMeasures;
    return {
      accuracy: of[accuracy][part],
      precision: of[precision][part],
      recall: of[recall][part],
      f1: of[f1][part],
      auc: of[auc][part],
    };
  };
  return {
    ...scoresOf(scores, "mean"),
    ...rest,
    standardDeviations: scoresOf(scores, "standardDeviation"),
    shuffled: scoresOf(shuffled, "mean"),
    coefficients: coefficients.map(({ feature, values }) => {
      const { mean, standardDeviation } = spread(values);
      const zero = values.filter((value) => value === 0).length / values.length;
      return { feature, mean, standardDeviation, zero, values };
    }),
  };
}
