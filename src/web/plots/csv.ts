import type { FigureTable } from "../../figures/figure.js";

/** Beginning of a text that a spreadsheet takes for a formula, and what was marked before. */
const formula = /^'*[=+\-@\t\r]/;
/** A number as text, which stays one whatever its sign. */
const number = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i;

/**
 * Writes a table as CSV (RFC 4180), with an empty field for what is undefined. A text that a spreadsheet would take for
 * a formula (it begins with `=`, `+`, `-`, `@`, a tab or a carriage return) gets an apostrophe before it; the reader of
 * tables, `parseCsv`, takes it off again. Numbers stay as they are.
 */
export function csvText({ columns, rows }: FigureTable): string {
  return [columns, ...rows].map((row) => `${row.map(field).join(",")}\r\n`).join("");
}

function field(value: number | string | null): string {
  const text = typeof value === "string" ? guarded(value) : String(value ?? "");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function guarded(text: string): string {
  return formula.test(text) && !number.test(text) ? `'${text}` : text;
}
