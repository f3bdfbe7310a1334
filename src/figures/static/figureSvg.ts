import type { Figure, PlotlyRecord } from "../figure.js";
import { decimate } from "../style/decimate.js";
import type { Box } from "../style/labelSpace.js";
import { at, escaped, listIn, numberIn, recordIn, textIn } from "../style/plotlyValues.js";
import { wrappedText } from "../style/textWidth.js";
import { eventKeys } from "../style/eventKeys.js";
import { axesOf, placeOn, staticAxes } from "./staticAxes.js";
import { axisSvg, gridSvg } from "./axisSvg.js";
import { endsOf, layFrame, type LaidAxis } from "./staticFrame.js";
import { keyPart, legendPart, type StaticPart } from "./staticLegend.js";
import { scaleOf, scalePart } from "./staticScale.js";
import { eventNotes, eventsSvg, spotOf, textsSvg, type Placer } from "./staticTexts.js";
import { pointsOf, strokeOf, traceSvg, type StaticInk } from "./staticTraces.js";
import { linesHeight, linesSvg } from "./svgText.js";

/** Widths of pictures in print, in millimetres: one column and two. */
export const svgWidths = { column: 85, page: 178 } as const;

/** Size of a picture, and what is written around it. */
export interface SvgOptions {
  /** Width: one column of a journal (85 mm) or the page (178 mm). @default "page" */
  readonly width?: keyof typeof svgWidths;
  /**
   * Height in millimetres of the plot with its axes; title, legend, key and caption add to it.
   * @default 52 in a column, 74 on the page, more where the figure asks for it
   */
  readonly height?: number;
  /** Whether the caption stands under the plot, and not in the document that takes the picture. @default true */
  readonly caption?: boolean;
  /** Ending of the ids inside, for pictures that share a document. @default none */
  readonly ids?: string;
}

/** What is drawn of a figure in print. */
export interface PrintedFigure extends Pick<Figure, "data" | "layout"> {
  readonly meta: Pick<Figure["meta"], "title" | "caption" | "summary">;
}

/** CSS pixels of a millimetre. */
const pixelsOfMillimeter = 96 / 25.4;

/** A part of a picture that has a stretch of its height to itself. */
type PartName = "title" | "legend" | "key" | "caption";

/**
 * Draws a figure as SVG without a browser: the same traces and axes as Plotly draws, in a size for print, with text as
 * text. Title, legend, plot, the key of the events' letters and the caption stand under each other, and no text lies on
 * another. Its title and summary are there for screen readers.
 */
export function figureSvg(figure: PrintedFigure, options: SvgOptions = {}): string {
  const { width: name = "page", ids = "", caption: hasCaption = true } = options;
  const { layout, meta } = figure;
  const ink = inkOf(layout, name === "column" ? 8.5 : 10);
  const { size } = ink;
  const millimeters = svgWidths[name];
  const width = millimeters * pixelsOfMillimeter;
  const inner = width - 2 * size;
  const shown = figure.data.filter((trace) => trace.visible !== false && trace.visible !== "legendonly");
  const data = decimate(shown, { buckets: Math.ceil(2 * width) }).data;

  const above: [PartName, StaticPart][] = [
    ["title", wordsPart(meta.title, inner, { ...ink, size: 1.15 * size }, "bold")],
    ["legend", legendPart(data, layout, inner, ink)],
  ];
  const below: [PartName, StaticPart][] = [
    ["key", keyPart(eventKeys(layout), inner, ink)],
    ["caption", wordsPart(hasCaption ? meta.caption : "", inner, { ...ink, foreground: ink.muted })],
  ];
  const drawnAbove = stacked(above, size, 0.8 * size);
  const events = eventNotes(layout);
  const top = drawnAbove.bottom + (events.length > 0 ? 1.9 : 0.9) * size;
  const height = (options.height ?? usualHeight(figure, name)) * pixelsOfMillimeter;
  const scale = scaleOf(data);
  const beside = scale === null ? null : scalePart(scale, height - 4 * size, ink, ids);
  const axes = staticAxes(data, layout);
  const frame = layFrame(axes, {
    width,
    top,
    height: height + categoryHeight(axes, size),
    size,
    scaleRoom: beside?.room ?? 0,
    isMap: data.some(({ type }) => type === "heatmap"),
  });
  const { box } = frame;
  const drawnBelow = stacked(below, size, frame.bottom + 0.9 * size);
  const bottom = drawnBelow.bottom + 0.8 * size;

  const place = placer(frame.axes, box, ink, name === "column" ? 0.7 : 0.85);
  let before: ReturnType<typeof pointsOf> = [];
  const traces = data.map((trace) => {
    const spot = place(...axesOf(trace));
    const text = traceSvg(trace, spot, before, scale);
    before = trace.type === "scatter" ? pointsOf(trace, spot) : [];
    return text;
  });
  const clipped = (isClipped: boolean): string =>
    traces.filter((_, index) => (data[index]?.cliponaxis !== false) === isClipped).join("");
  const [w, h] = [box.right - box.left, box.bottom - box.top];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${millimeters}mm" height="${at(bottom / pixelsOfMillimeter)}mm" viewBox="0 0 ${at(width)} ${at(bottom)}" role="img" font-family="Helvetica, Arial, 'Liberation Sans', sans-serif" font-size="${size}" fill="${ink.foreground}">`,
    `<title>${escaped(meta.title)}</title><desc>${escaped(`${meta.summary} ${meta.caption}`)}</desc>`,
    `<rect width="100%" height="100%" fill="${textIn(layout.paper_bgcolor, "#ffffff")}"/>`,
    ...drawnAbove.svg,
    `<rect data-part="plot" x="${at(box.left)}" y="${at(box.top)}" width="${at(w)}" height="${at(h)}" fill="${ink.background}"/>`,
    `<clipPath id="plot${ids}"><rect x="${at(box.left)}" y="${at(box.top - 1)}" width="${at(w)}" height="${at(h + 2)}"/></clipPath>`,
    ...frame.axes.map((axis) => gridSvg(axis, box)),
    `<g clip-path="url(#plot${ids})">${shapesSvg(layout, place, box).join("")}${clipped(true)}</g>`,
    clipped(false),
    ...frame.axes.map((axis) => axisSvg(axis, box, ink)),
    ...(beside === null ? [] : [beside.svg(box)]),
    `<g data-part="events">${eventsSvg(events, place, box, ink).join("")}</g>`,
    `<g data-part="labels">${textsSvg(data, layout, place, box, ink).join("")}</g>`,
    ...drawnBelow.svg,
    "</svg>\n",
  ].join("\n");
}

