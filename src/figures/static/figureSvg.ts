import type { Figure, PlotlyRecord, PlotlyTrace } from "../figure.js";
import { axesOf, placeOn, staticAxes, type StaticAxis } from "./staticAxes.js";
import { coloredValues, colorScaleOf, type ColorScale } from "./staticColors.js";
import { at, escaped, listIn, numberIn, pairIn, recordIn, textIn, valueAt } from "./plotlyValues.js";
import { colorRange, markSvg, pointsOf, strokeOf, traceSvg, type StaticPlace } from "./staticTraces.js";

/** Widths of pictures in print, in millimetres: one column and two. */
export const svgWidths = { column: 85, page: 178 } as const;

/** Size of a picture. */
export interface SvgOptions {
  /** Width: one column of a journal (85 mm) or the page (178 mm). @default "page" */
  readonly width?: keyof typeof svgWidths;
  /** Height in millimetres. @default 62 in a column, 90 on the page, more where the figure asks for it */
  readonly height?: number;
  /** Ending of the ids inside, for pictures that share a document. @default none */
  readonly ids?: string;
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** CSS pixels of a millimetre. */
const pixelsOfMillimeter = 96 / 25.4;

/**
 * Draws a figure as SVG without a browser: the same traces and axes as Plotly draws, in a size for print, with text as
 * text. Its title and summary are there for screen readers.
 */
export function figureSvg(figure: Figure, options: SvgOptions = {}): string {
  const { width: name = "page", ids = "" } = options;
  const size = name === "column" ? 8.5 : 10;
  const millimeters = svgWidths[name];
  const height = options.height ?? usualHeight(figure, name);
  const [w, h] = [millimeters * pixelsOfMillimeter, height * pixelsOfMillimeter];
  const { data, layout, meta } = figure;
  const drawn = data.filter((trace) => trace.visible !== false && trace.visible !== "legendonly");
  const shown = { ...figure, data: drawn };
  const axes = staticAxes(shown, { x: name === "column" ? 5 : 9, y: 5 });
  const legend = legendRows(drawn, layout, w - 2 * size, size);
  const scale =
    drawn
      .map((trace) => colorScaleOf(trace, colorRange(coloredValues(trace), scaleRecord(trace))))
      .find((each) => each !== null) ?? null;
  const box = fitted(plotBox(axes, { w, h, size, legend: legend.length, hasScale: scale !== null }), axes);
  // Equal units on both axes can leave room below.
  const cut = box.bottom + 3.6 * size;
  const place = placer(axes, box, name === "column" ? 0.7 : 0.85);
  let before: ReturnType<typeof pointsOf> = [];
  const traces = drawn.map((trace) => {
    const spot = place(...axesOf(trace));
    const text = traceSvg(trace, spot, before, scale);
    before = trace.type === "scatter" ? pointsOf(trace, spot) : [];
    return text;
  });
  const background = textIn(layout.plot_bgcolor, "#ffffff");
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${millimeters}mm" height="${at(cut / pixelsOfMillimeter)}mm" viewBox="0 0 ${at(w)} ${at(cut)}" role="img" font-family="Helvetica, Arial, sans-serif" font-size="${size}" fill="#1a1a1a">`,
    `<title>${escaped(meta.title)}</title><desc>${escaped(`${meta.summary} ${meta.caption}`)}</desc>`,
    `<rect width="100%" height="100%" fill="${textIn(layout.paper_bgcolor, "#ffffff")}"/>`,
    `<text x="${size}" y="${at(1.6 * size)}" font-size="${at(1.15 * size)}">${escaped(meta.title)}</text>`,
    ...legend.map((row, index) => legendSvg(row, (3 + 1.5 * index) * size, size)),
    `<rect x="${at(box.left)}" y="${at(box.top)}" width="${at(box.right - box.left)}" height="${at(box.bottom - box.top)}" fill="${background}"/>`,
    `<clipPath id="plot${ids}"><rect x="${at(box.left)}" y="${at(box.top - 1)}" width="${at(box.right - box.left)}" height="${at(box.bottom - box.top + 2)}"/></clipPath>`,
    ...axes.map((axis) => gridSvg(axis, box)),
    `<g clip-path="url(#plot${ids})">${shapesSvg(layout, place, box).join("")}${traces.filter((_, index) => drawn[index]?.cliponaxis !== false).join("")}</g>`,
    ...traces.filter((_, index) => drawn[index]?.cliponaxis === false),
    ...axes.map((axis) => axisSvg(axis, box, size)),
    ...annotationsSvg(layout, place, box, size),
    ...(scale === null ? [] : [scaleSvg(scale, box, size, ids)]),
    "</svg>\n",
  ].join("\n");
}

