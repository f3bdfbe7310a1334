import type { Analysis } from "../../../analysis/analysisRecord.js";
import { scoreWords } from "../../../analysis/attribution/attributionRecord.js";
import { rankedRows, scoresOf, stepLookedAt } from "../../../analysis/attribution/rowRanking.js";
import { turnOfRun } from "../../../analysis/attribution/turnOfRun.js";
import { quantile, type Interval } from "../../../analysis/statistics/quantile.js";
import { indicatorsIn } from "../../../analysis/transitions/events.js";
import { usualTransitions } from "../../../analysis/usualTransitions.js";
import { rangeWords, tableOf, withGaps, type Figure, type FigureOptions } from "../../figure.js";
import { axis, stepLayout } from "../../style/baseLayout.js";
import { confidenceBand } from "../../style/confidenceBand.js";
import { palette } from "../../style/palette.js";
import { transitionBands } from "../../style/transitionBands.js";
import { rowGroups, type Attributed } from "./attributionInput.js";

/**
 * Draws how the score of the highest rows, or of the planted ones, and that of the others go along training. Null where no
 * row was scored at two steps.
 */
export function attributionCourseFigure(
  analysis: Analysis,
  attributed: Attributed | null,
  options: FigureOptions = {},
): Figure | null {
  if (attributed === null || attributed.record.steps.length < 2) return null;
  const { record, removal } = attributed;
  const step = stepLookedAt(record, turnOfRun(analysis)?.step ?? null);
  const { kind, span } = removal?.ranked ?? { kind: "contrast", span: "sum" };
  const order = rankedRows(scoresOf(record, { kind, span, step }));
  const colors = palette(options.theme);
  const steps = record.steps.map((each) => each.step);
  const courses = rowGroups(record, order).map(({ name, places }) => {
    const atSteps = record.steps.map(({ scores }) =>
      places.map((place) => scores[kind]?.[place] ?? NaN).filter((value) => !Number.isNaN(value)),
    );
    return {
      ...{ name, places },
      middle: atSteps.map((values) => quantile(values, 0.5)),
      range: atSteps.map((values): Interval => [quantile(values, 0.1), quantile(values, 0.9)]),
    };
  });
  const title = "Scores of the rows of the data along training";
  return {
    data: courses.flatMap(({ name, middle, range }, index) => {
      const color = index === 0 ? colors.misaligned : colors.control;
      return [
        ...confidenceBand(steps, range, color, name),
        {
          type: "scatter" as const,
          mode: "lines+markers",
          name,
          legendgroup: name,
          x: steps,
          y: withGaps(middle),
          line: { color, width: 2, dash: index === 0 ? "solid" : "dash" },
          hovertemplate: "%{y:.3g}",
        },
      ];
    }),
    layout: stepLayout(
      title,
      analysis,
      axis(`score: ${kind}`, options),
      options,
      transitionBands(usualTransitions(analysis), indicatorsIn("behavior"), options),
    ),
    meta: {
      title,
      caption:
        `${record.rows.length} of ${record.trained} rows at ${steps.length} steps: median, and band from the tenth to the ninetieth percentile of ` +
        `${courses.map(({ name, places }) => `${places.length} ${name}`).join(" and ")}; each row's own gradient over the adapter, against ` +
        `${record.broad.pairs} pairs of ${record.broad.source}; score: ${scoreWords[kind]}.`,
      summary: courses.map(({ name, middle }) => `${name}: ${rangeWords(middle)}.`).join(" "),
      formula: "⟨∇loss_row, ∇loss_broad⟩, or −⟨∇_B loss_row, ΔB⟩",
      caveat:
        "A score is of first order and of plain gradient descent; an optimiser such as Adam steps otherwise. Rows chosen by a score are high in it by choice: only training without them tests it.",
      source: "TracIn, 2002.08484; docs/methods.md section 8.8",
      table: tableOf({
        step: steps,
        ...Object.fromEntries(
          courses.flatMap(({ name, middle, range }) => [
            [`${name}, median`, middle],
            [`${name}, 10 %`, range.map(([low]) => low)],
            [`${name}, 90 %`, range.map(([, high]) => high)],
          ]),
        ),
      }),
    },
  };
}
