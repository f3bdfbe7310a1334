import type { FigureTable } from "../../figures/figure.js";

/** Writes a table as CSV (RFC 4180), with an empty field for what is undefined. */
export function csvText({ columns, rows }: FigureTable): string {
  const field = (value: number | string | null): string => {
    const text = value === null ? "" : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [columns, ...rows].map((row) => `${row.map(field).join(",")}\r\n`).join("");
}
