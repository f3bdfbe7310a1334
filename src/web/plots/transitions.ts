import type { PhaseTransition, TransitionIndicator } from "../../analysis/transitions/phaseTransition.js";
import type { PlotlyRecord } from "../../figures/figure.js";
import type { ServedReport } from "../../server/schemas/report.js";
import { recordsAt } from "./plotlyValues.js";

/** The letter that marks an indicator in the figures, and what it stands for. */
export const indicatorWords: Readonly<Record<TransitionIndicator, readonly [letter: string, words: string]>> =
  {
    behavior: ["E", "broad behaviour turns"],
    narrowBehavior: ["N", "narrow behaviour turns"],
    gradientNorm: ["G", "gradient norm peaks"],
    normGrowth: ["W", "‖B‖ grows fastest"],
    rotation: ["R", "direction of B turns"],
    pcaCorner: ["P", "path of B has a corner"],
    compBend: ["C", "comp score bends"],
    distributionChange: ["D", "distribution of answers changes most"],
  };

/** Transitions that the page's figures draw: of the first adapter and of the adapter as trained. */
export function drawnTransitions(report: ServedReport): readonly PhaseTransition[] {
  const { adapters, scales, transitions } = report;
  const adapter = adapters[0]?.name;
  const scale = scales.includes(1) ? 1 : scales[0];
  return transitions
    .filter((each) => each.adapter === undefined || each.adapter === adapter)
    .filter((each) => each.scale === undefined || each.scale === scale)
    .toSorted((one, other) => one.step - other.step);
}

/** Layout without the bands, ticks and letters of transitions whose letters are hidden. */
export function withoutHidden(
  layout: PlotlyRecord,
  transitions: readonly PhaseTransition[],
  hidden: ReadonlySet<string>,
): PlotlyRecord {
  if (hidden.size === 0) return layout;
  const gone = transitions.filter((each) => hidden.has(indicatorWords[each.indicator][0]));
  const kept = transitions.filter((each) => !gone.includes(each));
  const marks = (list: readonly PhaseTransition[], { x0, x1 }: PlotlyRecord): boolean =>
    list.some(
      ({ step, interval }) => (x0 === step && x1 === step) || (x0 === interval[0] && x1 === interval[1]),
    );
  return {
    ...layout,
    shapes: recordsAt(layout, "shapes").filter((shape) => !marks(gone, shape) || marks(kept, shape)),
    annotations: recordsAt(layout, "annotations").filter(
      ({ text }) => typeof text !== "string" || !hidden.has(text),
    ),
  };
}
