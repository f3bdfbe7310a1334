import { dashPatterns, palette } from "./palette.js";
import type { FigureOptions } from "../figure.js";

/** Style of a run wherever it is drawn. */
export interface RunStyle {
  readonly color: string;
  /** Lengths of strokes and gaps in pixels, as plotly takes them; "solid" without gaps. */
  readonly dash: string;
  /** Plotly's name of the marker. */
  readonly symbol: string;
}

const symbols = ["circle", "square", "diamond", "triangle-up", "x", "star"] as const;

/**
 * The style of the run at a place in a comparison. Six places differ in colour, dash and marker; those after them
 * repeat the colours with the dashes moved on by one, so that no two of thirty-six are alike.
 */
export function runStyle(place: number, options: FigureOptions = {}): RunStyle {
  const colors = palette(options.theme).runs;
  const [round, within] = [Math.floor(place / colors.length), place % colors.length];
  const pattern = (within + round) % dashPatterns.length;
  return {
    color: colors[within] ?? palette(options.theme).foreground,
    dash: dashPatterns[pattern] ?? "solid",
    symbol: symbols[pattern] ?? "circle",
  };
}
