import type { PhaseTransition, TransitionIndicator } from "../../analysis/transitions/detectors.js";
import { eventLetter, eventWords } from "../../analysis/transitions/events.js";
import type { FigureOptions, PlotlyRecord } from "../figure.js";
import { palette } from "./palette.js";

/**
 * The transitions of some indicators as plotly shapes (a band for the interval, a tick for the estimate) and
 * annotations (the indicator's letter). They are those of one factor on the adapter.
 */
export function transitionBands(
  transitions: readonly PhaseTransition[],
  indicators: readonly TransitionIndicator[],
  options: FigureOptions = {},
): { readonly shapes: readonly PlotlyRecord[]; readonly annotations: readonly PlotlyRecord[] } {
  const colors = palette(options.theme);
  const shown = transitions.filter((each) => indicators.includes(each.indicator));
  const shapes = shown.flatMap((each): PlotlyRecord[] => {
    const color = each.indicator === "behavior" ? colors.misaligned : colors.foreground;
    return [
      {
        type: "rect",
        xref: "x",
        yref: "paper",
        x0: each.interval[0],
        x1: each.interval[1],
        y0: 0,
        y1: 1,
        fillcolor: each.indicator === "behavior" ? colors.misaligned : colors.control,
        opacity: 0.15,
        layer: "below",
        line: { width: 0 },
      },
      {
        type: "line",
        xref: "x",
        yref: "paper",
        x0: each.step,
        x1: each.step,
        y0: 0.94,
        y1: 1,
        line: { color: color, width: 2 },
      },
    ];
  });
  // Each letter a line lower than the one before, so that neighbouring events stay legible.
  const annotations = shown.map((each, index) => ({
    x: each.step,
    xref: "x",
    y: 0.94,
    yshift: -13 * index,
    yref: "paper",
    yanchor: "top",
    text: eventLetter(each.indicator),
    showarrow: false,
    font: {
      size: 12,
      color: each.indicator === "behavior" ? colors.misalignedText : colors.foreground,
    },
    hovertext: `${eventWords(each.indicator, each.adapter)}: step ${each.step} [${each.interval[0]}, ${each.interval[1]}]`,
  }));
  return { shapes, annotations };
}

/** "E: broad behaviour turns at step 81 [76, 86]." for the caption; empty when nothing shown turns. */
export function transitionCaption(
  transitions: readonly PhaseTransition[],
  indicators: readonly TransitionIndicator[],
): string {
  return transitions
    .filter((each) => indicators.includes(each.indicator))
    .map((each) => {
      const [low, high] = each.interval.map((bound) => Number(bound.toFixed(1)));
      return ` ${eventLetter(each.indicator)}: ${eventWords(each.indicator, each.adapter)} at step ${each.step} [${low ?? NaN}, ${high ?? NaN}].`;
    })
    .join("");
}
