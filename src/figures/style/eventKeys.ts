import type { PlotlyRecord } from "../figure.js";
import { listIn, recordIn, textIn } from "./plotlyValues.js";

/** Name of the annotations that are letters of events: they stand above the plot, side by side. */
export const eventMark = "event";

/** An event that a figure marks: its letter, and what that stands for. */
export interface EventKey {
  readonly letter: string;
  /** Such as "broad behaviour turns at step 81 [76, 86]". */
  readonly words: string;
}

/** The events that a layout marks with letters above the plot, in the order of their steps. */
export function eventKeys({ annotations }: PlotlyRecord): EventKey[] {
  return listIn(annotations)
    .map(recordIn)
    .filter(({ name }) => name === eventMark)
    .toSorted((one, other) => Number(one.x) - Number(other.x))
    .map(({ text, hovertext }) => ({ letter: textIn(text), words: textIn(hovertext) }));
}

/** The events of a layout in words, for a caption: "E: broad behaviour turns at step 81 [76, 86]."; empty without any. */
export function eventCaption(layout: PlotlyRecord): string {
  return eventKeys(layout)
    .map(({ letter, words }) => ` ${letter}: ${words}.`)
    .join("");
}
