import { withGaps, type PlotlyTrace } from "../figure.js";
import type { RunStyle } from "./runStyles.js";

/** Trace of a rate in percent along the steps, with a mark at each evaluated one. */
export function rateLine(
  steps: readonly number[],
  values: readonly number[],
  name: string,
  { color, dash, symbol }: RunStyle,
): PlotlyTrace {
  return {
    type: "scatter",
    mode: "lines+markers",
    name,
    legendgroup: name,
    x: steps,
    y: withGaps(values),
    line: { color: color, width: 2, dash },
    marker: { color: color, size: 5, symbol },
    hovertemplate: "%{y:.1f} %",
  };
}
