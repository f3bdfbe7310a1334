import { interventionSentences, twinWords } from "../../analysis/interventions/interventionWords.js";
import type { ConditionRates, InterventionRow } from "../../analysis/interventions/interventionRows.js";
import { tableOf, withGaps, type Figure, type FigureOptions, type PlotlyTrace } from "../figure.js";
import { axis, baseLayout, percentRange } from "../style/baseLayout.js";
import { palette } from "../style/palette.js";

/**
 * Draws the rates of every condition as points with their Wilson intervals, random twins in grey beside each.
 * @param kind of the interventions, as their settings say it
 */
export function conditionsFigure(
  rows: readonly InterventionRow[],
  kind: unknown,
  options: FigureOptions = {},
): Figure | null {
  if (rows.length === 0) return null;
  const colors = palette(options.theme);
  // The first condition stands at the top.
  const names = rows.map(({ condition }) => condition.name).toReversed();
  const points = (
    name: string,
    ratesOf: (row: InterventionRow) => ConditionRates | null,
    which: "em" | "coherent",
    color: string,
    symbol: string,
  ): PlotlyTrace => {
    const shown = rows.flatMap((row) => {
      const rates = ratesOf(row);
      return rates === null ? [] : [{ name: row.condition.name, rate: rates[which] }];
    });
    return {
      type: "scatter",
      mode: "markers",
      name,
      x: withGaps(shown.map(({ rate }) => rate.percent)),
      y: shown.map((each) => each.name),
      marker: { color: color, size: 9, symbol },
      error_x: {
        type: "data",
        symmetric: false,
        array: withGaps(shown.map(({ rate }) => rate.interval[1] - rate.percent)),
        arrayminus: withGaps(shown.map(({ rate }) => rate.percent - rate.interval[0])),
        color: color,
        thickness: 1.5,
      },
      hovertemplate: "%{x:.1f} %",
    };
  };
  const title = "Misaligned and coherent answers by condition";
  return {
    data: [
      points("random, EM", ({ random }) => random, "em", colors.control, "circle-open"),
      points("coherent", ({ rates }) => rates, "coherent", colors.aligned, "diamond-open"),
      points("EM", ({ rates }) => rates, "em", colors.misaligned, "circle"),
    ],
    layout: baseLayout(
      title,
      {
        xaxis: axis("answers (%)", options, { range: percentRange }),
        yaxis: axis("", options, { categoryorder: "array", categoryarray: names, automargin: true }),
      },
      options,
      { hovermode: "closest", height: 140 + 34 * rows.length },
    ),
    meta: {
      title,
      caption: `Answers to the same questions with the same random numbers under each condition; whiskers: 95 % Wilson intervals; grey: ${twinWords(kind)}, all draws together.`,
      summary: interventionSentences(rows, kind).join(" "),
      formula: "x' = x − v̂(v̂ᵀx); B ← (B − v̂v̂ᵀB)·‖B‖/‖B − v̂v̂ᵀB‖; ΔW = Σ factor · s·B·A",
      caveat:
        "What is taken out after one layer may be written anew by the next. Taking B itself out of a rank-1 adapter's own layer removes the adapter exactly: that tests the plumbing and finds nothing.",
      source: "2506.11618, sections 3.4 and 4",
      table: tableOf({
        condition: rows.map(({ condition }) => condition.name),
        "EM %": rows.map(({ rates }) => rates.em.percent),
        low: rows.map(({ rates }) => rates.em.interval[0]),
        high: rows.map(({ rates }) => rates.em.interval[1]),
        "coherent %": rows.map(({ rates }) => rates.coherent.percent),
        n: rows.map(({ rates }) => rates.em.n),
        "random EM %": rows.map(({ random }) => random?.em.percent ?? NaN),
        "random n": rows.map(({ random }) => random?.em.n ?? NaN),
      }),
    },
  };
}
