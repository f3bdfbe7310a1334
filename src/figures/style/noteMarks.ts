import { freeHeights } from "./freeHeights.js";
import type { Figure, FigureOptions, PlotlyRecord } from "../figure.js";
import { palette } from "./palette.js";
import { listIn, pairIn, recordIn } from "./plotlyValues.js";

/** Note at a step. */
export interface NoteMark {
  readonly step: number;
  readonly text: string;
}

/** Most characters of a note that stand in the plot; the caption has all. */
const shown = 32;
/** Share of the step axis that a character takes: some six of a thousand pixels. */
const characterShare = 0.0065;

/**
 * Adds notes to a figure over the steps: a dotted line at each step, its text beside it where the fewest points are,
 * and all texts in the caption.
 */
export function withNotes(figure: Figure, notes: readonly NoteMark[], options: FigureOptions = {}): Figure {
  if (notes.length === 0) return figure;
  const { foreground, muted } = palette(options.theme);
  const lines = notes.map(({ step }): PlotlyRecord => ({
    type: "line",
    xref: "x",
    yref: "paper",
    x0: step,
    x1: step,
    y0: 0,
    y1: 1,
    line: { color: muted, width: 1, dash: "dot" },
  }));
  const [low, high] = pairIn(recordIn(figure.layout.xaxis).range) ?? [0, Infinity];
  const isLate = (step: number): boolean => step > low + 0.75 * (high - low);
  const stretches = notes.map(({ step, text }): [number, number] => {
    const length = Math.min(shown, text.length) * characterShare * (high - low);
    return isLate(step) ? [step - length, step] : [step, step + length];
  });
  const heights = freeHeights(figure, stretches);
  const texts = notes.map(({ step, text }, index): PlotlyRecord => ({
    x: step,
    xref: "x",
    y: heights[index] ?? 0.02,
    yref: "paper",
    xanchor: isLate(step) ? "right" : "left",
    yanchor: "bottom",
    text: plotText(text),
    showarrow: false,
    font: { size: 12, color: foreground },
    hovertext: plotText(text, Infinity),
  }));
  const { layout, meta } = figure;
  const words = notes.map(({ step, text }) => `step ${step}, “${text}”`).join("; ");
  return {
    ...figure,
    layout: {
      ...layout,
      shapes: [...listIn(layout.shapes), ...lines],
      annotations: [...listIn(layout.annotations), ...texts],
    },
    meta: { ...meta, caption: `${meta.caption} Notes: ${words}.` },
  };
}

/** Escapes and shortens a reader's words for plotly, which would read markup in them. */
function plotText(text: string, length = shown): string {
  const short = text.length > length ? `${text.slice(0, length - 1)}…` : text;
  return short.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
