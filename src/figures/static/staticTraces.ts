import type { PlotlyRecord, PlotlyTrace, PlotlyValue } from "../figure.js";
import { textWidth } from "../style/textWidth.js";
import { at, listIn, numberIn, pairIn, recordIn, textIn, valueAt } from "../style/plotlyValues.js";
import { colorOn, type ColorScale } from "./staticColors.js";
import { linesHeight, linesSvg } from "./svgText.js";

/** Where values of the axes of a trace are drawn; NaN for a value that has no place. */
export interface StaticPlace {
  readonly x: (value: PlotlyValue | undefined) => number;
  readonly y: (value: PlotlyValue | undefined) => number;
  /** Place of zero on the y axis. */
  readonly zero: number;
  /** Factor on widths of lines and sizes of marks. */
  readonly scale: number;
  readonly ink: StaticInk;
}

/** Colours and size of what a figure's traces leave open. */
export interface StaticInk {
  readonly foreground: string;
  readonly muted: string;
  readonly background: string;
  /** Size of texts. */
  readonly size: number;
}

type Point = readonly [x: number, y: number];

/** Draws a trace as SVG. @param before points of the trace before it, which it may be filled down to */
export function traceSvg(
  trace: PlotlyTrace,
  place: StaticPlace,
  before: readonly Point[],
  scale: ColorScale | null,
): string {
  if (trace.type === "heatmap") return heatmapSvg(trace, place, scale);
  if (trace.type === "violin") return violinSvg(trace, place);
  const mode = textIn(trace.mode, "lines");
  const points = pointsOf(trace, place);
  const opacity = typeof trace.opacity === "number" ? ` opacity="${trace.opacity}"` : "";
  return `<g${opacity}>${[
    fillSvg(trace, points, before, place),
    ...errorsSvg(trace, points, place),
    ...(mode.includes("lines") ? curveSvg(trace, points, place) : []),
    ...(mode.includes("markers") ? marksSvg(trace, points, place, scale) : []),
  ].join("")}</g>`;
}

/** The points of a scatter trace in the picture; NaN in a gap. */
export function pointsOf(trace: PlotlyTrace, place: StaticPlace): Point[] {
  const [x, y] = [listIn(trace.x), listIn(trace.y)];
  return x.map((value, index) => [place.x(value), place.y(y[index])]);
}

/** Attributes of a line: its colour, width and dash. */
export function strokeOf(line: PlotlyRecord, scale: number, fallback: string): string {
  const dash = textIn(line.dash, "solid");
  const pattern = {
    solid: "",
    dash: "6 3",
    dot: "1.5 2.5",
    dashdot: "6 3 1.5 3",
    longdash: "10 3",
  } as const satisfies Record<string, string>;
  const known =
    dash in pattern
      ? Object.entries(pattern).find(([name]) => name === dash)?.[1]
      : dash.replaceAll("px", "").replaceAll(",", " ");
  const width = numberIn(line.width, 2) * scale;
  return `stroke="${textIn(line.color, fallback)}" stroke-width="${at(width)}"${known === undefined || known === "" ? "" : ` stroke-dasharray="${known}"`}`;
}

/** The mark of a symbol around a point; an open one is filled with the background. */
export function markSvg(
  symbol: string,
  [x, y]: Point,
  radius: number,
  { color, background }: { readonly color: string; readonly background: string },
): string {
  const isOpen = symbol.endsWith("-open");
  const paint = isOpen
    ? `fill="${background}" stroke="${color}" stroke-width="1"`
    : `fill="${color}" stroke="${color}" stroke-width="0.5"`;
  const [r, base] = [radius, symbol.replace("-open", "")];
  const polygon = (points: readonly Point[]): string =>
    `<polygon points="${points.map(([dx, dy]) => `${at(x + dx * r)},${at(y + dy * r)}`).join(" ")}" ${paint}/>`;
  if (base === "square")
    return polygon([
      [-0.9, -0.9],
      [0.9, -0.9],
      [0.9, 0.9],
      [-0.9, 0.9],
    ]);
  if (base === "diamond")
    return polygon([
      [0, -1.2],
      [1.2, 0],
      [0, 1.2],
      [-1.2, 0],
    ]);
  if (base === "triangle-up")
    return polygon([
      [0, -1.1],
      [1, 0.8],
      [-1, 0.8],
    ]);
  if (base === "triangle-down")
    return polygon([
      [0, 1.1],
      [1, -0.8],
      [-1, -0.8],
    ]);
  if (base === "cross" || base === "x" || base === "star") {
    return `<path d="M${at(x - r)} ${at(y - r)}L${at(x + r)} ${at(y + r)}M${at(x - r)} ${at(y + r)}L${at(x + r)} ${at(y - r)}" stroke="${color}" stroke-width="1.2" fill="none"/>`;
  }
  return `<circle cx="${at(x)}" cy="${at(y)}" r="${at(r)}" ${paint}/>`;
}

