import { usualTransitions } from "../../analysis/usualTransitions.js";
import type { Analysis } from "../../analysis/analysisRecord.js";
import { compModulesWords } from "../../analysis/geometry/compRecord.js";
import { indicatorsIn } from "../../analysis/transitions/events.js";
import { axis, stepLayout } from "../style/baseLayout.js";
import { rangeWords, stepRangeWords, tableOf, withGaps, type Figure, type FigureOptions } from "../figure.js";
import { palette } from "../style/palette.js";
import { transitionBands } from "../style/transitionBands.js";

/**
 * Draws the comp score: the similarity of the stack of several adapters with its final state, for B with both
 * de-meanings and for ΔW (2506.11613, section 4.3 and appendix G.1). Null with one adapter.
 */
export function compFigure(analysis: Analysis, options: FigureOptions = {}): Figure | null {
  const { comp } = analysis;
  if (comp === null) return null;
  const written = analysis.adapters[0]?.A === null ? "v" : "B";
  const candidates = [
    [`${written}, de-meaned at each step`, comp.B?.perStep],
    [`${written}, de-meaned by module`, comp.B?.perModule],
    ["ΔW, de-meaned at each step", comp.deltaW?.perStep],
  ] as const;
  const curves = candidates.flatMap(([name, series]) => (series === undefined ? [] : [{ name, series }]));
  const [first] = curves;
  if (first === undefined) return null;
  const colors = palette(options.theme);
  const dashes = ["solid", "dash", "dot"] as const;
  const indicators = indicatorsIn("comp");
  const title = `Several ${written === "v" ? "vectors" : "adapters"} compared with their final state`;
  const ceilings = curves.map(({ name, series }) => `${name} ${series.selfComparison.toFixed(3)}`).join("; ");
  const modules = comp.leftOut.length === 0 ? "" : ` It is of ${compModulesWords(comp)}.`;
  const degenerate =
    comp.modules.length === 2
      ? " Of two modules, de-meaned at each step, one is the negative of the other: the score is 1 whatever they do."
      : "";
  return {
    data: curves.map(({ name, series }, index) => ({
      type: "scatter",
      mode: "lines",
      name,
      x: series.steps,
      y: withGaps(series.values),
      line: { color: colors.series[index % 3], width: 2, dash: dashes[index % 3] },
      hovertemplate: "%{y:.3f}",
    })),
    layout: stepLayout(
      title,
      analysis,
      axis("comp with the final step", options, { rangemode: "tozero" }),
      options,
      { ...transitionBands(usualTransitions(analysis), indicators, options) },
    ),
    meta: {
      title,
      caption:
        `comp of ${comp.modules.length} ${written === "v" ? "vectors" : "modules"} at ${stepRangeWords(first.series.steps)} with step ${first.series.referenceStep}, which is left out. ` +
        `The last step compared with itself: ${ceilings}.${modules}${degenerate}`,
      summary: `comp of ${first.name} goes ${rangeWords(first.series.values)}.`,
      formula: "‖XᵀY‖_F / (‖X‖_F ‖Y‖_F), one row a module",
      caveat:
        "The curve ends at the last step's comparison with itself, which is below 1, whatever happens: its approach is no evidence of convergence.",
      source: "2506.11613, section 4.3 and appendix G.1; the second de-meaning is that of the published code",
      table: tableOf({
        step: first.series.steps,
        ...Object.fromEntries(curves.map(({ name, series }) => [name, series.values])),
      }),
    },
  };
}
