import type { Analysis } from "../../analysis/analysisRecord.js";
import { controlVerdictWords } from "../../analysis/controls/controlWords.js";
import type { ControlTest } from "../../analysis/controls/controlTest.js";
import { indicatorsIn } from "../../analysis/transitions/events.js";
import { usualTransitions } from "../../analysis/usualTransitions.js";
import { tableOf, withGaps, type Figure, type FigureOptions, type PlotlyTrace } from "../figure.js";
import { axis, stepLayout } from "../style/baseLayout.js";
import { confidenceBand } from "../style/confidenceBand.js";
import { dashes, palette } from "../style/palette.js";
import { transitionBands } from "../style/transitionBands.js";
import { controlCurvesOf } from "./controlTraces.js";

/**
 * Draws the local cosine similarity of a run less that of its control, for each half-window k, with the band of what noise
 * makes of it. Null where the two share no path.
 */
export function controlDifferenceFigure(
  analysis: Analysis,
  control: ControlTest,
  options: FigureOptions = {},
): Figure | null {
  const [adapter] = control.curves.flatMap((curve) =>
    curve.quantity === "localCosine" ? [curve.adapter] : [],
  );
  const curves = controlCurvesOf(control, "localCosine", adapter ?? null);
  const [first] = curves;
  if (first === undefined) return null;
  const colors = palette(options.theme);
  const indicators = indicatorsIn("local-cosine");
  const transitions = usualTransitions(analysis).filter(
    (each) => each.adapter === undefined || each.adapter === adapter,
  );
  const title = "Local cosine similarity, run less control";
  const traces = curves.flatMap(({ k, steps, difference, interval }, index): PlotlyTrace[] => {
    const name = `k = ${k ?? NaN}`;
    const color = colors.series[index % 3] ?? colors.foreground;
    return [
      ...confidenceBand(steps, interval, color, name),
      {
        type: "scatter",
        mode: "lines",
        name,
        legendgroup: name,
        x: steps,
        y: withGaps(difference),
        line: { color, width: 2, dash: dashes[index % 3] },
        hovertemplate: "%{y:.3f}",
      },
    ];
  });
  const verdicts = control.verdicts
    .filter((each) => indicators.includes(each.indicator))
    .map(({ step, verdict }) => `at step ${step} ${controlVerdictWords[verdict]}`);
  return {
    data: traces,
    layout: stepLayout(
      title,
      analysis,
      axis("run − control (0: both bend alike)", options, { zeroline: true }),
      options,
      transitionBands(transitions, indicators, options),
    ),
    meta: {
      title,
      caption:
        `Local cosine of the run less that of ${control.controls.join(", ")} for k = ` +
        `${curves.map(({ k }) => k ?? NaN).join(", ")} steps (${adapter ?? ""}), straight = −1: above 0 the run bends more. ` +
        `Bands: 95 %, each step by itself; ${first.method}.`,
      summary:
        verdicts.length === 0
          ? "The run has no turn to hold against the control."
          : `Turns of the run: ${verdicts.join("; ")}.`,
      formula: "c_k(t) of the run − c_k(t) of the control",
      caveat:
        "A band that does not hold 0 at some steps is no transition: of a hundred steps some five lie outside by chance, and what differs between seeds is not in the noise of one pair.",
      source: "Turncoat, docs/methods.md section 4.11",
      table: tableOf({
        step: first.steps,
        ...Object.fromEntries(
          curves.flatMap(({ k, run, control: other, difference, interval }) => [
            [`run, k = ${k ?? NaN}`, run],
            [`control, k = ${k ?? NaN}`, other],
            [`difference, k = ${k ?? NaN}`, difference],
            [`low, k = ${k ?? NaN}`, interval.map(([low]) => low)],
            [`high, k = ${k ?? NaN}`, interval.map(([, high]) => high)],
          ]),
        ),
      }),
    },
  };
}