function usualHeight({ layout }: Figure, name: keyof typeof svgWidths): number {
  const wanted = numberIn(layout.height, 0) * 0.2;
  const isTall =
    recordIn(layout.yaxis).scaleanchor !== undefined || recordIn(layout.yaxis2).domain !== undefined;
  const usual = name === "column" ? (isTall ? 85 : 62) : isTall ? 130 : 90;
  return Math.max(usual, wanted);
}

function scaleRecord(trace: PlotlyTrace): PlotlyRecord {
  return trace.type === "heatmap" ? trace : recordIn(trace.marker);
}

/** The rectangle that is drawn in, once texts have their room. */
function plotBox(
  axes: readonly StaticAxis[],
  { w, h, size, legend, hasScale }: { w: number; h: number; size: number; legend: number; hasScale: boolean },
): Box {
  const isRight = ({ name, layout }: StaticAxis): boolean => name.startsWith("y") && layout.side === "right";
  const room = (which: readonly StaticAxis[]): number => {
    const longest = Math.max(0, ...which.flatMap(({ ticks }) => ticks.map(({ text }) => text.length)));
    return which.length === 0 ? size : Math.min(0.4 * w, 0.55 * size * longest) + 3 * size;
  };
  const ys = axes.filter(({ name }) => name.startsWith("y"));
  return {
    left: room(ys.filter((axis) => !isRight(axis))),
    right: w - room(ys.filter(isRight)) - (hasScale ? 5 * size : 0),
    top: (2.8 + 1.5 * legend) * size,
    bottom: h - 3.6 * size,
  };
}

/** A smaller rectangle where both axes must have the same unit. */
function fitted(box: Box, axes: readonly StaticAxis[]): Box {
  const [x, y] = ["x", "y"].map((name) => axes.find((axis) => axis.name === name));
  if (x === undefined || y?.layout.scaleanchor === undefined) return box;
  const [spanX, spanY] = [x, y].map(({ range }) => Math.abs(range[1] - range[0]));
  const unit = Math.min((box.right - box.left) / (spanX ?? 1), (box.bottom - box.top) / (spanY ?? 1));
  return { ...box, right: box.left + unit * (spanX ?? 1), bottom: box.top + unit * (spanY ?? 1) };
}

type Placer = (x: string, y: string) => StaticPlace;

function placer(axes: readonly StaticAxis[], box: Box, scale: number): Placer {
  const along = (name: string): ((value: number) => number) => {
    const axis = axes.find((each) => each.name === name);
    if (axis === undefined) return () => NaN;
    const { range } = axis;
    const [start, end] = ends(axis, box);
    return (value) => start + ((value - range[0]) / (range[1] - range[0])) * (end - start);
  };
  return (x, y) => {
    const [ofX, ofY] = [x, y].map((name) => axes.find((each) => each.name === name));
    const [alongX, alongY] = [along(x), along(y)];
    return {
      x: (value) => (ofX === undefined ? NaN : alongX(placeOn(ofX, value))),
      y: (value) => (ofY === undefined ? NaN : alongY(placeOn(ofY, value))),
      zero: alongY(0),
      scale,
    };
  };
}

/** Where an axis starts and ends in the picture. */
function ends({ name, layout }: StaticAxis, box: Box): readonly [number, number] {
  if (name.startsWith("x")) return [box.left, box.right];
  const [low, high] = pairIn(layout.domain) ?? [0, 1];
  const height = box.bottom - box.top;
  return [box.bottom - low * height, box.bottom - high * height];
}

function tickPlaces(axis: StaticAxis, box: Box): { readonly place: number; readonly text: string }[] {
  const [start, end] = ends(axis, box);
  return axis.ticks.map(({ value, text }) => ({
    place: start + ((value - axis.range[0]) / (axis.range[1] - axis.range[0])) * (end - start),
    text,
  }));
}

