import type { PlotlyRecord, PlotlyTrace } from "../figure.js";
import { at, numberIn, recordIn, textIn, valueAt } from "../style/plotlyValues.js";
import type { EventKey } from "../style/eventKeys.js";
import { textWidth } from "../style/textWidth.js";
import { markSvg, strokeOf, type StaticInk } from "./staticTraces.js";
import { flowed, linesSvg } from "./svgText.js";

/** Something with room of its own above or below a figure's rectangle. */
export interface StaticPart {
  readonly height: number;
  /** Draws it with its top left corner there. */
  readonly svg: (left: number, top: number) => string;
}

/** The legend of traces: entries beside each other in as many rows as they need. */
export function legendPart(
  data: readonly PlotlyTrace[],
  layout: PlotlyRecord,
  width: number,
  ink: StaticInk,
): StaticPart {
  const { size, foreground } = ink;
  const named =
    layout.showlegend === false
      ? []
      : data.filter(({ name, showlegend }) => name !== undefined && showlegend !== false);
  const { places, height } = flowed(
    named.map((trace) => ({ trace, lead: 2.4 * size, text: trace.name ?? "" })),
    width,
    size,
  );
  return {
    height,
    svg: (left, top) =>
      places
        .map((place) => {
          const middle = top + place.top + 0.6 * size;
          return (
            swatchSvg(place.item.trace, left + place.left, middle, ink) +
            linesSvg(place.lines, left + place.left + place.item.lead, top + place.top, {
              size,
              color: foreground,
            })
          );
        })
        .join(""),
  };
}

/** A piece of a trace as it is drawn. */
function swatchSvg(
  trace: PlotlyTrace,
  left: number,
  middle: number,
  { size, foreground, background }: StaticInk,
): string {
  const mode = textIn(trace.mode, "lines");
  const marker = recordIn(trace.marker);
  const line = recordIn(trace.line);
  const color = textIn(valueAt(marker.color, 0), textIn(line.color, foreground));
  const isLine = mode.includes("lines") && numberIn(line.width, 2) > 0;
  const isArea = trace.type === "violin" || (trace.fill !== undefined && !isLine);
  return [
    isArea ? patch(trace, left, middle, size) : "",
    isLine
      ? `<path d="M${at(left)} ${at(middle)}h${at(2 * size)}" ${strokeOf(line, 0.85, foreground)} fill="none"/>`
      : "",
    mode.includes("markers")
      ? markSvg(textIn(valueAt(marker.symbol, 0), "circle"), [left + size, middle], 0.3 * size, {
          color,
          background,
        })
      : "",
  ].join("");
}

/** A patch in the colour that a trace fills with. */
function patch(trace: PlotlyTrace, left: number, middle: number, size: number): string {
  const color = textIn(trace.fillcolor, "#cccccc").slice(0, 7);
  return `<rect x="${at(left)}" y="${at(middle - 0.3 * size)}" width="${at(2 * size)}" height="${at(0.6 * size)}" fill="${color}"/>`;
}

/** The key of the events' letters: what each stands for, with its step and interval. */
export function keyPart(
  events: readonly EventKey[],
  width: number,
  { size, foreground }: StaticInk,
): StaticPart {
  const { places, height } = flowed(
    events.map(({ letter, words }) => ({
      letter,
      text: words,
      lead: textWidth(letter, size, "bold") + 0.5 * size,
    })),
    width,
    size,
  );
  return {
    height,
    svg: (left, top) =>
      places
        .map(({ item, lines, ...place }) => {
          const [x, y] = [left + place.left, top + place.top];
          return (
            linesSvg([item.letter], x, y, { size, color: foreground, weight: "bold" }) +
            linesSvg(lines, x + item.lead, y, { size, color: foreground })
          );
        })
        .join(""),
  };
}
