import type { Figure, PlotlyTrace } from "../../figures/figure.js";
import { intervalWords, templateFormat } from "../parts/numberWords.js";
import { numbersAt, recordAt, textAt } from "./plotlyValues.js";
import { nearestStep } from "../state/steps.js";
import { mapRows } from "./mapRows.js";
import type { Curve, Reading } from "./curve.js";

/** Sign of a value that there is not: a gap, or a quantity that is not defined there. */
export const noValue = "–";

const boundName = /^(.*), (lower|upper) bound$/;

/** Named curves of a figure, each with the interval that is drawn as its band. */
export function curvesOf(figure: Pick<Figure, "data">): Curve[] {
  const lines = figure.data.filter((trace) => trace.type === "scatter");
  return lines
    .filter((trace) => trace.name !== undefined && !boundName.test(trace.name) && trace.hoverinfo !== "skip")
    .map((trace) => {
      const line = recordAt(trace, "line");
      const steps = numbersAt(trace, "x");
      const values = numbersAt(trace, "y");
      return {
        name: trace.name ?? "",
        key: keyOf(trace),
        color: textAt(line, "color", "currentColor"),
        dash: textAt(line, "dash", "solid"),
        isArea: textAt(trace, "fill") !== "",
        steps,
        values: new Map(steps.map((step, index) => [step, values[index] ?? NaN])),
        intervals: intervalsOf(lines, trace.name ?? ""),
        format: templateFormat(textAt(trace, "hovertemplate")),
        colorOf: null,
      };
    });
}

/** Curves that a readout reads in a figure: its curves, and the rows of its map. */
export function readingsOf(figure: Pick<Figure, "data">): Curve[] {
  return [...figure.data.flatMap(mapRows), ...curvesOf(figure)];
}

/** Traces without the named curves and their bands. */
export function withoutCurves(data: readonly PlotlyTrace[], hidden: ReadonlySet<string>): PlotlyTrace[] {
  return data.map((trace) => (hidden.has(keyOf(trace)) ? { ...trace, visible: false } : trace));
}

function keyOf({ name = "" }: PlotlyTrace): string {
  return boundName.exec(name)?.[1] ?? name.replace(/, smoothed$/, "");
}

function intervalsOf(
  lines: readonly PlotlyTrace[],
  name: string,
): ReadonlyMap<number, readonly [number, number]> {
  const bounds = (which: string): Map<number, number> =>
    new Map(
      lines
        .filter((trace) => trace.name === `${name}, ${which} bound`)
        .flatMap((trace) => {
          const values = numbersAt(trace, "y");
          return numbersAt(trace, "x").map((step, index): [number, number] => [step, values[index] ?? NaN]);
        }),
    );
  const [low, high] = [bounds("lower"), bounds("upper")];
  return new Map([...low].map(([step, value]) => [step, [value, high.get(step) ?? NaN]]));
}

/**
 * Reads the value of a curve at a step; where that step was not measured, the value at the nearest one that was,
 * named.
 */
export function readCurve(curve: Curve, step: number): Reading {
  const at = curve.values.has(step) ? step : nearestStep(curve.steps, step);
  const value = curve.values.get(at) ?? NaN;
  const interval = curve.intervals.get(at);
  const words = !interval?.every(Number.isFinite) ? "" : ` ${boundsWords(curve, interval[0], interval[1])}`;
  return {
    text: Number.isFinite(value) ? `${curve.format(value)}${words}` : noValue,
    step: at === step || Number.isNaN(at) ? null : at,
  };
}

/** Interval in words: percentages the way the summary writes them, else in the curve's own format without its unit. */
function boundsWords(curve: Curve, low: number, high: number): string {
  if (curve.format(0).endsWith("%")) return intervalWords(low, high);
  return `[${curve.format(low)}, ${curve.format(high)}]`;
}
