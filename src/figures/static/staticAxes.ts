import type { PlotlyRecord, PlotlyTrace, PlotlyValue } from "../figure.js";
import { labelIn, listIn, numberIn, pairIn, recordIn, textIn } from "../style/plotlyValues.js";

/** An axis of a static picture: a range of numbers, of their logarithms or of places of categories. */
export interface StaticAxis {
  readonly name: string;
  readonly layout: PlotlyRecord;
  /** Range of places; the first is drawn left or at the bottom. */
  readonly range: readonly [number, number];
  /** Categories in their order; null on an axis of numbers. */
  readonly categories: readonly string[] | null;
  /** True where places are logarithms to the base 10. */
  readonly isLog: boolean;
}

/** A tick: its place on the axis, and what it says. */
export interface Tick {
  readonly value: number;
  readonly text: string;
}

/** Names of the axes that a trace is drawn on: `x` and `y`, or `y2`. */
export function axesOf(trace: PlotlyTrace): readonly [string, string] {
  return [textIn(trace.xaxis, "x"), textIn(trace.yaxis, "y")];
}

/** Tells whether an axis is a horizontal one. */
export function isHorizontal({ name }: Pick<StaticAxis, "name">): boolean {
  return name.startsWith("x");
}

/** The axes that traces are drawn on, with their ranges. */
export function staticAxes(data: readonly PlotlyTrace[], layout: PlotlyRecord): StaticAxis[] {
  const names = [...new Set(["x", "y", ...data.flatMap((trace) => axesOf(trace))])];
  return names.map((name) => {
    const own = recordIn(layout[`${name.charAt(0)}axis${name.slice(1)}`]);
    const values = data.flatMap((trace) => (axesOf(trace).includes(name) ? valuesOn(trace, name) : []));
    const categories = categoriesOf(own, values);
    const isLog = own.type === "log" && categories === null;
    return {
      name,
      layout: own,
      categories,
      isLog,
      range: rangeOf({ layout: own, categories, isLog, name }, values, data),
    };
  });
}

/** Place of a value on an axis: the number, its logarithm, or the place of a category; NaN where it has none. */
export function placeOn(
  { categories, isLog }: Pick<StaticAxis, "categories" | "isLog">,
  value: PlotlyValue | undefined,
): number {
  if (categories !== null) return categories.indexOf(labelIn(value));
  if (typeof value !== "number") return NaN;
  return isLog ? (value > 0 ? Math.log10(value) : NaN) : value;
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
  axis: Omit<StaticAxis, "range">,
  values: readonly PlotlyValue[],
  data: readonly PlotlyTrace[],
): readonly [number, number] {
  const { layout, categories, isLog, name } = axis;
  const given = pairIn(layout.range);
  if (given !== null) return given;
  const turned = (range: readonly [number, number]): readonly [number, number] =>
    layout.autorange === "reversed" ? [range[1], range[0]] : range;
  if (categories !== null) return turned([-0.5, categories.length - 0.5]);
  const finite = values.map((value) => placeOn(axis, value)).filter(Number.isFinite);
  let low = finite.reduce((least, value) => Math.min(least, value), Infinity);
  let high = finite.reduce((most, value) => Math.max(most, value), -Infinity);
  if (low > high) return [0, 1];
  const isFromZero = layout.rangemode === "tozero" && !isLog;
  if (isFromZero) [low, high] = [Math.min(low, 0), Math.max(high, 0)];
  if (data.some((trace) => trace.type === "heatmap" && axesOf(trace).includes(name))) {
    const half = (high - low) / Math.max(1, new Set(finite).size - 1) / 2 || 0.5;
    return turned([low - half, high + half]);
  }
  const margin = 0.05 * (high - low) || 0.5 * Math.abs(high) || 1;
  return turned([isFromZero && low === 0 ? 0 : low - margin, high + margin]);
}

/**
 * Ticks of an axis: those that its layout gives, one a category, or about as many nice numbers as are wanted.
 * @param wanted number of ticks on an axis of numbers
 */
export function ticksOf({ layout, range, categories, isLog }: StaticAxis, wanted: number): readonly Tick[] {
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
  const suffix = textIn(layout.ticksuffix);
  const ticks = isLog ? logTicks(low, high, wanted) : linearTicks(low, high, wanted);
  return ticks.map(({ value, text }) => ({ value, text: text + suffix }));
}

function linearTicks(low: number, high: number, wanted: number): Tick[] {
  const step = niceStep((high - low) / wanted);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const first = Math.ceil(low / step - 1e-9);
  return Array.from({ length: Math.max(0, Math.floor(high / step + 1e-9) - first + 1) }, (_, index) => {
    const value = (first + index) * step;
    return { value, text: tickText(value, step, digits) };
  });
}

/** Ticks at powers of ten, and at 2 and 5 times them where there are few; evenly apart on less than half a power. */
function logTicks(low: number, high: number, wanted: number): Tick[] {
  if (high - low < 0.5) {
    return linearTicks(10 ** low, 10 ** high, wanted)
      .filter(({ value }) => value > 0)
      .map(({ value, text }) => ({ value: Math.log10(value), text }));
  }
  const stride = Math.max(1, Math.ceil((high - low) / wanted));
  const factors = high - low <= wanted / 3 ? [1, 2, 5] : [1];
  const powers = Array.from(
    { length: Math.floor(high) - Math.floor(low) + 1 },
    (_, index) => Math.floor(low) + index,
  );
  return powers
    .filter((power) => power % stride === 0)
    .flatMap((power) => factors.map((factor) => ({ power, factor, value: power + Math.log10(factor) })))
    .filter(({ value }) => value >= low - 1e-9 && value <= high + 1e-9)
    .map(({ power, factor, value }) => ({ value, text: powerText(factor, power) }));
}

function powerText(factor: number, power: number): string {
  if (Math.abs(power) <= 3) return String(Number((factor * 10 ** power).toPrecision(3)));
  const raised = Array.from(String(power), (sign) => superscripts["-0123456789".indexOf(sign)] ?? "").join(
    "",
  );
  return `${factor === 1 ? "" : `${factor}·`}10${raised}`;
}

const superscripts = ["⁻", "⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"] as const;

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
