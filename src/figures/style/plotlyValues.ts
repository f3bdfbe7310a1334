import { escapeHtml } from "./escapeHtml.js";
import type { PlotlyRecord, PlotlyValue } from "../figure.js";

/** A value of plotly's JSON where it is an object; an empty one otherwise. */
export function recordIn(value: PlotlyValue | undefined): PlotlyRecord {
  return typeof value === "object" && value !== null && !isList(value) ? value : {};
}

/** A value of plotly's JSON where it is a list; an empty one otherwise. */
export function listIn(value: PlotlyValue | undefined): readonly PlotlyValue[] {
  return isList(value) ? value : [];
}

/** A number of plotly's JSON, or what stands for it where it is none. */
export function numberIn(value: PlotlyValue | undefined, otherwise: number): number {
  return typeof value === "number" ? value : otherwise;
}

/** A text of plotly's JSON, or what stands for it where it is none. */
export function textIn(value: PlotlyValue | undefined, otherwise = ""): string {
  return typeof value === "string" ? value : otherwise;
}

/** A number or text of plotly's JSON in letters; empty for anything else. */
export function labelIn(value: PlotlyValue | undefined): string {
  return typeof value === "number" || typeof value === "string" ? String(value) : "";
}

/** Two numbers of plotly's JSON, such as a range; null where there are none. */
export function pairIn(value: PlotlyValue | undefined): readonly [number, number] | null {
  const [first, second] = listIn(value);
  return typeof first === "number" && typeof second === "number" ? [first, second] : null;
}

/** The value of a list at a place, or the value itself where it is one for all. */
export function valueAt(value: PlotlyValue | undefined, index: number): PlotlyValue | undefined {
  return isList(value) ? value[index] : value;
}

/** Text without plotly's own tags and with the signs that its entities stand for. */
export function plainText(text: string): string {
  return text
    .replaceAll(/<\/?(?:b|i|br|em|sub|sup|span|a|extra)\b[^>]*>/g, " ")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}

/** Text for SVG. */
export function escaped(text: string): string {
  return escapeHtml(text);
}

/** A coordinate with at most two decimals. */
export function at(value: number): string {
  return String(Math.round(100 * value) / 100);
}

function isList(value: PlotlyValue | undefined): value is readonly PlotlyValue[] {
  return Array.isArray(value);
}
