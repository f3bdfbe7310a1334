import { quotedCell } from "../formats/csv/csvCell.js";
import type { FrameContent } from "./frameTable.js";

/** How a frame is written as CSV; the names are danfojs's. */
export interface CsvOptions {
  /** Between cells. @default "," */
  readonly sep?: string;
  /** Whether the first line names the columns. @default true */
  readonly header?: boolean;
}

/**
 * A data frame as CSV, and one of its columns as one line, as danfojs writes them; but cells with a separator, a quote or a line
 * break are quoted, without which danfojs cannot read its own file again, and gaps are empty, as pandas writes them.
 */
export function frameCsv(
  { columns, values }: Pick<FrameContent, "columns" | "values">,
  { sep = ",", header = true }: CsvOptions = {},
): string {
  const line = (cells: readonly unknown[]): string => cells.map((cell) => cellOf(cell, sep)).join(sep);
  const rows = values.filter((row): row is readonly unknown[] => Array.isArray(row));
  if (rows.length < values.length) return line(values);
  return [...(header ? [columns] : []), ...rows].map((row) => `${line(row)}\n`).join("");
}

function cellOf(value: unknown, separator: string): string {
  const isGap = value === null || value === undefined || Number.isNaN(value);
  const text = typeof value === "string" ? value : isGap ? "" : JSON.stringify(value);
  return quotedCell(text, separator);
}
