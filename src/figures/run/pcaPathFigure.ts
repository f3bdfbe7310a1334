import type { Analysis } from "../../analysis/analysisRecord.js";
import { nearestStep } from "../../analysis/series/stepSeries.js";
import { eventLetter, eventWords, indicatorsIn } from "../../analysis/transitions/events.js";
import { axis, baseLayout } from "../style/baseLayout.js";
import { choosePath, type AdapterFigureOptions, type PathFactor } from "./chooseAdapter.js";
import { stepRangeWords, tableOf, withGaps, type Figure, type PlotlyTrace } from "../figure.js";
import { palette } from "../style/palette.js";
import { transitionCaption } from "../style/transitionBands.js";

const letterPositions = ["bottom center", "middle right", "middle left"] as const;
/** In the order of the indicators that the path shows. */
const symbols = ["diamond-open", "square-open", "circle-open"] as const;

export interface PcaPathFigureOptions extends AdapterFigureOptions {
  /** Factor of the adapter, or the whole update of a run with many. @default "B", of a run with many "ΔW" */
  readonly factor?: PathFactor;
  /** Label the first stored step at or after every multiple of this. @default 20 */
  readonly labelEvery?: number;
}

/**
 * Draws the path of B (or A, or ΔW of a whole model) in its first two principal components, coloured by step, on equal axes: unequal ones make
 * a bend look sharper than it is (2506.11613, figure 8). Null when nothing can be decomposed.
 */
export function pcaPathFigure(analysis: Analysis, options: PcaPathFigureOptions = {}): Figure | null {
  const { labelEvery = 20 } = options;
  const drawn = choosePath(analysis, options);
  const record = drawn?.path.pca ?? null;
  if (drawn === null || record === null) return null;
  const { factor, of, words } = drawn;
  const colors = palette(options.theme);
  const { steps, scores, explainedVarianceRatio } = record;
  const x = scores.map((row) => row[0] ?? NaN);
  const y = scores.map((row) => row[1] ?? NaN);
  const labels = labeledSteps(steps, labelEvery);
  const title = `Path of ${of} in its principal components`;
  const data: PlotlyTrace[] = [
    {
      type: "scatter",
      mode: "lines",
      name: "path",
      x: withGaps(x),
      y: withGaps(y),
      line: { color: colors.underlay, width: 1 },
      hoverinfo: "skip",
      showlegend: false,
    },
    {
      type: "scatter",
      mode: "markers+text",
      name: "step",
      x: withGaps(x),
      y: withGaps(y),
      text: steps.map((step) => (labels.has(step) ? String(step) : "")),
      textposition: "top center",
      textfont: { size: 12, color: colors.muted },
      customdata: steps,
      marker: {
        color: steps,
        colorscale: "Viridis",
        size: 6,
        colorbar: { title: { text: "step", side: "right" }, thickness: 12 },
      },
      hovertemplate: "step %{customdata}<extra></extra>",
      showlegend: false,
    },
  ];
  const known = indicatorsIn("pca-path");
  const marked = factor === "A" ? indicatorsIn("pca-path-a") : known;
  const turns = drawn.transitions.filter((each) => marked.includes(each.indicator));
  for (const [index, turn] of turns.entries()) {
    const position = steps.indexOf(nearestStep(steps, turn.step));
    const within = steps.flatMap((step, place) =>
      turn.interval[0] <= step && step <= turn.interval[1] ? [place] : [],
    );
    data.push({
      type: "scatter",
      mode: "lines",
      name: `${eventLetter(turn.indicator)}, interval`,
      x: withGaps(within.map((place) => x[place] ?? NaN)),
      y: withGaps(within.map((place) => y[place] ?? NaN)),
      line: { color: turn.indicator === "behavior" ? colors.misaligned : colors.control, width: 9 },
      opacity: 0.3,
      hoverinfo: "skip",
      showlegend: false,
    });
    data.push({
      type: "scatter",
      mode: "markers+text",
      name: `${eventLetter(turn.indicator)}: ${eventWords(turn.indicator, turn.adapter)}`,
      x: [x[position] ?? null],
      y: [y[position] ?? null],
      text: [eventLetter(turn.indicator)],
      // Each letter at another side, so that neighbouring events stay legible.
      textposition: letterPositions[index % letterPositions.length],
      marker: {
        symbol: symbols[known.indexOf(turn.indicator) % symbols.length],
        size: 14,
        color: turn.indicator === "behavior" ? colors.misaligned : colors.foreground,
        line: { width: 2 },
      },
      hovertemplate: `${eventWords(turn.indicator, turn.adapter)}, step ${turn.step}<extra></extra>`,
    });
  }
  const percents = explainedVarianceRatio
    .slice(0, 2)
    .map((ratio) => (Number.isFinite(ratio) ? `${(100 * ratio).toFixed(1)} %` : "–"));
  return {
    data,
    layout: baseLayout(
      title,
      {
        xaxis: axis(`PC1 (${percents[0] ?? "–"} of the variance)`, options),
        yaxis: axis(`PC2 (${percents[1] ?? "–"} of the variance)`, options, {
          scaleanchor: "x",
          scaleratio: 1,
        }),
      },
      options,
      { hovermode: "closest" },
    ),
    meta: {
      title,
      caption:
        `${stepRangeWords(steps)} of ${factor} (${words}), columns centred, not scaled; PC1 ${percents[0] ?? ""} and PC2 ${percents[1] ?? ""} of the variance over all components. ` +
        `Equal axis scales; every ${labelEvery}th step labelled; ${factor === "ΔW" ? "signs are arbitrary" : "the loading of largest magnitude is positive"}.` +
        (turns.length === 0
          ? ""
          : ` Thick: the interval of a transition.${transitionCaption(turns, marked)}`),
      summary: `The first two components hold ${percents.join(" and ")} of the variance of the path of ${factor}.`,
      formula: "centred rows X = UΣVᵀ; scores UΣ; ratio σ_i² / Σσ²",
      caveat:
        "A smoothly growing path alone has a curved second component: a bend in this plot is no transition by itself. Compare the local cosine similarity.",
      source: "2506.11613, figure 8",
      // All components that were kept, for drawings in three dimensions.
      table: tableOf({
        step: steps,
        ...Object.fromEntries(
          explainedVarianceRatio.map((_, component) => [
            `PC${component + 1}`,
            scores.map((row) => row[component] ?? NaN),
          ]),
        ),
      }),
    },
  };
}

/** Steps to label: the first stored one at or after every multiple. */
function labeledSteps(steps: readonly number[], every: number): ReadonlySet<number> {
  const labeled = new Set<number>();
  let due = -Infinity;
  for (const step of steps) {
    if (step < due) continue;
    labeled.add(step);
    due = (Math.floor(step / every) + 1) * every;
  }
  return labeled;
}
