import type { Analysis } from "../../analysis/analysisRecord.js";
import { indicatorsIn } from "../../analysis/transitions/events.js";
import { usualTransitions } from "../../analysis/usualTransitions.js";
import { comparisonsAlong, type LandscapeAtStep } from "../../analysis/landscape/landscapeAlong.js";
import { landscapeNormWords } from "../../analysis/landscape/landscapeWords.js";
import type { LandscapeReport, RunLandscape } from "../../analysis/landscape/compareLandscapes.js";
import type { Estimate } from "../../analysis/landscape/measuredLandscape.js";
import {
  rangeWords,
  stepRangeWords,
  tableOf,
  type Figure,
  type FigureOptions,
  type PlotlyRecord,
  type PlotlyTrace,
} from "../figure.js";
import { axis, baseLayout, stepAxis, stepLayout } from "../style/baseLayout.js";
import { palette } from "../style/palette.js";
import { runStyle } from "../style/runStyles.js";
import { transitionBands } from "../style/transitionBands.js";
import { bandedLine, sampleWords } from "./landscapeFigures.js";

const source = "Turncoat; the quantities of 2602.07852, which has them of trained solutions only";

/** Settings of the figures along training. */
export interface LandscapeAlongOptions extends FigureOptions {
  /** The run whose step axis and transitions they share. @default none: the steps that were measured */
  readonly analysis?: Analysis;
}

/** Values of one line, one a step. */
interface Line {
  readonly name: string;
  readonly steps: readonly number[];
  readonly estimates: readonly Estimate[];
}

/**
 * Draws efficiency and stability of runs along training: loss at equal norm, what the first takes more off the loss than the
 * others, and what noise takes away.
 */
export function landscapeAlongFigures(
  steps: readonly LandscapeAtStep[],
  options: LandscapeAlongOptions = {},
): Figure[] {
  return [
    lossAtNormFigure(steps, options),
    efficiencyAlongFigure(steps, options),
    stabilityAlongFigure(steps, options),
  ].filter((figure) => figure !== null);
}

/** Draws the loss of the first run and of each other one at one norm, that of the shorter, along training. Null of one run. */
export function lossAtNormFigure(
  steps: readonly LandscapeAtStep[],
  options: LandscapeAlongOptions = {},
): Figure | null {
  const known = comparisonsAlong(steps);
  const lines = known.flatMap(({ run, other, points }): Line[] => {
    const curve = (name: string, side: "run" | "other"): Line => {
      const found = points.flatMap(({ step, comparison }) => {
        const full = comparison.losses[side].find(({ multiple }) => multiple === 1);
        return full === undefined ? [] : [{ step, loss: full.loss }];
      });
      return { name, steps: found.map(({ step }) => step), estimates: found.map(({ loss }) => loss) };
    };
    const own = known.length === 1 ? run : `${run}, at the norm shared with ${other}`;
    return [curve(own, "run"), curve(other, "other")];
  });
  if (lines.every((line) => line.steps.length === 0)) return null;
  const [first] = steps;
  return along(lines, options, {
    title: "Loss at equal norm",
    axis: "loss (nats per answer token)",
    hover: "%{y:.3g}",
    caption: `${wordsOfSample(first)}; at each step both are brought to the ${heldWords(first)} of the shorter; bands: 95 % of resampled conversations.`,
    formula: "L(W₀ + f·ΔW), f the shorter's norm over the run's own at that step",
    caveat:
      "The norm that is held grows along training: compare the two lines at a step, not one line between steps.",
  });
}

/** Draws by how much more the first run takes off the loss than each other one at equal norm, along training. Null of one run. */
export function efficiencyAlongFigure(
  steps: readonly LandscapeAtStep[],
  options: LandscapeAlongOptions = {},
): Figure | null {
  const lines = comparisonsAlong(steps).map(({ run, other, points }): Line => ({
    name: `${run} beyond ${other}`,
    steps: points.map(({ step }) => step),
    estimates: points.map(({ comparison }) => comparison.efficiency.mean),
  }));
  if (lines.length === 0) return null;
  const [first] = steps;
  const figure = along(lines, options, {
    title: "Efficiency",
    axis: "more off the loss (nats)",
    hover: "%{y:.3g}",
    caption: `What the first run takes off the loss of the base beyond the other, at equal ${heldWords(first)}, the mean over the multiples above 0 up to 1; ${wordsOfSample(first)}. Bands: 95 % of all verdicts together.${untoldWords(steps)}`,
    formula: "mean over f of [L_base − L_one(f)] − [L_base − L_other(f)]",
    caveat:
      "Above 0 the first is the more efficient, where that can be told. One run each: other seeds of training are not in the bands.",
  });
  return { ...figure, data: [...figure.data, zeroLine(lines, options)] };
}