function inkOf(layout: PlotlyRecord, size: number): StaticInk {
  return {
    foreground: textIn(recordIn(layout.font).color, "#1a1a1a"),
    muted: textIn(recordIn(recordIn(layout.xaxis).tickfont).color, "#595959"),
    background: textIn(layout.plot_bgcolor, "#ffffff"),
    size,
  };
}

/** Words in as many lines as they need. */
function wordsPart(
  text: string,
  width: number,
  { size, foreground: color }: StaticInk,
  weight: "normal" | "bold" = "normal",
): StaticPart {
  const lines = wrappedText(text, width, size, weight);
  return {
    height: linesHeight(lines.length, size),
    svg: (left, top) => linesSvg(lines, left, top, { size, color, weight }),
  };
}

/** Draws parts under each other, those that have something. */
function stacked(
  parts: readonly [PartName, StaticPart][],
  size: number,
  start: number,
): { readonly svg: readonly string[]; readonly bottom: number } {
  let bottom = start;
  const svg = parts.flatMap(([name, part]) => {
    if (part.height === 0) return [];
    const top = bottom + (bottom === start ? 0 : 0.6 * size);
    bottom = top + part.height;
    return [`<g data-part="${name}">${part.svg(size, top)}</g>`];
  });
  return { svg, bottom };
}

function usualHeight({ layout }: PrintedFigure, name: keyof typeof svgWidths): number {
  const wanted = numberIn(layout.height, 0) * 0.2;
  const isSquare = recordIn(layout.yaxis).scaleanchor !== undefined;
  const isTall = isSquare || recordIn(layout.yaxis2).domain !== undefined;
  const usual = name === "column" ? (isTall ? 76 : 52) : isTall ? 116 : 74;
  return Math.max(usual, wanted);
}

/** Height beyond the usual that the names of many categories along a vertical axis need. */
function categoryHeight(axes: ReturnType<typeof staticAxes>, size: number): number {
  const most = Math.max(
    0,
    ...axes.filter(({ name }) => name.startsWith("y")).map(({ categories }) => categories?.length ?? 0),
  );
  return Math.max(0, most - 8) * 2.6 * size;
}

function placer(axes: readonly LaidAxis[], box: Box, ink: StaticInk, scale: number): Placer {
  const along = (name: string): ((value: number) => number) => {
    const axis = axes.find((each) => each.axis.name === name)?.axis;
    if (axis === undefined) return () => NaN;
    const { range } = axis;
    const [start, end] = endsOf(axis, box);
    return (value) => start + ((value - range[0]) / (range[1] - range[0])) * (end - start);
  };
  return (x, y) => {
    const [ofX, ofY] = [x, y].map((name) => axes.find((each) => each.axis.name === name)?.axis);
    const [alongX, alongY] = [along(x), along(y)];
    return {
      x: (value) => (ofX === undefined ? NaN : alongX(placeOn(ofX, value))),
      y: (value) => (ofY === undefined ? NaN : alongY(placeOn(ofY, value))),
      zero: ofY?.isLog === true ? box.bottom : alongY(0),
      scale,
      ink,
    };
  };
}

function shapesSvg(layout: PlotlyRecord, place: Placer, box: Box): string[] {
  return listIn(layout.shapes).map((each) => {
    const shape = recordIn(each);
    const [x0, x1, y0, y1] = [
      spotOf(shape, "x", "x0", place, box),
      spotOf(shape, "x", "x1", place, box),
      spotOf(shape, "y", "y0", place, box),
      spotOf(shape, "y", "y1", place, box),
    ];
    if (![x0, x1, y0, y1].every(Number.isFinite)) return "";
    const opacity = ` opacity="${numberIn(shape.opacity, 1)}"`;
    if (shape.type === "line") {
      return `<path d="M${at(x0)} ${at(y0)}L${at(x1)} ${at(y1)}" ${strokeOf(recordIn(shape.line), 1, "#595959")}${opacity}/>`;
    }
    return `<rect x="${at(Math.min(x0, x1))}" y="${at(Math.min(y0, y1))}" width="${at(Math.abs(x1 - x0))}" height="${at(Math.abs(y1 - y0))}" fill="${textIn(shape.fillcolor, "none")}"${opacity}/>`;
  });
}
