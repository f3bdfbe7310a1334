import type { PlotlyRecord, PlotlyTrace } from "../figure.js";
import { eventMark } from "../style/eventKeys.js";
import { LabelSpace, sideBySide, type Box } from "../style/labelSpace.js";
import { textWidth } from "../style/textWidth.js";
import { at, listIn, numberIn, plainText, recordIn, textIn, valueAt } from "../style/plotlyValues.js";
import { axesOf } from "./staticAxes.js";
import { pointsOf, type StaticInk, type StaticPlace } from "./staticTraces.js";
import { linesHeight, linesOf, linesSvg, type Anchor } from "./svgText.js";

/** Places of values on the axes of those names. */
export type Placer = (x: string, y: string) => StaticPlace;

/** A text in the rectangle that is drawn in. */
interface Label {
  readonly text: string;
  /** Point that it belongs to. */
  readonly x: number;
  readonly y: number;
  /** Side of the point at which it stands where there is room. */
  readonly side: readonly [dx: -1 | 0 | 1, dy: -1 | 0 | 1];
  readonly color: string;
  /** Distance to the point. */
  readonly away: number;
  /** True for a text that may be left out: one of many along a curve. */
  readonly isOptional: boolean;
}

/** A place for a label: its rectangle, its lines, and where they start, end or have their middle. */
interface LabelPlace extends Box {
  readonly anchor: Anchor;
  readonly x: number;
  readonly lines: readonly string[];
  /** True where it would leave the rectangle at that side, and was moved into it. */
  readonly isMoved: boolean;
}

const sides: readonly Label["side"][] = [
  [0, -1],
  [1, 0],
  [-1, 0],
  [0, 1],
  [1, -1],
  [-1, -1],
  [1, 1],
  [-1, 1],
];

/**
 * Draws the texts of traces and notes in a figure's rectangle, none on another: each at the side of its point that it
 * wants, else at another, else further away. Of many along a curve those without room are left out.
 */
export function textsSvg(
  data: readonly PlotlyTrace[],
  layout: PlotlyRecord,
  place: Placer,
  box: Box,
  ink: StaticInk,
): string[] {
  // What a figure says of itself stands nearest to its place; notes come after it.
  const labels = [
    ...data.flatMap((trace) => labelsOf(trace, place(...axesOf(trace)), ink)),
    ...notesOf(layout, place, box, ink),
  ];
  if (labels.length === 0) return [];
  const points = data.flatMap((trace) =>
    trace.type === "scatter" ? obstaclesOf(trace, place(...axesOf(trace))) : [],
  );
  const space = new LabelSpace(box, thinned(points, 4000));
  return labels
    .toSorted((one, other) => Number(one.isOptional) - Number(other.isOptional))
    .flatMap((label) => {
      const { size } = ink;
      const places = placesOf(label, box, size);
      const wanted = places.slice(0, 1).filter(({ isMoved }) => !isMoved);
      const found = space.choose(wanted) ?? space.choose(places);
      if (found === undefined) return [];
      const { anchor, x, top, lines } = found;
      return [linesSvg(lines, x, top, { size, color: label.color, anchor, halo: ink.background })];
    });
}

/** Points of a trace that texts avoid: its own, and some between them where a line joins them. */
function obstaclesOf(trace: PlotlyTrace, place: StaticPlace): (readonly [number, number])[] {
  const points = pointsOf(trace, place);
  if (!textIn(trace.mode, "lines").includes("lines") || points.length > 400) return points;
  return points.flatMap(([x, y], index): (readonly [number, number])[] => {
    const [nextX, nextY] = points[index + 1] ?? [NaN, NaN];
    const parts = Math.ceil(Math.hypot(nextX - x, nextY - y) / 4);
    if (!Number.isFinite(parts)) return [[x, y]];
    return Array.from({ length: parts }, (_, part) => [
      x + ((nextX - x) * part) / parts,
      y + ((nextY - y) * part) / parts,
    ]);
  });
}

function thinned<T>(values: readonly T[], most: number): readonly T[] {
  const stride = Math.ceil(values.length / most);
  return stride <= 1 ? values : values.filter((_, index) => index % stride === 0);
}

/** Places of a label, the best first: around its point, and further and further away, within the rectangle. */
function placesOf({ text, x, y, side, away, isOptional }: Label, box: Box, size: number): LabelPlace[] {
  const around = [side, ...sides];
  const rings = isOptional ? [1] : [1, 2.2, 3.6, 5, 7, 9, 12];
  return rings.flatMap((ring) =>
    around.map(([dx, dy]) => placeAt(text, [x, y], [dx, dy], away * ring, box, size)),
  );
}