function gridSvg(axis: StaticAxis, box: Box): string {
  if (axis.layout.showgrid === false || axis.layout.overlaying !== undefined) return "";
  const color = textIn(axis.layout.gridcolor, "#e6e6e6");
  const lines = tickPlaces(axis, box).map(({ place }) =>
    axis.name.startsWith("x")
      ? `M${at(place)} ${at(box.top)}V${at(box.bottom)}`
      : `M${at(box.left)} ${at(place)}H${at(box.right)}`,
  );
  return `<path d="${lines.join("")}" stroke="${color}" stroke-width="0.5" fill="none"/>`;
}

function axisSvg(axis: StaticAxis, box: Box, size: number): string {
  const muted = textIn(axis.layout.linecolor, "#595959");
  const title = escaped(textIn(recordIn(axis.layout.title).text));
  const [start, end] = ends(axis, box);
  const middle = at((start + end) / 2);
  if (axis.name.startsWith("x")) {
    const texts = tickPlaces(axis, box).map(
      ({ place, text }) =>
        `<text x="${at(place)}" y="${at(box.bottom + 1.3 * size)}" text-anchor="middle" fill="${muted}">${escaped(text)}</text>`,
    );
    return `<path d="M${at(box.left)} ${at(box.bottom)}H${at(box.right)}" stroke="${muted}" stroke-width="0.75"/>${texts.join("")}<text x="${middle}" y="${at(box.bottom + 2.8 * size)}" text-anchor="middle">${title}</text>`;
  }
  const isRight = axis.layout.side === "right";
  const x = isRight ? box.right : box.left;
  const texts = tickPlaces(axis, box).map(
    ({ place, text }) =>
      `<text x="${at(x + (isRight ? 0.4 : -0.4) * size)}" y="${at(place + 0.35 * size)}" text-anchor="${isRight ? "start" : "end"}" fill="${muted}">${escaped(text)}</text>`,
  );
  const longest = Math.max(0, ...axis.ticks.map(({ text }) => text.length));
  const outside = at(x + (isRight ? 1 : -1) * (0.55 * size * longest + 1.5 * size));
  return `<path d="M${at(x)} ${at(start)}V${at(end)}" stroke="${muted}" stroke-width="0.75"/>${texts.join("")}<text transform="translate(${outside} ${middle}) rotate(-90)" text-anchor="middle">${title}</text>`;
}

function shapesSvg(layout: PlotlyRecord, place: Placer, box: Box): string[] {
  return listIn(layout.shapes).map((each) => {
    const shape = recordIn(each);
    const [x0, x1, y0, y1] = [
      spot(shape, "x", "x0", place, box),
      spot(shape, "x", "x1", place, box),
      spot(shape, "y", "y0", place, box),
      spot(shape, "y", "y1", place, box),
    ];
    const opacity = ` opacity="${numberIn(shape.opacity, 1)}"`;
    if (shape.type === "line") {
      return `<path d="M${at(x0)} ${at(y0)}L${at(x1)} ${at(y1)}" ${strokeOf(recordIn(shape.line), 1, "#595959")}${opacity}/>`;
    }
    return `<rect x="${at(Math.min(x0, x1))}" y="${at(Math.min(y0, y1))}" width="${at(Math.abs(x1 - x0))}" height="${at(Math.abs(y1 - y0))}" fill="${textIn(shape.fillcolor, "none")}"${opacity}/>`;
  });
}

/** Place of a coordinate of a shape or an annotation: on an axis, or as a share of the drawn rectangle. */
function spot(shape: PlotlyRecord, letter: "x" | "y", key: string, place: Placer, box: Box): number {
  const reference = textIn(shape[`${letter}ref`], letter);
  const value = shape[key];
  if (reference !== "paper" && !reference.includes("domain")) {
    return letter === "x" ? place(reference, "y").x(value) : place("x", reference).y(value);
  }
  const share = numberIn(value, 0);
  return letter === "x"
    ? box.left + share * (box.right - box.left)
    : box.bottom - share * (box.bottom - box.top);
}

