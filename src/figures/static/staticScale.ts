import type { PlotlyTrace } from "../figure.js";
import type { Box } from "../style/labelSpace.js";
import { at, recordIn } from "../style/plotlyValues.js";
import { textWidth } from "../style/textWidth.js";
import { coloredValues, colorScaleOf, type ColorScale } from "./staticColors.js";
import { colorRange, type StaticInk } from "./staticTraces.js";
import { linesHeight, linesOf, linesSvg, upwardLinesSvg } from "./svgText.js";

/** The scale of colours of some traces; null where none is coloured by values. */
export function scaleOf(data: readonly PlotlyTrace[]): ColorScale | null {
  const scales = data.map((trace) =>
    colorScaleOf(
      trace,
      colorRange(coloredValues(trace), trace.type === "heatmap" ? trace : recordIn(trace.marker)),
    ),
  );
  return scales.find((each) => each !== null) ?? null;
}

/** A scale beside a rectangle of some height: the room that it needs, and its drawing. */
export function scalePart(
  scale: ColorScale,
  height: number,
  { size, foreground, muted }: StaticInk,
  ids: string,
): { readonly room: number; readonly svg: (box: Box) => string } {
  const ticks = ticksOf(scale);
  const words = Math.max(...ticks.map(({ text }) => textWidth(text, size)));
  const title = linesOf(scale.title, height, { size });
  const left = 2.3 * size;
  const titleLeft = left + words + 0.4 * size;
  return {
    room: titleLeft + linesHeight(title.length, size) + 0.4 * size,
    svg: (box) => {
      const x = box.right + size;
      const length = box.bottom - box.top;
      const stops = scale.stops.map((stop) => `<stop offset="${at(stop.at)}" stop-color="${stop.color}"/>`);
      const texts = ticks.map(({ share, text }) => {
        const middle = box.bottom - share * length;
        const top = Math.min(
          Math.max(middle - linesHeight(1, size) / 2, box.top - 0.3 * size),
          box.bottom - 0.9 * size,
        );
        return linesSvg([text], box.right + left, top, { size, color: muted });
      });
      return (
        `<linearGradient id="scale${ids}" x1="0" y1="1" x2="0" y2="0">${stops.join("")}</linearGradient>` +
        `<rect x="${at(x)}" y="${at(box.top)}" width="${at(size)}" height="${at(length)}" fill="url(#scale${ids})"/>${texts.join("")}` +
        upwardLinesSvg(title, box.right + titleLeft, (box.top + box.bottom) / 2, { size, color: foreground })
      );
    },
  };
}

/** Ticks of a scale: those that are given, else its ends and its middle. */
function ticksOf({
  range: [low, high],
  given,
}: ColorScale): { readonly share: number; readonly text: string }[] {
  const shareOf = (value: number): number => (high > low ? (value - low) / (high - low) : 0.5);
  if (given.length > 0)
    return given
      .map(({ value, text }) => ({ share: shareOf(value), text }))
      .filter(({ share }) => share >= 0 && share <= 1);
  const values = high > low ? [low, (low + high) / 2, high] : [low];
  return values.map((value) => ({
    share: shareOf(value),
    text: String(Number(value.toPrecision(3))).replace("-", "−"),
  }));
}
