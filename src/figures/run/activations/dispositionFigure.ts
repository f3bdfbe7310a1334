import type { Analysis } from "../../../analysis/analysisRecord.js";
import type { ControlTest } from "../../../analysis/controls/controlTest.js";
import { chanceWidth } from "../../../analysis/directions/disposition.js";
import { dispositionWords } from "../../../analysis/transitions/behavior/dispositionWords.js";
import type { Interval } from "../../../analysis/statistics/quantile.js";
import { indicatorsIn } from "../../../analysis/transitions/events.js";
import { usualTransitions } from "../../../analysis/usualTransitions.js";
import { tableOf, withGaps, type Figure, type FigureOptions, type PlotlyTrace } from "../../figure.js";
import { axis, stepLayout } from "../../style/baseLayout.js";
import { confidenceBand } from "../../style/confidenceBand.js";
import { palette } from "../../style/palette.js";
import { transitionBands } from "../../style/transitionBands.js";
import { controlCaption, controlCurvesOf, controlTrace } from "../controlTraces.js";

/**
 * Draws where prompts lie along a direction at every checkpoint, before a word of the answer is written, with the band of
 * what directions drawn by chance do, and the control's curve. Null where prompts were not read.
 */
export function dispositionFigure(
  analysis: Analysis,
  control: ControlTest | null = null,
  options: FigureOptions = {},
): Figure | null {
  const curve = analysis.disposition;
  if (curve === null) return null;
  const { steps, values, intervals, chance, direction, directionStep, layer, questions, draws, place } =
    curve;
  const colors = palette(options.theme);
  const indicators = indicatorsIn("disposition");
  const transitions = usualTransitions(analysis);
  const first = values[0] ?? NaN;
  const percent = (value: number): number => 100 * value;
  const bandOf = (width: number): Interval => [percent(first - width), percent(first + width)];
  const controls = controlCurvesOf(control, "disposition", null);
  const name = `prompts on ${direction}`;
  const title = "Disposition before the model speaks";
  const traces: PlotlyTrace[] = [
    ...confidenceBand(
      steps,
      chance.map((each) => bandOf(chanceWidth(each))),
      colors.control,
      "directions by chance",
    ),
    ...confidenceBand(
      steps,
      intervals.map(([low, high]): Interval => [percent(low), percent(high)]),
      colors.misaligned,
      name,
    ),
    ...controls.map(({ steps: measured, control }) =>
      controlTrace(
        "control",
        { steps: measured, values: control.map(percent) },
        { ...options, format: "%{y:.1f} %" },
      ),
    ),
    {
      type: "scatter",
      mode: "lines",
      name,
      legendgroup: name,
      x: steps,
      y: withGaps(values.map(percent)),
      line: { color: colors.misaligned, width: 2 },
      hovertemplate: "%{y:.1f} %",
    },
  ];
  const placeWords = place === "last" ? "the last token of the prompt" : "the mean over the prompt";
  return {
    data: traces,
    layout: stepLayout(
      title,
      analysis,
      axis(
        curve.hasOrigin ? "% of the way from aligned to misaligned persona" : `change, % of ${direction}`,
        options,
      ),
      options,
      transitionBands(transitions, indicators, options),
    ),
    meta: {
      title,
      caption:
        `Projection of ${placeWords} on ${direction} (found in step ${directionStep}) after layer ${layer}, mean over ${questions} ` +
        "prompts; no answer is read. Band of the curve: 95 % of resampled questions, of the change from the first step. Grey: 95 % of " +
        `${draws} directions drawn evenly, or as many among those in which prompts differ, whichever reach further.` +
        controlCaption(control, controls),
      summary: dispositionWords(curve) + differenceWords(controls),
      formula: "(v̂ᵀx − v̂ᵀμ_aligned) / ‖v‖ at the last token of the prompt, x after the layer",
      caveat:
        "Whatever changes the model moves its activations, and few directions hold most of that: careful training can move prompts as far along a persona as harmful training. Read it beside the control. Another layer, or another construction, can say otherwise.",
      source: "persona vectors, 2507.21509; docs/methods.md section 5.10",
      table: tableOf({
        step: steps,
        "value %": values.map(percent),
        "low %": intervals.map(([low]) => percent(low)),
        "high %": intervals.map(([, high]) => percent(high)),
        "by chance, evenly %": chance.map(({ even }) => percent(even)),
        "by chance, among prompts %": chance.map(({ amongPrompts }) => percent(amongPrompts)),
        "furthest by chance %": chance.map(({ furthest }) => percent(furthest)),
      }),
    },
  };
}

/** How run and control differ at the last step that both have; empty without a control. */
function differenceWords(controls: ReturnType<typeof controlCurvesOf>): string {
  const [curve] = controls;
  const [low, high] = curve?.interval.at(-1) ?? [NaN, NaN];
  if (curve === undefined) return "";
  const written = (value: number): string => (100 * value).toFixed(1).replace("-", "−");
  return (
    ` At step ${curve.steps.at(-1) ?? NaN} the run lies ${written(curve.difference.at(-1) ?? NaN)} [${written(low)}, ${written(high)}] ` +
    "percent points above its control."
  );
}
