import type { PlotlyRecord, PlotlyValue } from "../figure.js";
import { eventMark } from "./eventKeys.js";
import { sideBySide } from "./labelSpace.js";
import { listIn, numberIn, pairIn, recordIn, textIn } from "./plotlyValues.js";
import { textWidth } from "./textWidth.js";

/** Width of a plot that letters of events are set apart for where it is not known, and width of a letter, in pixels. */
const [usualWidth, letterWidth] = [640, 12] as const;

/**
 * Annotations of which the letters of events stand side by side, each as near to its step as that allows.
 * @param width of the plot in pixels
 */
export function lettersApart(
  annotations: PlotlyValue | undefined,
  xaxis: PlotlyRecord,
  width: number = usualWidth,
): PlotlyRecord[] {
  const notes = listIn(annotations).map(recordIn);
  const range = pairIn(xaxis.range);
  if (range === null) return notes;
  const placeOf = ({ x }: PlotlyRecord): number =>
    ((numberIn(x, NaN) - range[0]) / (range[1] - range[0])) * width;
  const letters = notes.filter(
    (note) => note.name === eventMark && placeOf(note) >= 0 && placeOf(note) <= width,
  );
  const widest = Math.max(letterWidth, ...letters.map(({ text }) => 4 + textWidth(textIn(text), 12)));
  const places = sideBySide(letters.map(placeOf), widest, width);
  const shifts = new Map(letters.map((note, index) => [note, (places[index] ?? 0) - placeOf(note)]));
  return notes.map((note) => {
    const xshift = shifts.get(note);
    return xshift === undefined ? note : { ...note, xshift: Math.round(xshift) };
  });
}
