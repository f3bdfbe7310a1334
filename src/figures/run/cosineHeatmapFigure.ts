import type { Analysis } from "../../analysis/analysisRecord.js";
import { baseLayout, stepAxis, axis } from "../style/baseLayout.js";
import { choosePath, type AdapterFigureOptions } from "./chooseAdapter.js";
import { rangeWords, stepRangeWords, withGaps, type Figure } from "../figure.js";
import { palette } from "../style/palette.js";

/** Draws the cosine of B, or of ΔW of a whole model, between every two steps as a map. Null when no adapter was kept. */
export function cosineHeatmapFigure(analysis: Analysis, options: AdapterFigureOptions = {}): Figure | null {
  const drawn = choosePath(analysis, options);
  if (drawn === null) return null;
  const { symbol, of, words, path } = drawn;
  const { steps, values, every } = path.pairwiseCosine;
  const all = values.flatMap((row) => row.filter((value) => Number.isFinite(value)));
  const lowest = all.reduce((least, value) => Math.min(least, value), 1);
  const title = `Cosine of ${of}, step by step`;
  return {
    data: [
      {
        type: "heatmap",
        name: "cosine",
        x: steps,
        y: steps,
        z: values.map((row) => withGaps(row)),
        // Perceptually even and readable without colour vision.
        colorscale: "Cividis",
        zmin: Math.floor(10 * lowest) / 10,
        zmax: 1,
        hoverongaps: false,
        hovertemplate: "step %{y} with step %{x}: %{z:.3f}<extra></extra>",
        colorbar: { title: { text: "cosine", side: "right" }, thickness: 12 },
      },
    ],
    layout: baseLayout(
      title,
      {
        xaxis: stepAxis(null, options, { constrain: "domain" }),
        yaxis: axis("optimiser step", options, { scaleanchor: "x", constrain: "domain" }),
      },
      options,
      { hovermode: "closest", showlegend: false, plot_bgcolor: palette(options.theme).band },
    ),
    meta: {
      title,
      caption:
        `Cosine of ${symbol} between ${stepRangeWords(steps)}` +
        (every > 1 ? ` (one stored step in ${every})` : "") +
        `; ${words}. Colours from ${(Math.floor(10 * lowest) / 10).toFixed(1).replace("-", "−")} to 1; not defined where ${symbol} is zero.`,
      summary: `Cosines between steps range ${rangeWords(all).replace(/, last.*/, "")}.`,
      formula: "cos(v_s, v_t) = v_s·v_t / (‖v_s‖·‖v_t‖)",
      caveat: "A block pattern alone is no transition: slow drift makes blocks as well.",
      source: "Turncoat; the quantity of 2506.11613, section 4, for all pairs of steps",
      table: {
        columns: ["step", ...steps.map(String)],
        rows: values.map((row, index) => [steps[index] ?? null, ...withGaps(row)]),
      },
    },
  };
}
