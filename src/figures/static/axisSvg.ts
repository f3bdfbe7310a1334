import type { Box } from "../style/labelSpace.js";
import { at, escaped, textIn } from "../style/plotlyValues.js";
import { isHorizontal } from "./staticAxes.js";
import { endsOf, tickGap, titleGap, type LaidAxis } from "./staticFrame.js";
import type { StaticInk } from "./staticTraces.js";
import { linesHeight, linesSvg, upwardLinesSvg } from "./svgText.js";

/** Draws the lines of an axis across the rectangle. */
export function gridSvg({ axis, ticks }: LaidAxis, box: Box): string {
  if (axis.layout.showgrid === false || axis.layout.overlaying !== undefined) return "";
  const color = textIn(axis.layout.gridcolor, "#e6e6e6");
  const lines = ticks.map(({ place }) =>
    isHorizontal(axis)
      ? `M${at(place)} ${at(box.top)}V${at(box.bottom)}`
      : `M${at(box.left)} ${at(place)}H${at(box.right)}`,
  );
  return `<path d="${lines.join("")}" stroke="${color}" stroke-width="0.5" fill="none"/>`;
}

/** Draws an axis: its line, the texts of its ticks and its title. */
export function axisSvg(laid: LaidAxis, box: Box, ink: StaticInk): string {
  return isHorizontal(laid.axis) ? horizontalSvg(laid, box, ink) : verticalSvg(laid, box, ink);
}

function horizontalSvg(
  { axis, ticks, isUpward, title, tickRoom }: LaidAxis,
  box: Box,
  { size, foreground, muted }: StaticInk,
): string {
  const color = textIn(axis.layout.linecolor, muted);
  const top = box.bottom + tickGap.x * size;
  const texts = ticks.map(({ place, lines }) =>
    isUpward
      ? `<text transform="translate(${at(place + 0.345 * size)} ${at(top)}) rotate(-90)" text-anchor="end" font-size="${at(size)}" fill="${color}">${escaped(lines[0] ?? "")}</text>`
      : linesSvg(lines, place, top, { size, color, anchor: "middle" }),
  );
  const titleTop = tickRoom === 0 ? box.bottom + titleGap * size : top + tickRoom + titleGap * size;
  return (
    `<path d="M${at(box.left)} ${at(box.bottom)}H${at(box.right)}" stroke="${color}" stroke-width="0.75"/>${texts.join("")}` +
    linesSvg(title, (box.left + box.right) / 2, titleTop, { size, color: foreground, anchor: "middle" })
  );
}

function verticalSvg(
  { axis, ticks, title, tickRoom }: LaidAxis,
  box: Box,
  { size, foreground, muted }: StaticInk,
): string {
  const color = textIn(axis.layout.linecolor, muted);
  const [start, end] = endsOf(axis, box);
  const isRight = axis.layout.side === "right";
  const x = isRight ? box.right : box.left;
  const textX = x + (isRight ? 1 : -1) * tickGap.y * size;
  const texts = ticks.map(({ place, lines }) =>
    linesSvg(lines, textX, place - linesHeight(lines.length, size) / 2, {
      size,
      color,
      anchor: isRight ? "start" : "end",
    }),
  );
  const away = tickGap.y * size + tickRoom + titleGap * size;
  const titleLeft = isRight ? x + away : x - away - linesHeight(title.length, size);
  return (
    `<path d="M${at(x)} ${at(start)}V${at(end)}" stroke="${color}" stroke-width="0.75"/>${texts.join("")}` +
    upwardLinesSvg(title, titleLeft, (start + end) / 2, { size, color: foreground })
  );
}
