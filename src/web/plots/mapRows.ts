import type { PlotlyTrace, PlotlyValue } from "../../figures/figure.js";
import type { Curve } from "./curve.js";
import { numbersAt, recordAt } from "./plotlyValues.js";

/** A colour of a scale from 0 to 1. */
export interface Stop {
  readonly at: number;
  readonly color: string;
}

/**
 * Named rows of a map over the steps, as curves for the readout, the upper ones first. The data of a cell are its
 * layer, its step and its interval.
 */
export function mapRows(trace: PlotlyTrace): Curve[] {
  if (trace.type !== "heatmap" || trace.customdata === undefined) return [];
  const [values, cells] = [listOf(trace.z), listOf(trace.customdata)];
  const steps = numbersAt(trace, "x");
  const named = new Set(numbersAt(recordAt(trace, "meta"), "named"));
  const colorOf = colorScale(trace);
  const rows = cells.flatMap((row, index): Curve[] => {
    if (!named.has(index)) return [];
    const own = listOf(row).map((cell) => listOf(cell).map(numberOf));
    const found = listOf(values[index]).map(numberOf);
    const name = `layer ${own[0]?.[0] ?? index}`;
    return [
      {
        name,
        key: name,
        color: "none",
        dash: "solid",
        isArea: true,
        steps,
        values: new Map(steps.map((step, column) => [step, found[column] ?? NaN])),
        intervals: new Map(steps.map((step, column) => [step, boundsOf(own[column])])),
        format: (value) => value.toFixed(2),
        colorOf,
      },
    ];
  });
  return rows.reverse();
}

/** Traces with maps that lack plotly's own bars, which would take the width that all plots share. */
export function withoutBars(data: readonly PlotlyTrace[]): PlotlyTrace[] {
  return data.map((trace) => (trace.type === "heatmap" ? { ...trace, showscale: false } : trace));
}

/** Colour that a map gives to a value, between the nearest stops of its scale. */
function colorScale(trace: PlotlyTrace): (value: number) => string {
  const stops = stopsOf(trace);
  const [low, high] = [numberOf(trace.zmin), numberOf(trace.zmax)];
  return (value) => {
    const at = Math.min(1, Math.max(0, (value - low) / (high - low)));
    const above = stops.find((stop) => stop.at >= at);
    const below = stops.findLast((stop) => stop.at <= at);
    if (above === undefined || below === undefined) return "none";
    const share = above.at === below.at ? 0 : (100 * (at - below.at)) / (above.at - below.at);
    return share === 0 ? below.color : `color-mix(in srgb, ${above.color} ${share}%, ${below.color})`;
  };
}

/** Stops of a map's scale, in increasing order. */
export function stopsOf({ colorscale }: PlotlyTrace): Stop[] {
  return listOf(colorscale).flatMap((stop): Stop[] => {
    const [at, color] = listOf(stop);
    return typeof at === "number" && typeof color === "string" ? [{ at, color }] : [];
  });
}

function boundsOf(cell: readonly number[] | undefined): readonly [number, number] {
  return [cell?.[2] ?? NaN, cell?.[3] ?? NaN];
}

/** A value that is a list, else an empty one. */
export function listOf(value: PlotlyValue | undefined): readonly PlotlyValue[] {
  const isList = (candidate: PlotlyValue | undefined): candidate is readonly PlotlyValue[] =>
    Array.isArray(candidate);
  return isList(value) ? value : [];
}

function numberOf(value: PlotlyValue | undefined): number {
  return typeof value === "number" ? value : NaN;
}