function curveSvg(trace: PlotlyTrace, points: readonly Point[], { scale }: StaticPlace): string[] {
  const line = recordIn(trace.line);
  if (line.width === 0) return [];
  const d = pathOf(points);
  return d === ""
    ? []
    : [`<path d="${d}" fill="none" ${strokeOf(line, scale, "#1a1a1a")} stroke-linejoin="round"/>`];
}

/** A path through points, broken at gaps. */
function pathOf(points: readonly Point[]): string {
  let isOpen = false;
  return points
    .map(([x, y]) => {
      const isThere = Number.isFinite(x) && Number.isFinite(y);
      const command = isThere ? `${isOpen ? "L" : "M"}${at(x)} ${at(y)}` : "";
      isOpen = isThere;
      return command;
    })
    .join("");
}

function fillSvg(
  trace: PlotlyTrace,
  points: readonly Point[],
  before: readonly Point[],
  { zero }: StaticPlace,
): string {
  const finite = points.filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y));
  const [first, last] = [finite[0], finite.at(-1)];
  if (first === undefined || last === undefined) return "";
  const back: readonly Point[] =
    trace.fill === "tonexty"
      ? before.filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y)).toReversed()
      : trace.fill === "tozeroy"
        ? [
            [last[0], zero],
            [first[0], zero],
          ]
        : [];
  if (back.length === 0) return "";
  return `<path d="${pathOf([...finite, ...back])}Z" ${fillOf(textIn(trace.fillcolor, "#cccccc80"))} stroke="none"/>`;
}

