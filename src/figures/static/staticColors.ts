import type { PlotlyRecord, PlotlyTrace, PlotlyValue } from "../figure.js";
import { labelIn, listIn, recordIn, textIn } from "../style/plotlyValues.js";

/** Colours over a range of values, at increasing places from 0 to 1. */
export interface ColorScale {
  readonly range: readonly [number, number];
  readonly stops: readonly { readonly at: number; readonly color: string }[];
  /** What the colours say. */
  readonly title: string;
  /** Values that are named beside the colours; none where that is left open. */
  readonly given: readonly { readonly value: number; readonly text: string }[];
}

const viridis = [
  "#440154",
  "#472d7b",
  "#3b528b",
  "#2c728e",
  "#21918c",
  "#28ae80",
  "#5ec962",
  "#addc30",
  "#fde725",
];

/** The scale that a trace's values are coloured by; null where it has none. */
export function colorScaleOf(trace: PlotlyTrace, range: readonly [number, number]): ColorScale | null {
  const marker = trace.type === "heatmap" ? trace : recordIn(trace.marker);
  const given = listIn(marker.colorscale).flatMap((stop) => {
    const [place, color] = listIn(stop);
    return typeof place === "number" && typeof color === "string" ? [{ at: place, color }] : [];
  });
  const isNamed = textIn(marker.colorscale) !== "";
  if (given.length === 0 && !isNamed && trace.type !== "heatmap") return null;
  const stops =
    given.length > 0 ? given : viridis.map((color, index) => ({ at: index / (viridis.length - 1), color }));
  const bar = recordIn(marker.colorbar);
  return { range, stops, title: textIn(recordIn(bar.title).text), given: givenTicks(bar) };
}

/** Ticks that the bar of a scale gives. */
function givenTicks(bar: PlotlyRecord): { readonly value: number; readonly text: string }[] {
  const texts = listIn(bar.ticktext);
  return listIn(bar.tickvals).flatMap((value, index) =>
    typeof value === "number" ? [{ value, text: labelIn(texts[index] ?? value) }] : [],
  );
}

/** Values that a trace colours. */
export function coloredValues(trace: PlotlyTrace): readonly PlotlyValue[] {
  if (trace.type === "heatmap") return listIn(trace.z).flatMap((row) => listIn(row));
  return listIn(recordIn(trace.marker).color);
}

/** The colour of a value, between the colours beside it. */
export function colorOn({ range: [low, high], stops }: ColorScale, value: number): string {
  const share = high > low ? Math.min(1, Math.max(0, (value - low) / (high - low))) : 0.5;
  const next = stops.findIndex((stop) => stop.at >= share);
  const [left, right] = [stops[Math.max(0, next - 1)], stops[Math.max(0, next)]];
  if (left === undefined || right === undefined) return "#808080";
  const weight = right.at > left.at ? (share - left.at) / (right.at - left.at) : 0;
  const channel = (start: number): string => {
    const [one, other] = [left.color, right.color].map((color) =>
      parseInt(color.slice(start, start + 2), 16),
    );
    return Math.round((1 - weight) * (one ?? 0) + weight * (other ?? 0))
      .toString(16)
      .padStart(2, "0");
  };
  return `#${channel(1)}${channel(3)}${channel(5)}`;
}
