import type { PlotlyRecord } from "../../figures/figure.js";
import type { ServedIndicator, ServedReport, ServedTransition } from "../../server/schemas/report.js";
import { recordsAt } from "./plotlyValues.js";

/** A transition with the letter that marks it in the figures, and what that stands for. */
export interface DrawnTransition extends ServedTransition {
  readonly letter: string;
  readonly words: string;
}

/** The words of an indicator; its name where the report does not know it. */
export function indicatorWords(indicators: readonly ServedIndicator[], name: string): string {
  return indicators.find((each) => each.name === name)?.words ?? name;
}

/**
 * Transitions that the page's figures draw: of the first adapter, or of the whole update of many, and at the factor that
 * stands for the run.
 */
export function drawnTransitions(report: ServedReport): readonly DrawnTransition[] {
  const { adapters, whole, usualScale, transitions, indicators } = report;
  const adapter = (whole ?? adapters[0])?.name;
  return transitions
    .filter((each) => each.adapter === undefined || each.adapter === adapter)
    .filter(({ scale }) => scale === undefined || usualScale === null || scale === usualScale)
    .map((each) => {
      const { letter, words } = indicators.find(({ name }) => name === each.indicator) ?? {};
      return { ...each, letter: letter ?? each.indicator, words: words ?? each.indicator };
    })
    .toSorted((one, other) => one.step - other.step);
}

/** Parts of a transition that a figure draws. */
type Mark = Pick<DrawnTransition, "letter" | "step" | "interval">;

/** A layout without the bands, ticks and letters of transitions whose letters are hidden. */
export function withoutHidden(
  layout: PlotlyRecord,
  transitions: readonly Mark[],
  hidden: ReadonlySet<string>,
): PlotlyRecord {
  if (hidden.size === 0) return layout;
  const gone = transitions.filter((each) => hidden.has(each.letter));
  const kept = transitions.filter((each) => !gone.includes(each));
  const marks = (list: readonly Mark[], { x0, x1 }: PlotlyRecord): boolean =>
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
