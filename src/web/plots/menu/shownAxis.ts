import type { PlotlyRecord, PlotlyTrace } from "../../../figures/figure.js";
import type { AxisLook } from "../../state/axisLook.js";
import { numbersAt, recordAt, textAt } from "../plotlyValues.js";

/** Tells whether the values of a figure can be drawn on an axis of logarithms: it has numbers, and none below zero. */
export function canBeLog(data: readonly PlotlyTrace[]): boolean {
  const values = data.filter(isOnFirst).flatMap((trace) => numbersAt(trace, "y"));
  return values.some((value) => value > 0) && !values.some((value) => value < 0);
}

/** A layout whose value axis is drawn as the reader wants it. */
export function withLook(layout: PlotlyRecord, data: readonly PlotlyTrace[], look: AxisLook): PlotlyRecord {
  const isLog = look.isLog && canBeLog(data);
  if (!isLog && look.low === null && look.high === null) return layout;
  const axis = recordAt(layout, "yaxis");
  const values = data
    .filter(isOnFirst)
    .flatMap((trace) => numbersAt(trace, "y").filter((y) => !isLog || y > 0));
  const [own, ends] = [numbersAt(axis, "range"), extremes(values)];
  const low = look.low ?? (isLog ? ends[0] / 1.3 : (own[0] ?? ends[0]));
  const high = look.high ?? (isLog ? ends[1] * 1.3 : (own[1] ?? ends[1]));
  const range = isLog ? [Math.log10(Math.max(low, Number.MIN_VALUE)), Math.log10(high)] : [low, high];
  // What a figure sets for its own range would stand at odd places on another.
  const free = { tickmode: undefined, tick0: undefined, dtick: undefined, rangemode: undefined };
  return {
    ...layout,
    yaxis: { ...axis, ...(isLog ? { ...free, type: "log" } : {}), range, autorange: false },
  };
}

function isOnFirst(trace: PlotlyTrace): boolean {
  return trace.type === "scatter" && textAt(trace, "yaxis", "y") === "y";
}

function extremes(values: readonly number[]): readonly [number, number] {
  const [low, high] = values
    .filter(Number.isFinite)
    .reduce(([least, most], value) => [Math.min(least, value), Math.max(most, value)], [Infinity, -Infinity]);
  return low > high ? [0, 1] : [low, high];
}
