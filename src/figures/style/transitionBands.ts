import type { PhaseTransition, TransitionIndicator } from "../../analysis/transitions/detectors.js";
import { eventLetter, eventWords } from "../../analysis/transitions/events.js";
import type { FigureOptions, PlotlyRecord } from "../figure.js";
import { eventMark } from "./eventKeys.js";
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
  const annotations = shown.map((each) => ({
    name: eventMark,
    x: each.step,
    xref: "x",
    y: 1,
    yref: "paper",
    yanchor: "bottom",
    text: eventLetter(each.indicator),
    showarrow: false,
    font: {
      size: 12,
      color: each.indicator === "behavior" ? colors.misalignedText : colors.foreground,
    },
    hovertext: transitionWords(each),
  }));
  return { shapes, annotations };
}

/** A transition in words, such as "broad behaviour turns at step 81 [76, 86]". */
export function transitionWords({ indicator, adapter, step, interval }: PhaseTransition): string {
  const bounds = interval.map((bound) => Number(bound.toFixed(1))).join(", ");
  return `${eventWords(indicator, adapter)} at step ${step} [${bounds}]`;
}