function placeAt(
  text: string,
  [x, y]: readonly [number, number],
  [dx, dy]: Label["side"],
  away: number,
  box: Box,
  size: number,
): LabelPlace {
  const anchor = dx === 0 ? "middle" : dx > 0 ? "start" : "end";
  const lines = linesOf(text, 0.96 * (box.right - box.left), { size });
  const width = Math.max(0, ...lines.map((line) => textWidth(line, size)));
  const height = linesHeight(lines.length, size);
  const start = x + dx * away - (dx === 0 ? width / 2 : dx > 0 ? 0 : width);
  const middle = y + dy * (away + height / 2);
  const found = { left: start, right: start + width, top: middle - height / 2, bottom: middle + height / 2 };
  // Within the rectangle, where it is not too long for that.
  const right = Math.max(0, box.left + 1 - found.left) - Math.max(0, found.right - box.right + 1);
  const down = Math.max(0, box.top + 1 - found.top) - Math.max(0, found.bottom - box.bottom + 1);
  return {
    anchor,
    x: x + dx * away + right,
    lines,
    isMoved: right !== 0 || down !== 0,
    left: found.left + right,
    right: found.right + right,
    top: found.top + down,
    bottom: found.bottom + down,
  };
}

function labelsOf(trace: PlotlyTrace, place: StaticPlace, { foreground }: StaticInk): Label[] {
  if (trace.type !== "scatter" || !textIn(trace.mode).includes("text")) return [];
  // A text by itself stands beside something that another trace draws.
  const isAlone = !textIn(trace.mode).includes("markers");
  const marker = numberIn(valueAt(recordIn(trace.marker).size, 0), 6);
  const texts = listIn(trace.text).filter((text) => text !== "").length;
  return pointsOf(trace, place).flatMap(([x, y], index) => {
    const text = plainText(textIn(valueAt(trace.text, index))).trim();
    if (text === "" || !Number.isFinite(x) || !Number.isFinite(y)) return [];
    const where = textIn(valueAt(trace.textposition, index), "top center");
    const dy = where.startsWith("top") ? -1 : where.startsWith("bottom") ? 1 : 0;
    const dx = where.endsWith("right") ? 1 : where.endsWith("left") ? -1 : 0;
    const color = textIn(recordIn(trace.textfont).color, foreground);
    return [
      {
        text,
        x,
        y,
        side: [dx, dy],
        color,
        away: ((isAlone ? 5 : marker / 2) + 2) * place.scale,
        isOptional: texts > 1,
      },
    ];
  });
}

/** Annotations that stand in the rectangle: all but the letters of events, which stand above it. */
function notesOf(layout: PlotlyRecord, place: Placer, box: Box, { foreground }: StaticInk): Label[] {
  return listIn(layout.annotations).flatMap((each) => {
    const note = recordIn(each);
    const text = plainText(textIn(note.text)).trim();
    if (note.name === eventMark || text === "") return [];
    const [x, y] = [spotOf(note, "x", "x", place, box), spotOf(note, "y", "y", place, box)];
    if (!Number.isFinite(x) || !Number.isFinite(y)) return [];
    const dx = note.xanchor === "left" ? 1 : note.xanchor === "right" ? -1 : 0;
    const dy = note.yanchor === "top" ? 1 : note.yanchor === "bottom" ? -1 : 0;
    return [
      {
        text,
        x,
        y,
        side: [dx, dy],
        color: textIn(recordIn(note.font).color, foreground),
        away: dx === 0 && dy === 0 ? 0 : 2,
        isOptional: false,
      },
    ];
  });
}

/** Place of a coordinate of a shape or an annotation: on an axis, or as a share of the drawn rectangle. */
export function spotOf(shape: PlotlyRecord, letter: "x" | "y", key: string, place: Placer, box: Box): number {
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

/** Letters of events in a figure's layout, each with its x value. */
export function eventNotes(layout: PlotlyRecord): PlotlyRecord[] {
  return listIn(layout.annotations)
    .map(recordIn)
    .filter(({ name }) => name === eventMark);
}

/** Draws the letters of events side by side above the rectangle, each joined to its step. */
export function eventsSvg(notes: readonly PlotlyRecord[], place: Placer, box: Box, ink: StaticInk): string[] {
  const { size, muted } = ink;
  const seen = notes
    .map((note) => ({ note, text: textIn(note.text), x: spotOf(note, "x", "x", place, box) }))
    .filter(({ x }) => x >= box.left - 0.5 && x <= box.right + 0.5);
  const width = Math.max(0, ...seen.map(({ text }) => textWidth(text, size, "bold"))) + 0.35 * size;
  const places = sideBySide(
    seen.map(({ x }) => x - box.left),
    width,
    box.right - box.left,
  );
  const top = box.top - 0.5 * size - linesHeight(1, size);
  return seen.flatMap(({ note, text, x }, index) => {
    const spot = box.left + (places[index] ?? 0);
    const color = textIn(recordIn(note.font).color, ink.foreground);
    const letter = linesSvg([text], spot, top, { size, color, anchor: "middle", weight: "bold" });
    const line = `<path d="M${at(spot)} ${at(box.top - 0.45 * size)}L${at(x)} ${at(box.top)}" stroke="${muted}" stroke-width="0.6" fill="none"/>`;
    return [line, letter];
  });
}