/** A fill with its opacity apart, which more readers of SVG know than #rrggbbaa. */
function fillOf(color: string): string {
  if (!/^#[0-9a-f]{8}$/i.test(color)) return `fill="${color}"`;
  return `fill="${color.slice(0, 7)}" fill-opacity="${at(parseInt(color.slice(7), 16) / 255)}"`;
}

function errorsSvg(trace: PlotlyTrace, points: readonly Point[], place: StaticPlace): string[] {
  return (["x", "y"] as const).flatMap((letter) => {
    const error = recordIn(trace[`error_${letter}`]);
    const more = listIn(error.array);
    const less = listIn(error.arrayminus ?? error.array);
    if (more.length === 0) return [];
    const color = textIn(error.color, textIn(recordIn(trace.marker).color, "#1a1a1a"));
    return listIn(trace[letter]).flatMap((value, index) => {
      const [x, y] = points[index] ?? [NaN, NaN];
      if (typeof value !== "number" || !Number.isFinite(x) || !Number.isFinite(y)) return [];
      const [high, low] = [value + numberIn(more[index], 0), value - numberIn(less[index], 0)];
      const d =
        letter === "x"
          ? `M${at(place.x(low))} ${at(y)}H${at(place.x(high))}`
          : `M${at(x)} ${at(place.y(low))}V${at(place.y(high))}`;
      return [`<path d="${d}" stroke="${color}" stroke-width="${at(1.2 * place.scale)}" fill="none"/>`];
    });
  });
}

function marksSvg(
  trace: PlotlyTrace,
  points: readonly Point[],
  { scale, ink }: StaticPlace,
  colors: ColorScale | null,
): string[] {
  const marker = recordIn(trace.marker);
  const opacity = typeof marker.opacity === "number" ? ` opacity="${marker.opacity}"` : "";
  const marks = points.flatMap((point, index) => {
    if (!Number.isFinite(point[0]) || !Number.isFinite(point[1])) return [];
    const own = valueAt(marker.color, index);
    const color =
      typeof own === "number" && colors !== null
        ? colorOn(colors, own)
        : textIn(own, textIn(recordIn(trace.line).color, ink.foreground));
    const size = numberIn(valueAt(marker.size, index), 6);
    return [
      markSvg(textIn(valueAt(marker.symbol, index), "circle"), point, (size * scale) / 2, {
        color,
        background: ink.background,
      }),
    ];
  });
  return marks.length === 0 ? [] : [`<g${opacity}>${marks.join("")}</g>`];
}

function heatmapSvg(trace: PlotlyTrace, place: StaticPlace, scale: ColorScale | null): string {
  const [x, y] = [listIn(trace.x), listIn(trace.y)];
  const [columns, rows] = [
    edgesOf(x.map((value) => place.x(value))),
    edgesOf(y.map((value) => place.y(value))),
  ];
  const words = textIn(trace.texttemplate) !== "";
  const cells = listIn(trace.z).flatMap((row, r) =>
    listIn(row).flatMap((value, c) => {
      const [left, right, top, bottom] = [columns[c], columns[c + 1], rows[r], rows[r + 1]];
      if (typeof value !== "number" || scale === null) return [];
      if (left === undefined || right === undefined || top === undefined || bottom === undefined) return [];
      const [w, h] = [Math.abs(right - left), Math.abs(bottom - top)];
      const rect = `<rect x="${at(Math.min(left, right))}" y="${at(Math.min(top, bottom))}" width="${at(w + 0.3)}" height="${at(h + 0.3)}" fill="${colorOn(scale, value)}"/>`;
      const text = words ? textIn(listIn(valueAt(trace.text, r))[c]) : "";
      const { size } = place.ink;
      // A text that its cell has no room for is left out: the table of the figure has it.
      const isRoom = textWidth(text, size) < w - 1 && linesHeight(1, size) < h;
      if (text === "" || !isRoom) return [rect];
      const color = textIn(recordIn(trace.textfont).color, contrasting(colorOn(scale, value)));
      const above = (top + bottom - linesHeight(1, size)) / 2;
      return [rect, linesSvg([text], (left + right) / 2, above, { size, color, anchor: "middle" })];
    }),
  );
  return `<g shape-rendering="crispEdges">${cells.join("")}</g>`;
}

/** Black or white, whichever is read better on a colour. */
function contrasting(color: string): string {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((start) =>
    parseInt(color.slice(start, start + 2), 16),
  );
  return 0.299 * red + 0.587 * green + 0.114 * blue > 140 ? "#1a1a1a" : "#ffffff";
}

/** Edges of cells around their centres, one more than there are centres. */
function edgesOf(centers: readonly number[]): number[] {
  const [first = 0, second = first + 10] = centers;
  const inner = centers.slice(1).map((center, index) => (center + (centers[index] ?? center)) / 2);
  const last = centers.at(-1) ?? first;
  return [
    first - (second - first) / 2,
    ...inner,
    last + (last - (centers.at(-2) ?? last - (second - first))) / 2,
  ];
}

/** A violin: the density of the values on either side, by Scott's rule, and their mean. */
function violinSvg(trace: PlotlyTrace, place: StaticPlace): string {
  const values = listIn(trace.y).flatMap((value) => (typeof value === "number" ? [value] : []));
  const center = place.x(trace.name);
  if (values.length === 0 || !Number.isFinite(center)) return "";
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const bandwidth = deviation * values.length ** -0.2 || 1;
  const levels = Array.from({ length: 41 }, (_, index) => low + (index / 40) * (high - low));
  const densities = levels.map((level) =>
    values.reduce((sum, value) => sum + Math.exp(-0.5 * ((level - value) / bandwidth) ** 2), 0),
  );
  const [most, width] = [Math.max(...densities), 14 * place.scale];
  const side = (sign: number): Point[] =>
    levels.map((level, index) => [center + (sign * width * (densities[index] ?? 0)) / most, place.y(level)]);
  const line = strokeOf(recordIn(trace.line), place.scale, "#1a1a1a");
  const y = at(place.y(mean));
  return (
    `<path d="${pathOf([...side(1), ...side(-1).toReversed()])}Z" ${fillOf(textIn(trace.fillcolor, "#cccccc80"))} ${line}/>` +
    `<path d="M${at(center - width)} ${y}H${at(center + width)}" ${line}/>`
  );
}

/** Range of the values that are coloured by a scale. */
export function colorRange(values: readonly PlotlyValue[], given: PlotlyRecord): readonly [number, number] {
  const numbers = values.flatMap((value) => (typeof value === "number" ? [value] : []));
  const wanted = pairIn([given.zmin ?? given.cmin ?? null, given.zmax ?? given.cmax ?? null]);
  if (wanted !== null) return wanted;
  return [
    numbers.reduce((least, value) => Math.min(least, value), Infinity),
    numbers.reduce((most, value) => Math.max(most, value), -Infinity),
  ];
}
