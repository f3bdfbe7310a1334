import type { ScalarTest } from "../../analysis/scalars/scalarTest.js";
import { axis, baseLayout } from "../style/baseLayout.js";
import { tableOf, type Figure, type FigureOptions } from "../figure.js";
import { palette } from "../style/palette.js";
import { spread } from "../../analysis/series/spread.js";

/** What the two sets of answers are called, such as the paths of their files. */
export interface CoefficientNames {
  readonly negative: string;
  readonly positive: string;
}

/** Longest name of a scalar on the axis; a longer one keeps its end, where the module's name is. */
const longestName = 28;

/** Draws the coefficients that each adapter's scalar gets over the repeats of a test, one violin a scalar. */
export function coefficientsFigure(
  test: ScalarTest,
  names: CoefficientNames,
  options: FigureOptions = {},
): Figure {
  const colors = palette(options.theme);
  const title = "Coefficients of adapter scalars";
  const { coefficients, scores, shuffled, negative, positive, by, split } = test;
  const spreads = coefficients.map(({ values }) => spread(values));
  const strongest = [...coefficients.keys()].sort(
    (one, other) => Math.abs(spreads[other]?.mean ?? 0) - Math.abs(spreads[one]?.mean ?? 0),
  );
  const rows = by === "token" ? "tokens" : "answers";
  return {
    data: coefficients.map(({ feature, values }) => ({
      type: "violin",
      name: shortName(feature),
      y: values,
      line: { color: colors.mechanism, width: 1.5 },
      fillcolor: `${colors.faint}80`,
      points: false,
      meanline: { visible: true },
      spanmode: "hard",
      hoverinfo: "y+name",
    })),
    layout: baseLayout(
      title,
      {
        xaxis: axis("adapter", options, { type: "category" }),
        yaxis: axis("coefficient", options, { zeroline: true, zerolinecolor: colors.muted }),
      },
      options,
      { showlegend: false, hovermode: "closest" },
    ),
    meta: {
      title,
      caption:
        `${test.penalty.toUpperCase()} logistic regression (C = ${test.c}) on z-scored scalars A·h, one row ${by === "token" ? "a token" : "an answer"}: ` +
        `${positive.rows} ${rows} of ${positive.answers} answers (${names.positive}) against ${negative.rows} of ${negative.answers} (${names.negative}), ` +
        `classes balanced, a fifth of the ${split === "token" ? "tokens" : "answers"} held out, ${test.repeats} repeats, seed ${test.seed}. ` +
        `Held out: accuracy ${inDigits(scores.accuracy.mean)}, AUC ${inDigits(scores.auc.mean)}; ` +
        `with shuffled labels ${inDigits(shuffled.accuracy.mean)} and ${inDigits(shuffled.auc.mean)}. Line: mean.`,
      summary: `Largest on average: ${strongest
        .slice(0, 3)
        .map((index) => `${coefficients[index]?.feature ?? ""} (${inDigits(spreads[index]?.mean ?? NaN)})`)
        .join(", ")}.`,
      formula: "z = b + Σ w_j·(A_j·h − mean)/deviation; above 0: the second file",
      caveat:
        "The sign of a scalar is arbitrary, since −A and −B are the same adapter: it compares within one run only. Scalars that go together share a coefficient, so that a small one does not say that its adapter plays no part.",
      source: "2506.11618, section 4 (violins of coefficients)",
      table: tableOf({
        adapter: coefficients.map(({ feature }) => feature),
        mean: spreads.map(({ mean }) => mean),
        "standard deviation": spreads.map(({ standardDeviation }) => standardDeviation),
        min: spreads.map(({ min }) => min),
        max: spreads.map(({ max }) => max),
      }),
    },
  };
}

function shortName(feature: string): string {
  return feature.length > longestName ? `…${feature.slice(1 - longestName)}` : feature;
}

function inDigits(value: number): string {
  return Number.isFinite(value) ? value.toFixed(3).replace("-", "−") : "undefined";
}