/** Says at which steps the efficiency of which runs cannot be told whatever the bands, and why; empty where it can at all. */
function untoldWords(steps: readonly LandscapeAtStep[]): string {
  const untold = comparisonsAlong(steps).flatMap(({ other, points }) => {
    const open = points.filter(({ comparison }) => comparison.efficiency.reason !== null);
    const last = open.at(-1);
    if (last === undefined) return [];
    const at = `${open.length === 1 ? "step" : "steps"} ${open.map(({ step }) => step).join(", ")}`;
    return [`beside ${other} at ${at} (at ${last.step} ${last.comparison.efficiency.reason ?? ""})`];
  });
  return untold.length === 0 ? "" : ` Cannot be told, whatever the bands: ${untold.join("; ")}.`;
}

/** Draws the share of what training took off that noise takes away, along training. Null where no noise was measured. */
export function stabilityAlongFigure(
  steps: readonly LandscapeAtStep[],
  options: LandscapeAlongOptions = {},
): Figure | null {
  const names = steps[0]?.report.runs.map(({ name }) => name) ?? [];
  const lines = names.map((name, place): Line => {
    const found = steps.flatMap(({ step, report }) => {
      const run = report.runs[place];
      return run?.meanDegradation == null || !hasBegun(run) ? [] : [{ step, lost: run.meanDegradation }];
    });
    return { name, steps: found.map(({ step }) => step), estimates: found.map(({ lost }) => lost) };
  });
  if (lines.every((line) => line.steps.length === 0)) return null;
  const [first] = steps;
  return along(lines, options, {
    title: "Loss under noise",
    axis: "of what training took off, lost (%)",
    hover: "%{y:.1f} %",
    caption: `The mean over the sizes of the noise; ${wordsOfSample(first)}. Bands: 95 % over seeds of the noise and conversations. Steps at which training has not surely taken anything off the loss are left out.`,
    formula: "100·(L' − L)/(L_base − L), x' = √(1 − ε²)·x + ε·y, y ⟂ x, ‖y‖ = ‖x‖",
    caveat:
      "A loss that has levelled off before the norm was reached is stable for that reason alone. One run each: other seeds of training are not in the bands.",
  });
}

function hasBegun({ fall }: RunLandscape): boolean {
  return fall.interval[0] > 0;
}

/** What a figure along training says of itself. */
interface AlongWords {
  readonly title: string;
  readonly axis: string;
  /** Format of a value, as plotly's `hovertemplate`. */
  readonly hover: string;
  readonly caption: string;
  readonly formula: string;
  readonly caveat: string;
}

function along(lines: readonly Line[], options: LandscapeAlongOptions, words: AlongWords): Figure {
  const { analysis } = options;
  const title = `${words.title} along training`;
  const steps = [...new Set(lines.flatMap((line) => line.steps))].sort((one, other) => one - other);
  const yaxis = axis(words.axis, options);
  const rows = lines.flatMap(({ name, steps: own, estimates }) =>
    estimates.map((estimate, place) => ({ name, step: own[place] ?? NaN, estimate })),
  );
  return {
    data: lines.flatMap(({ name, steps: own, estimates }, place) =>
      bandedLine(own, estimates, name, { ...runStyle(place, options), hover: words.hover }),
    ),
    layout:
      analysis === undefined
        ? baseLayout(title, { xaxis: stepAxis(null, options), yaxis }, options)
        : stepLayout(title, analysis, yaxis, options, bandsOf(analysis, options)),
    meta: {
      title,
      caption: `${words.caption} ${stepRangeWords(steps)}.`,
      summary: lines
        .map(({ name, estimates }) => `${name}: ${rangeWords(estimates.map(({ value }) => value))}.`)
        .join(" "),
      formula: words.formula,
      caveat: words.caveat,
      source,
      table: tableOf({
        run: rows.map(({ name }) => name),
        step: rows.map(({ step }) => step),
        value: rows.map(({ estimate }) => estimate.value),
        low: rows.map(({ estimate }) => estimate.interval[0]),
        high: rows.map(({ estimate }) => estimate.interval[1]),
      }),
    },
  };
}

/** Transitions of the run, marked as in its other figures. */
function bandsOf(analysis: Analysis, options: FigureOptions): PlotlyRecord {
  return transitionBands(usualTransitions(analysis), indicatorsIn("landscape-loss"), options);
}

function zeroLine(lines: readonly Line[], options: FigureOptions): PlotlyTrace {
  const steps = lines.flatMap((line) => line.steps);
  return {
    type: "scatter",
    mode: "lines",
    name: "equally efficient",
    x: [Math.min(...steps), Math.max(...steps)],
    y: [0, 0],
    line: { color: palette(options.theme).control, width: 1, dash: "dot" },
    hoverinfo: "skip",
  };
}

function heldWords(first: LandscapeAtStep | undefined): string {
  return first === undefined ? "" : landscapeNormWords[first.report.trained][first.report.norm];
}

function wordsOfSample(first: { readonly report: LandscapeReport } | undefined): string {
  return sampleWords(first?.report.runs ?? []);
}