function annotationsSvg(layout: PlotlyRecord, place: Placer, box: Box, size: number): string[] {
  return listIn(layout.annotations).flatMap((each) => {
    const note = recordIn(each);
    const [x, y] = [spot(note, "x", "x", place, box), spot(note, "y", "y", place, box)];
    if (!Number.isFinite(x) || !Number.isFinite(y)) return [];
    const down = note.yanchor === "top" ? size : note.yanchor === "bottom" ? -0.2 * size : 0.35 * size;
    const dy = down - (numberIn(note.yshift, 0) * size) / 12;
    const anchor = note.xanchor === "left" ? "start" : note.xanchor === "right" ? "end" : "middle";
    const dx = (numberIn(note.xshift, 0) * size) / 12;
    const color = textIn(recordIn(note.font).color, "#1a1a1a");
    return [
      `<text x="${at(x + dx)}" y="${at(y + dy)}" text-anchor="${anchor}" fill="${color}">${escaped(textIn(note.text))}</text>`,
    ];
  });
}

interface LegendEntry {
  readonly trace: PlotlyTrace;
  readonly left: number;
}

/** Entries of the legend, row by row, as many as fit beside each other. */
function legendRows(
  data: readonly PlotlyTrace[],
  layout: PlotlyRecord,
  width: number,
  size: number,
): LegendEntry[][] {
  if (layout.showlegend === false) return [];
  const named = data.filter(({ name, showlegend }) => name !== undefined && showlegend !== false);
  const rows: LegendEntry[][] = [];
  let left = Infinity;
  for (const trace of named) {
    const needed = (0.52 * (trace.name ?? "").length + 3.6) * size;
    if (left + needed > width) {
      rows.push([]);
      left = size;
    }
    rows.at(-1)?.push({ trace, left });
    left += needed;
  }
  return rows;
}

function legendSvg(row: readonly LegendEntry[], y: number, size: number): string {
  return row
    .map(({ trace, left }) => {
      const mode = textIn(trace.mode, "lines");
      const marker = recordIn(trace.marker);
      const color = textIn(valueAt(marker.color, 0), textIn(recordIn(trace.line).color, "#1a1a1a"));
      const middle = y - 0.35 * size;
      const line = mode.includes("lines")
        ? `<path d="M${at(left)} ${at(middle)}h${at(2 * size)}" ${strokeOf(recordIn(trace.line), 0.85, "#1a1a1a")} fill="none"/>`
        : "";
      const filled =
        trace.fill === undefined || recordIn(trace.line).width !== 0 ? "" : patch(trace, left, middle, size);
      const mark = mode.includes("markers")
        ? markSvg(textIn(valueAt(marker.symbol, 0), "circle"), [left + size, middle], 0.3 * size, color)
        : "";
      return `${filled}${line}${mark}<text x="${at(left + 2.4 * size)}" y="${at(y)}">${escaped(trace.name ?? "")}</text>`;
    })
    .join("");
}

/** A patch in the colour that a trace fills with. */
function patch(trace: PlotlyTrace, left: number, middle: number, size: number): string {
  const color = textIn(trace.fillcolor, "#cccccc").slice(0, 7);
  return `<rect x="${at(left)}" y="${at(middle - 0.3 * size)}" width="${at(2 * size)}" height="${at(0.6 * size)}" fill="${color}"/>`;
}

function scaleSvg({ range, stops, title }: ColorScale, box: Box, size: number, ids: string): string {
  const x = box.right + size;
  const height = box.bottom - box.top;
  const gradient = stops.map((stop) => `<stop offset="${at(stop.at)}" stop-color="${stop.color}"/>`).join("");
  const texts = [range[0], (range[0] + range[1]) / 2, range[1]].map(
    (value, index) =>
      `<text x="${at(x + 1.3 * size)}" y="${at(box.bottom - (index / 2) * height + 0.35 * size)}" fill="#595959">${Number(value.toPrecision(3)).toString().replace("-", "−")}</text>`,
  );
  return (
    `<linearGradient id="scale${ids}" x1="0" y1="1" x2="0" y2="0">${gradient}</linearGradient>` +
    `<rect x="${at(x)}" y="${at(box.top)}" width="${at(size)}" height="${at(height)}" fill="url(#scale${ids})"/>${texts.join("")}` +
    `<text x="${at(x)}" y="${at(box.top - 0.5 * size)}">${escaped(title)}</text>`
  );
}
