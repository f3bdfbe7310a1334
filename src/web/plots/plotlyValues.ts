import type { PlotlyRecord, PlotlyValue } from "../../figures/figure.js";

/** Tells whether a value of plotly's JSON is an object. */
function isPlotlyRecord(value: PlotlyValue | undefined): value is PlotlyRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A field that is an object, else an empty one. */
export function recordAt(record: PlotlyRecord, field: string): PlotlyRecord {
  const value = record[field];
  return isPlotlyRecord(value) ? value : {};
}

/** The objects of a field that is a list. */
export function recordsAt(record: PlotlyRecord, field: string): PlotlyRecord[] {
  const value = record[field];
  if (!Array.isArray(value)) return [];
  const list: readonly PlotlyValue[] = value;
  return list.filter(isPlotlyRecord);
}

/** A field that is a list of numbers; what is not a number becomes NaN. */
export function numbersAt(record: PlotlyRecord, field: string): number[] {
  const value = record[field];
  if (!Array.isArray(value)) return [];
  const list: readonly PlotlyValue[] = value;
  return list.map((item) => (typeof item === "number" ? item : NaN));
}

/** A field that is a text, else the other one. */
export function textAt(record: PlotlyRecord, field: string, otherwise = ""): string {
  const value = record[field];
  return typeof value === "string" ? value : otherwise;
}
