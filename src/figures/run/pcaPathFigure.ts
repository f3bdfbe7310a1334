import type { Analysis } from "../../analysis/analysisRecord.js";
import { nearestStep } from "../../analysis/series/stepSeries.js";
import { eventLetter, eventWords, indicatorsIn } from "../../analysis/transitions/events.js";
import { axis, baseLayout } from "../style/baseLayout.js";
import { pathLabelSides, type PathPoint } from "./pathLabels.js";
import { choosePath, type AdapterFigureOptions, type PathFactor } from "./chooseAdapter.js";
import { stepRangeWords, tableOf, withGaps, type Figure, type PlotlyTrace } from "../figure.js";
import { palette } from "../style/palette.js";
import { transitionWords } from "../style/transitionBands.js";

/** Size of the mark of an event, and most steps that are labelled. */
const [eventSize, mostLabels] = [14, 8] as const;
/** In the order of the indicators that the path shows. */
const symbols = ["diamond-open", "square-open", "circle-open"] as const;

export interface PcaPathFigureOptions extends AdapterFigureOptions {
  /** Factor of the adapter, or the whole update of a run with many. @default "B", of a run with many "ΔW" */
  readonly factor?: PathFactor;
  /**
   * Label the first stored step at or after every multiple of this, where the label has room.
   * @default a round number that makes eight labels or fewer
   */
  readonly labelEvery?: number;
}

/**
 * Draws the path of B (or A, or ΔW of a whole model) in its first two principal components, coloured by step, on equal axes: unequal ones make
 * a bend look sharper than it is (2506.11613, figure 8). Null when nothing can be decomposed.
 */
export function pcaPathFigure(analysis: Analysis, options: PcaPathFigureOptions = {}): Figure | null {
  const drawn = choosePath(analysis, options);
  const record = drawn?.path.pca ?? null;
  if (drawn === null || record === null) return null;
  const { factor, symbol, of, words } = drawn;
  const colors = palette(options.theme);
  const { steps, scores, explainedVarianceRatio } = record;
  const x = scores.map((row) => row[0] ?? NaN);
  const y = scores.map((row) => row[1] ?? NaN);
  const labelEvery = options.labelEvery ?? usualDistance(steps);
  const title = `Path of ${of} in its principal components`;
  const known = indicatorsIn("pca-path");
  const marked = factor === "A" ? indicatorsIn("pca-path-a") : known;
  const turns = drawn.transitions
    .filter((each) => marked.includes(each.indicator))
    .map((turn) => ({ turn, place: steps.indexOf(nearestStep(steps, turn.step)) }));
  const path = x.map((value, place): PathPoint => [value, y[place] ?? NaN]);
  // The end of a path is asked for most.
  const every = labeledPlaces(steps, labelEvery);
  const labeled = [...every.slice(-1), ...every.slice(0, -1)];
  const atPlace = (place: number): PathPoint => path[place] ?? [NaN, NaN];
  // Letters choose first: a step that is not labelled can be told from its neighbours.
  const sides = pathLabelSides(path, [
    ...turns.map(({ turn, place }) => ({
      at: atPlace(place),
      text: eventLetter(turn.indicator),
      radius: eventSize / 2,
    })),
    ...labeled.map((place) => ({ at: atPlace(place), text: String(steps[place] ?? "") })),
  ]);
  const sideOf = new Map(labeled.map((place, index) => [place, sides[turns.length + index] ?? null]));
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
      text: steps.map((step, place) => ((sideOf.get(place) ?? null) === null ? "" : String(step))),
      textposition: steps.map((_, place) => sideOf.get(place) ?? "top center"),
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
  for (const [index, { turn, place }] of turns.entries()) {
    const within = steps.flatMap((step, at) =>
      turn.interval[0] <= step && step <= turn.interval[1] ? [at] : [],
    );
    data.push({
      type: "scatter",
      mode: "lines",
      name: `${eventLetter(turn.indicator)}, interval`,
      x: withGaps(within.map((at) => x[at] ?? NaN)),
      y: withGaps(within.map((at) => y[at] ?? NaN)),
      line: { color: turn.indicator === "behavior" ? colors.misaligned : colors.control, width: 9 },
      opacity: 0.3,
      hoverinfo: "skip",
      showlegend: false,
    });
    data.push({
      type: "scatter",
      mode: "markers+text",
      name: `${eventLetter(turn.indicator)}: ${eventWords(turn.indicator, turn.adapter)}`,
      x: withGaps([x[place] ?? NaN]),
      y: withGaps([y[place] ?? NaN]),
      text: [eventLetter(turn.indicator)],
      textposition: sides[index] ?? "bottom center",
      marker: {
        symbol: symbols[known.indexOf(turn.indicator) % symbols.length],
        size: eventSize,
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
        `${stepRangeWords(steps)} of ${symbol} (${words}), columns centred, not scaled; PC1 ${percents[0] ?? ""} and PC2 ${percents[1] ?? ""} of the variance over all components. ` +
        `Equal axis scales; every ${labelEvery}th step labelled where there is room; ${factor === "ΔW" ? "signs are arbitrary" : "the loading of largest magnitude is positive"}.` +
        (turns.length === 0
          ? ""
          : ` Thick: the interval of a transition.${turns.map(({ turn }) => ` ${eventLetter(turn.indicator)}: ${transitionWords(turn)}.`).join("")}`),
      summary: `The first two components hold ${percents.join(" and ")} of the variance of the path of ${symbol}.`,
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

/** 1, 2 or 5 times a power of ten: so many steps apart that a run has few labels. */
function usualDistance(steps: readonly number[]): number {
  const rough = Math.max(1, ((steps.at(-1) ?? 0) - (steps[0] ?? 0)) / mostLabels);
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
}

/** Places of the steps to label: the first stored one at or after every multiple. */
function labeledPlaces(steps: readonly number[], every: number): number[] {
  let due = -Infinity;
  return steps.flatMap((step, place) => {
    if (step < due) return [];
    due = (Math.floor(step / every) + 1) * every;
    return [place];
  });
}
