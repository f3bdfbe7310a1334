import type { PlotlyRecord, PlotlyValue } from "../../figures/figure.js";

/** Replaces the colours of a plotly record, wherever in it they stand; a colour may carry its opacity as two digits. */
export function recolored<T extends PlotlyRecord>(record: T, colors: Readonly<Record<string, string>>): T {
  const recolor = (value: PlotlyValue | undefined): PlotlyValue | undefined => {
    if (typeof value === "string") {
      const other = /^#[0-9a-f]{6}([0-9a-f]{2})?$/i.test(value) ? colors[value.slice(0, 7)] : undefined;
      return other === undefined ? value : `${other}${value.slice(7)}`;
    }
    if (typeof value !== "object" || value === null) return value;
    if (isList(value)) {
      // Long lists are of numbers, which have no colour; a stop of a scale is a number and a colour.
      return typeof value[0] === "number" && typeof value[1] !== "string"
        ? value
        : value.map((item) => recolor(item) ?? null);
    }
    return mapped(value);
  };
  const mapped = <R extends PlotlyRecord>(each: R): R => {
    const copy = { ...each };
    for (const [key, value] of Object.entries(each)) Object.assign(copy, { [key]: recolor(value) });
    return copy;
  };
  return mapped(record);
}

function isList(value: PlotlyValue): value is readonly PlotlyValue[] {
  return Array.isArray(value);
}
