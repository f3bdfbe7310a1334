import { classMeasures } from "../../../analysis/scalars/classScores.js";
import type { ScalarUnit } from "../../../analysis/scalars/scalarTest.js";
import type { ScalarTestSummary } from "../../../analysis/scalars/scalarTestSummary.js";
import { alignedTable } from "../tables/textTable.js";

/** Tests of adapter scalars as lines for the terminal, the one that was asked for first. */
export function scalarTestText(
  tests: readonly ScalarTestSummary[],
  files: { readonly negative: string; readonly positive: string },
): string {
  const [chosen] = tests;
  if (chosen === undefined) return "";
  const tokens = tests.find(({ by }) => by === "token") ?? chosen;
  const size = (side: "negative" | "positive"): string =>
    `${files[side]} (${tokens[side].answers} answers, ${tokens[side].rows} tokens)`;
  return [
    `${size("positive")} against ${size("negative")}, ${chosen.coefficients.length} ` +
      `${chosen.coefficients.length === 1 ? "scalar" : "scalars"}.`,
    `Logistic regression, ${chosen.penalty.toUpperCase()} penalty, classes balanced, a fifth held out; mean ± standard deviation over ` +
      `${chosen.repeats} repeats, seed ${chosen.seed}.`,
    alignedTable([
      ["rows, held out", "C", ...classMeasures, "labels shuffled: accuracy", "auc"],
      ...tests.map((test) => [
        wayWords(test),
        String(test.c),
        ...classMeasures.map((measure) => withSpread(test[measure], test.standardDeviations[measure])),
        inDigits(test.shuffled.accuracy),
        inDigits(test.shuffled.auc),
      ]),
    ]),
    ...tests.flatMap(emptyWords),
    "Splitting tokens leaves tokens of one answer on both sides: what shuffled labels reach above 0.5 there is the answer,\nnot the class.",
    `Coefficients of standardised scalars, ${unitWords(chosen.by)}:`,
    alignedTable([
      ["adapter", "mean", "standard deviation", "left out in"],
      ...chosen.coefficients.map(({ feature, mean, standardDeviation, zero }) => [
        feature,
        signed(mean),
        inDigits(standardDeviation),
        `${Math.round(100 * zero)} %`,
      ]),
    ]),
  ].join("\n\n");
}

function unitWords(unit: ScalarUnit): string {
  return unit === "token" ? "tokens" : "answers";
}

/** What is a row, and what is held out. */
function wayWords({ by, split }: Pick<ScalarTestSummary, "by" | "split">): string {
  return `${unitWords(by)}, ${split === "token" ? "tokens" : "whole answers"}`;
}

/** Says where the penalty leaves nothing to judge by. */
function emptyWords({ c, coefficients, repeats, ...way }: ScalarTestSummary): string[] {
  const empty = Array.from({ length: repeats }).filter((_, repeat) =>
    coefficients.every(({ values }) => values[repeat] === 0),
  ).length;
  if (empty === 0) return [];
  return [
    `${wayWords(way)}: at C = ${c} the penalty leaves no scalar in for ${empty} of ${repeats} repeats: there whether the two differ cannot be told.`,
  ];
}

function withSpread(value: number, deviation: number): string {
  return Number.isFinite(deviation) ? `${inDigits(value)} ± ${inDigits(deviation)}` : inDigits(value);
}

function inDigits(value: number): string {
  return Number.isFinite(value) ? value.toFixed(3) : "–";
}

function signed(value: number): string {
  return `${value < 0 ? "−" : "+"}${inDigits(Math.abs(value))}`;
}
