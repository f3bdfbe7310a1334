import type { FigureTable } from "../figures/figure.js";
import { escapeHtml } from "../figures/style/escapeHtml.js";

/** Most rows and columns of a table under a figure: these outputs are kept in notebooks. */
const tableLimits = { rows: 12, columns: 12 };

/**
 * HTML of a table: evenly spread rows with the first and the last. Nothing where there are too many columns to read.
 */
export function tableHtml({ columns, rows }: FigureTable): string {
  if (rows.length === 0 || columns.length > tableLimits.columns) return "";
  const count = Math.min(rows.length, tableLimits.rows);
  const shown = Array.from(
    { length: count },
    (_, index) => rows[Math.round((index * (rows.length - 1)) / Math.max(1, count - 1))] ?? [],
  );
  const words = count < rows.length ? `<p>${count} of ${rows.length} rows:</p>\n` : "";
  const head = columns.map((column) => `<th>${escapeHtml(column)}</th>`).join("");
  const body = shown.map((row) => `<tr>${row.map((cell) => `<td>${cellHtml(cell)}</td>`).join("")}</tr>`);
  return `${words}<table><thead><tr>${head}</tr></thead><tbody>\n${body.join("\n")}\n</tbody></table>`;
}

function cellHtml(cell: number | string | null): string {
  return cell === null ? "" : escapeHtml(cellText(cell, 4));
}

/** A value as the text of a cell: numbers with some digits, what is missing as NaN. */
export function cellText(value: unknown, digits = 6): string {
  if (typeof value === "string") return value;
  if (typeof value === "number") return String(Number(value.toPrecision(digits)));
  if (value instanceof Date) return value.toISOString();
  return typeof value === "boolean" || (typeof value === "object" && value !== null)
    ? JSON.stringify(value)
    : "NaN";
}
