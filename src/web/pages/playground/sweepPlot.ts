import type { ServedSweepPoint } from "../../../server/schemas/playgroundSweep.js";
import { element } from "../../parts/dom.js";
import { signed } from "../../parts/numberWords.js";
import type { SweepAxis } from "./sweepWords.js";
import { rateWords } from "./rateWords.js";

/** Rates that a sweep is drawn of. */
export type SweepRateName = "em" | "coherent";

const namespace = "http://www.w3.org/2000/svg";
const size = { width: 340, height: 168 };
const area = { left: 30, right: 330, top: 8, bottom: 142 };
/** Distance by which random directions stand beside the point that they belong to. */
const aside = 6;

/** Words of the points where a direction is taken out, in their order. */
const withoutStrength = { untouched: "with", intervention: "without", random: "random" } as const;

/**
 * Small curve of a rate over strengths or factors with its intervals, random directions in grey; three points where a
 * direction is taken out. Points without scores are left out.
 *
 * @param axis that is swept; null where a direction is taken out
 */
export function sweepPlot(
  points: readonly ServedSweepPoint[],
  which: SweepRateName,
  axis: SweepAxis | null,
): HTMLElement {
  const svg = made("svg", {
    class: `sweep-plot ${which}`,
    viewBox: `0 0 ${size.width} ${size.height}`,
    role: "img",
  });
  const title = which === "em" ? "misaligned (EM, %)" : "coherent (%)";
  svg.setAttribute(
    "aria-label",
    `${title}: ${points.map((point) => pointWords(point, which, axis)).join("; ")}`,
  );
  for (const percent of [0, 50, 100]) {
    svg.append(made("path", { class: "grid", d: `M${area.left} ${yOf(percent)}H${area.right}` }));
    svg.append(text(String(percent), area.left - 6, yOf(percent) + 4, "end"));
  }
  for (const [x, words] of ticks(axis)) svg.append(text(words, x, size.height - 8, "middle"));
  const untouched = points.filter(({ kind }) => kind === "untouched");
  for (const kind of ["random", "intervention"] as const) {
    const own = points.filter((point) => point.kind === kind);
    if (axis !== null) svg.append(curve([...untouched, ...own], which, axis, kind));
    for (const point of own) svg.append(...mark(point, which, axis));
  }
  for (const point of untouched) svg.append(...mark(point, which, axis));
  const caption = axis === null ? title : `${title} by ${axis.over}`;
  return element("figure", {}, element("figcaption", {}, caption), svg);
}

/** Point in words, such as "strength 2: 12 % [4, 31]". */
function pointWords(point: ServedSweepPoint, which: SweepRateName, axis: SweepAxis | null): string {
  const { kind, strength } = point;
  const rate = rateWords(point[which]);
  if (strength === null) return `${withoutStrength[kind]}: ${rate}`;
  const random = kind === "random" ? "random directions, " : "";
  return `${random}${axis?.over ?? "strength"} ${signed(String(strength))}: ${rate}`;
}

function xOf(
  { kind, strength }: Pick<ServedSweepPoint, "kind" | "strength">,
  axis: SweepAxis | null,
): number {
  const half = (area.right - area.left) / 2;
  const middle = area.left + half;
  if (axis === null || strength === null) {
    return middle + half * { untouched: -2 / 3, intervention: 0, random: 2 / 3 }[kind];
  }
  const share = (strength - axis.low) / (axis.high - axis.low);
  return middle + (2 * share - 1) * (half - 2 * aside) + (kind === "random" ? aside : 0);
}

function yOf(percent: number): number {
  return area.bottom - (percent / 100) * (area.bottom - area.top);
}

function ticks(axis: SweepAxis | null): readonly (readonly [number, string])[] {
  if (axis === null) {
    return (["untouched", "intervention", "random"] as const).map((kind) => [
      xOf({ kind, strength: null }, axis),
      withoutStrength[kind],
    ]);
  }
  return [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const value = axis.low + share * (axis.high - axis.low);
    const sign = value > 0 && axis.low < 0 ? "+" : "";
    return [xOf({ kind: "intervention", strength: value }, axis), `${sign}${signed(String(value))}`];
  });
}

function curve(
  points: readonly ServedSweepPoint[],
  which: SweepRateName,
  axis: SweepAxis,
  kind: "intervention" | "random",
): SVGElement {
  const drawn = points
    .filter((point) => point[which].percent !== null)
    .toSorted((one, other) => (one.strength ?? 0) - (other.strength ?? 0));
  const d = drawn
    .map((point, index) => `${index === 0 ? "M" : "L"}${xOf(point, axis)} ${yOf(point[which].percent ?? 0)}`)
    .join("");
  return made("path", { class: `curve ${kind}`, d });
}

function mark(point: ServedSweepPoint, which: SweepRateName, axis: SweepAxis | null): SVGElement[] {
  const { percent, low, high } = point[which];
  if (percent === null || low === null || high === null) return [];
  const x = xOf(point, axis);
  const dot = made("circle", { class: `mark ${point.kind}`, cx: x, cy: yOf(percent), r: 3.5 });
  const words = made("title", {});
  words.textContent = `${pointWords(point, which, axis)}, n = ${point[which].n}`;
  dot.append(words);
  return [made("path", { class: `whisker ${point.kind}`, d: `M${x} ${yOf(low)}V${yOf(high)}` }), dot];
}

function text(words: string, x: number, y: number, anchor: string): SVGElement {
  const label = made("text", { x, y, "text-anchor": anchor });
  label.textContent = words;
  return label;
}

function made(tag: string, attributes: Readonly<Record<string, string | number>>): SVGElement {
  const shape = document.createElementNS(namespace, tag);
  for (const [name, value] of Object.entries(attributes)) shape.setAttribute(name, String(value));
  if (!(shape instanceof SVGElement)) throw new TypeError(`${tag} is no SVG element`);
  return shape;
}
