import type { Analysis } from "../../analysis/analysisRecord.js";
import { indicatorsIn } from "../../analysis/transitions/events.js";
import { axis, stepLayout } from "../style/baseLayout.js";
import type { UpdateAnalysis } from "../../analysis/geometry/adapterRecord.js";
import type { StepSeries } from "../../analysis/series/stepSeries.js";
import type { PhaseTransition } from "../../analysis/transitions/detectors.js";
import {
  adapterWords,
  chooseAdapter,
  choosePath,
  factorOf,
  transitionsOfAdapter,
  type AdapterFigureOptions,
  type DrawnPath,
} from "./chooseAdapter.js";
import { rangeWords, stepRangeWords, tableOf, withGaps, type Figure, type FigureOptions } from "../figure.js";
import { palette } from "../style/palette.js";
import { transitionBands } from "../style/transitionBands.js";

/**
 * Draws the cosine of A and of B to their last stored vectors; of a run with many adapters that of ΔW of the whole
 * update. Null when no adapter was kept.
 */
export function cosineToFinalFigure(analysis: Analysis, options: AdapterFigureOptions = {}): Figure | null {
  const drawn = choosePath(analysis, options);
  if (drawn?.factor === "ΔW") return drawnUpdateCosine(analysis, drawn, options);
  const adapter = chooseAdapter(analysis, options.adapter);
  if (adapter === undefined) return null;
  const { A, B } = adapter;
  const of = analysis.whole === null ? "" : ` of ${factorOf(analysis, "A and B", adapter)}`;
  const written = A === null ? "v" : "B";
  return (
    drawn &&
    cosineFigure(analysis, options, {
      title: `Cosine to the final direction${of}`,
      words: adapterWords(adapter),
      undefinedWhere: `${written} is zero`,
      transitions: transitionsOfAdapter(analysis, adapter),
      curves: [
        { name: written, series: B.cosineToFinal },
        ...(A === null ? [] : [{ name: "A", series: A.cosineToFinal }]),
      ],
    })
  );
}

/** Draws the cosine of ΔW to its last stored state, of a whole update or of a part of it. */
export function drawnUpdateCosine(
  analysis: Analysis,
  { of, path, words, transitions }: DrawnPath<Pick<UpdateAnalysis, "cosineToFinal">>,
  options: FigureOptions = {},
): Figure {
  return cosineFigure(analysis, options, {
    title: `Cosine of ${of} to its final state`,
    words,
    undefinedWhere: "ΔW is zero",
    transitions,
    curves: [{ name: "ΔW", series: path.cosineToFinal }],
  });
}

interface CosinesDrawn {
  readonly title: string;
  readonly words: string;
  readonly undefinedWhere: string;
  readonly transitions: readonly PhaseTransition[];
  /** The first is the one that the summary speaks of. */
  readonly curves: readonly { readonly name: string; readonly series: StepSeries }[];
}

function cosineFigure(
  analysis: Analysis,
  options: FigureOptions,
  { title, words, undefinedWhere, transitions, curves }: CosinesDrawn,
): Figure {
  const { mechanism, mechanismSecond } = palette(options.theme);
  const indicators = indicatorsIn("cosine-to-final");
  const finite = curves.flatMap(({ series }) => series.values.filter((value) => Number.isFinite(value)));
  const lowest = finite.reduce((least, value) => Math.min(least, value), 0);
  const [first] = curves;
  const steps = first?.series.steps ?? [];
  return {
    data: curves.map(({ name, series }, index) => ({
      type: "scatter",
      mode: "lines",
      name,
      x: series.steps,
      y: withGaps(series.values),
      line: index === 0 ? { color: mechanism, width: 2 } : { color: mechanismSecond, width: 2, dash: "dash" },
      hovertemplate: "%{y:.3f}",
    })),
    layout: stepLayout(
      title,
      analysis,
      axis("cosine to the last stored step", options, { range: [lowest - 0.05, 1.05] }),
      options,
      { ...transitionBands(transitions, indicators, options) },
    ),
    meta: {
      title,
      caption: `Cosine to the ${first?.name === "ΔW" ? "ΔW" : "vector"} of step ${steps.at(-1) ?? NaN}, at ${stepRangeWords(steps)} (${words}); not defined where ${undefinedWhere}.`,
      summary: `The cosine of ${first?.name ?? ""} to its final direction goes ${rangeWords(first?.series.values ?? [])}.`,
      formula: "cos(v_t, v_T) with T the last stored step",
      caveat: "The curve must end at 1 whatever happens: its approach to 1 is no evidence of convergence.",
      source:
        "Turncoat; not in 2506.11613, which compares with the final step only for nine adapters (section 4.3)",
      table: tableOf({
        step: steps,
        ...Object.fromEntries(
          curves.toReversed().map(({ name, series }) => [`cos(${name}, final)`, series.values]),
        ),
      }),
    },
  };
}
