import type { ServedRun, ServedSummary } from "../../../server/schemas/runs.js";
import { holdsWords } from "../../parts/searchWords.js";

/** Columns that runs can be sorted by. */
export const sortColumns = ["run", "status", "recipe", "seed", "em", "turn", "steps"] as const;
export type SortColumn = (typeof sortColumns)[number];

/** Order of the list: its column, and its way. */
export interface RunsSort {
  readonly column: SortColumn;
  readonly isDescending: boolean;
}

/** Run of the list, and its numbers as far as they are there. */
export interface ListedRow {
  readonly run: ServedRun;
  readonly summary: ServedSummary | null;
}

/** Rows under one heading; null is the heading of a list without groups. */
export interface RowGroup<R extends ListedRow> {
  readonly heading: string | null;
  readonly rows: readonly R[];
}

/** Status in words: "live" for a run that is running, as everywhere on the pages. */
export function statusWords({ status }: Pick<ServedRun, "status">): string {
  return status === "running" ? "live" : status;
}

/**
 * Selects the rows that match every word of the search, sorted, and grouped where that is wanted. A row without a
 * value in the column of the order comes last, whichever way it goes; ties stay in the order of the names.
 */
export function orderedRows<R extends ListedRow>(
  rows: readonly R[],
  view: {
    readonly search: string | null;
    readonly sort: RunsSort;
    readonly group: "recipe" | "seed" | null;
  },
): RowGroup<R>[] {
  const found = rows.filter((row) => matches(row.run, view.search ?? ""));
  const sorted = found.toSorted((one, other) => compareRows(one, other, view.sort));
  if (view.group === null) return [{ heading: null, rows: sorted }];
  const groups = new Map<string, { readonly heading: string; readonly rows: readonly R[] }>();
  for (const row of sorted) {
    const heading = headingOf(row.run, view.group);
    // Recipes that read alike can differ in a setting that the few words leave out.
    const key = view.group === "recipe" ? `${heading} ${row.run.recipeKey ?? ""}` : heading;
    groups.set(key, { heading, rows: [...(groups.get(key)?.rows ?? []), row] });
  }
  return [...groups]
    .toSorted(([one], [other]) => one.localeCompare(other, "en", { numeric: true }))
    .map(([, group]) => group);
}

function matches(run: ServedRun, search: string): boolean {
  const seed = run.seed === null ? "" : `seed ${run.seed} seed=${run.seed}`;
  return holdsWords(`${run.id} ${run.recipe} ${statusWords(run)} ${run.status} ${seed}`, search);
}

function headingOf(run: ServedRun, group: "recipe" | "seed"): string {
  if (group === "recipe") return run.recipe === "" ? "cannot be read" : run.recipe;
  return run.seed === null ? "seed not known" : `seed ${run.seed}`;
}

function compareRows(one: ListedRow, other: ListedRow, { column, isDescending }: RunsSort): number {
  const [left, right] = [valueOf(one, column), valueOf(other, column)];
  const byName = one.run.id.localeCompare(other.run.id, "en", { numeric: true });
  if (left === null || right === null) return left === right ? byName : left === null ? 1 : -1;
  const difference =
    typeof left === "number" && typeof right === "number"
      ? left - right
      : String(left).localeCompare(String(right), "en", { numeric: true });
  return difference === 0 ? byName : isDescending ? -difference : difference;
}

function valueOf({ run, summary }: ListedRow, column: SortColumn): number | string | null {
  switch (column) {
    case "run":
      return run.id;
    case "status":
      return statusWords(run);
    case "recipe":
      return run.recipe === "" ? null : run.recipe;
    case "seed":
      return run.seed;
    case "em":
      return summary?.misaligned?.value ?? null;
    case "turn":
      return summary?.turn?.value ?? null;
    case "steps":
      return run.steps?.last ?? null;
  }
}
