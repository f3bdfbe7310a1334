import type { DataFrame } from "turncoat/danfojs";
import { TurncoatError } from "../errors.js";
import type { FigureTable } from "../figures/figure.js";

/** Columns of equal length; undefined numbers are NaN. */
export type TableColumns = Readonly<Record<string, ArrayLike<number | string | null>>>;

/**
 * Builds a danfojs data frame over columns of equal length. danfojs is loaded at the first call, which takes about a
 * second; `turncoat/danfojs` offers all of it.
 * @throws TurncoatError where there is no column, or the columns differ in length
 */
export async function toDataFrame(columns: TableColumns): Promise<DataFrame> {
  const entries = Object.entries(columns);
  if (entries.length === 0) throw new TurncoatError("toDataFrame: expected at least one column, found none");
  const length = entries[0]?.[1].length ?? 0;
  for (const [name, values] of entries) {
    if (values.length !== length) {
      throw new TurncoatError(
        `toDataFrame: column "${name}": expected ${length} values as in "${entries[0]?.[0] ?? ""}", found ${values.length}`,
      );
    }
  }
  const { DataFrame: Frame } = await import("turncoat/danfojs");
  // danfojs makes no frame of columns that hold nothing.
  if (length === 0) return new Frame([], { columns: entries.map(([name]) => name) });
  return new Frame(
    Object.fromEntries(entries.map(([name, values]) => [name, Array.from(values, (value) => value ?? NaN)])),
  );
}

/** Columns of a figure's table, `figure.meta.table`, for `toDataFrame`; gaps are NaN. */
export function tableColumns(table: FigureTable): Record<string, (number | string)[]> {
  return Object.fromEntries(
    table.columns.map((name, column) => [name, table.rows.map((row) => row[column] ?? NaN)]),
  );
}
