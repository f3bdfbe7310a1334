import type { PlotlyTrace } from "../../figures/figure.js";
import { textWidth } from "../../figures/style/textWidth.js";
import type { StepRange } from "../state/steps.js";
import { numbersAt, recordAt, textAt } from "./plotlyValues.js";
import { listOf } from "./mapRows.js";

/** Share by which fonts of pages are wider than that of print. */
const wider = 1.15;

/**
 * Traces whose single texts end within the plot: of one that is too long for the room beside its point the numbers at its
 * end are left, which the axis and the page's key name.
 * @param width of the plot in pixels
 */
export function fittingTexts(
  data: readonly PlotlyTrace[],
  range: StepRange,
  width: number,
): readonly PlotlyTrace[] {
  const placeOf = (step: number): number => ((step - range[0]) / (range[1] - range[0])) * width;
  return data.map((trace) => {
    const [text, ...others] = listOf(trace.text);
    if (trace.mode !== "text" || typeof text !== "string" || others.length > 0) return trace;
    const place = placeOf(numbersAt(trace, "x")[0] ?? NaN);
    const room = textAt(trace, "textposition").endsWith("left") ? place : width - place;
    const size = numbersAt({ sizes: [recordAt(trace, "textfont").size ?? 12] }, "sizes")[0] ?? 12;
    if (wider * textWidth(text, size) <= room) return trace;
    const numbers = /−?[\d.]+ \[[^\]]*\]/.exec(text)?.[0] ?? "";
    const pad = text.startsWith(" ") ? ["  ", ""] : ["", "  "];
    return { ...trace, text: [`${pad[0] ?? ""}${numbers}${pad[1] ?? ""}`] };
  });
}
