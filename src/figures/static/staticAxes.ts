import type { Figure, PlotlyRecord, PlotlyTrace, PlotlyValue } from "../figure.js";
import { labelIn, listIn, numberIn, pairIn, recordIn, textIn } from "./plotlyValues.js";

/** An axis of a static picture: a range of numbers, or of places of categories, and where it is drawn. */
export interface StaticAxis {
  readonly name: string;
  readonly layout: PlotlyRecord;
  /** Range of values; the first is drawn left or at the bottom. */
  readonly range: readonly [number, number];
  /** Categories in their order; null on an axis of numbers. */
  readonly categories: readonly string[] | null;
  readonly ticks: readonly { readonly value: number; readonly text: string }[];
}

/** Names of the axes that a trace is drawn on: `x` and `y`, or `y2`. */
export function axesOf(trace: PlotlyTrace): readonly [string, string] {
  return [textIn(trace.xaxis, "x"), textIn(trace.yaxis, "y")];
}

/** The axes of a figure that a trace is drawn on, with their ranges and ticks. */
export function staticAxes({ data, layout }: Figure, ticksWanted: { x: number; y: number }): StaticAxis[] {
  const names = [...new Set(["x", "y", ...data.flatMap((trace) => axesOf(trace))])];
  return names.map((name) => {
    const own = recordIn(layout[`${name.charAt(0)}axis${name.slice(1)}`]);
    const values = data.flatMap((trace) => (axesOf(trace).includes(name) ? valuesOn(trace, name) : []));
    const categories = categoriesOf(own, values);
    const range = rangeOf(own, categories, values, data, name);
    return {
      name,
      layout: own,
      range,
      categories,
      ticks: ticksOf(own, range, categories, ticksWanted[name.startsWith("x") ? "x" : "y"]),
    };
  });
}

/** Place of a value on an axis: the number itself, or the place of a category; NaN where it has none. */
export function placeOn({ categories }: StaticAxis, value: PlotlyValue | undefined): number {
  if (categories !== null) return categories.indexOf(labelIn(value));
  return typeof value === "number" ? value : NaN;
}

function valuesOn(trace: PlotlyTrace, name: string): readonly PlotlyValue[] {
  const letter = name.startsWith("x") ? "x" : "y";
  const own = listIn(trace[letter]);
  if (trace.type === "violin") return letter === "x" ? [trace.name ?? ""] : own;
  const error = recordIn(trace[`error_${letter}`]);
  const [more, less] = [listIn(error.array), listIn(error.arrayminus ?? error.array)];
  const ends = own.flatMap((value, index) =>
    typeof value === "number" && more.length > 0
      ? [value + numberIn(more[index], 0), value - numberIn(less[index], 0)]
      : [],
  );
  return [...own, ...ends, ...(letter === "y" && trace.fill === "tozeroy" ? [0] : [])];
}

function categoriesOf(layout: PlotlyRecord, values: readonly PlotlyValue[]): readonly string[] | null {
  const isCategorical = layout.type === "category" || values.some((value) => typeof value === "string");
  if (!isCategorical) return null;
  const array = listIn(layout.categoryarray).map(labelIn);
  return [...new Set([...array, ...values.filter((value) => value !== null).map(labelIn)])];
}

function rangeOf(
  layout: PlotlyRecord,
  categories: readonly string[] | null,
  values: readonly PlotlyValue[],
  data: readonly PlotlyTrace[],
  name: string,
): readonly [number, number] {
  const given = pairIn(layout.range);
  if (given !== null) return given;
  const turned = (range: readonly [number, number]): readonly [number, number] =>
    layout.autorange === "reversed" ? [range[1], range[0]] : range;
  if (categories !== null) return turned([-0.5, categories.length - 0.5]);
  const finite = values.flatMap((value) =>
    typeof value === "number" && Number.isFinite(value) ? [value] : [],
  );
  let low = finite.reduce((least, value) => Math.min(least, value), Infinity);
  let high = finite.reduce((most, value) => Math.max(most, value), -Infinity);
  if (low > high) return [0, 1];
  if (layout.rangemode === "tozero") [low, high] = [Math.min(low, 0), Math.max(high, 0)];
  if (data.some((trace) => trace.type === "heatmap" && axesOf(trace).includes(name))) {
    const half = (high - low) / Math.max(1, new Set(finite).size - 1) / 2 || 0.5;
    return turned([low - half, high + half]);
  }
  const margin = 0.05 * (high - low) || 0.5 * Math.abs(high) || 1;
  const isFloor = layout.rangemode === "tozero" && low === 0;
  return turned([isFloor ? 0 : low - margin, high + margin]);
}

function ticksOf(
  layout: PlotlyRecord,
  range: readonly [number, number],
  categories: readonly string[] | null,
  wanted: number,
): StaticAxis["ticks"] {
  if (layout.showticklabels === false) return [];
  const [low, high] = [Math.min(...range), Math.max(...range)];
  const given = listIn(layout.tickvals);
  if (given.length > 0) {
    const texts = listIn(layout.ticktext);
    return given.flatMap((value, index) =>
      typeof value === "number" && value >= low && value <= high
        ? [{ value, text: labelIn(texts[index] ?? value) }]
        : [],
    );
  }
  if (categories !== null) return categories.map((text, value) => ({ value, text }));
  const step = niceStep((high - low) / wanted);
  const suffix = textIn(layout.ticksuffix);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const first = Math.ceil(low / step - 1e-9);
  return Array.from({ length: Math.max(0, Math.floor(high / step + 1e-9) - first + 1) }, (_, index) => {
    const value = (first + index) * step;
    return { value, text: tickText(value, step, digits) + suffix };
  });
}

function tickText(value: number, step: number, digits: number): string {
  if (Math.abs(value) < step / 1e6) return "0";
  const text = digits > 4 || Math.abs(value) >= 1e6 ? value.toExponential(1) : value.toFixed(digits);
  return text.replace("-", "−");
}

/** 1, 2 or 5 times a power of ten, no smaller than a number. */
function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * ([1, 2, 5, 10].find((each) => each * power >= rough * (1 - 1e-9)) ?? 10);
}
