import type { ServedRun, ServedSummary } from "../../../server/schemas/runs.js";
import { holdsWords } from "../../parts/searchWords.js";

/** Columns that runs can be sorted by, and filtered by with their name: `rank=1`, `em>50`. */
export const sortColumns = [
  ...["run", "status", "recipe", "seed", "rank", "layer", "model"],
  ...["em", "turn", "direction", "gradient", "steps", "date", "tag"],
] as const;
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

/** What runs can be grouped by. */
export const runsGroupings = ["recipe", "seed", "tag"] as const;
export type RunsGrouping = (typeof runsGroupings)[number];

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
    readonly group: RunsGrouping | null;
    /** Runs that come first. @default none */
    readonly pinned?: ReadonlySet<string>;
  },
): RowGroup<R>[] {
  const found = rows.filter((row) => matches(row, view.search ?? ""));
  const rank = ({ run }: R): number => (view.pinned?.has(run.id) === true ? 0 : 1);
  const sorted = found.toSorted(
    (one, other) => rank(one) - rank(other) || compareRows(one, other, view.sort),
  );
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

/** A word of the search that compares a column, such as `em>=50`. */
const comparison = /^([a-z]+)(>=|<=|=|>|<)(.+)$/;

function matches(row: ListedRow, search: string): boolean {
  const { run } = row;
  const words = search.split(/\s+/).filter((word) => word !== "");
  const compared = words.map((word) => {
    const [, column = "", sign = "", wanted = ""] = comparison.exec(word.toLowerCase()) ?? [];
    const known = sortColumns.find((each) => each === column);
    return known === undefined ? null : compares(valueOf(row, known), sign, wanted);
  });
  const plain = words.filter((_, index) => compared[index] === null);
  const text = `${run.id} ${run.recipe} ${run.baseModel ?? ""} ${statusWords(run)} ${run.status}`;
  const seed = run.seed === null ? "" : ` seed ${run.seed}`;
  return !compared.includes(false) && holdsWords(`${text}${seed} ${run.tags.join(" ")}`, plain.join(" "));
}

/** Compares a value of a column with what the search says: numbers as numbers, texts by what they hold. */
function compares(value: number | string | null, sign: string, wanted: string): boolean {
  if (value === null) return false;
  const number = Number(wanted);
  if (sign === "=")
    return typeof value === "number" ? value === number : value.toLowerCase().includes(wanted);
  if (typeof value !== "number" || Number.isNaN(number)) return false;
  if (sign === ">") return value > number;
  if (sign === "<") return value < number;
  return sign === ">=" ? value >= number : value <= number;
}

function headingOf(run: ServedRun, group: RunsGrouping): string {
  if (group === "tag") return run.tags.length === 0 ? "no tag" : run.tags.join(" ");
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
    case "rank":
      return run.rank;
    case "layer":
      return run.layers === null ? null : Number(run.layers.split(/[–,]/)[0]);
    case "model":
      return run.baseModel;
    case "direction":
      return summary?.mechanism?.direction?.value ?? null;
    case "gradient":
      return summary?.mechanism?.gradientPeak?.value ?? null;
    case "date":
      return run.written;
    case "em":
      return summary?.misaligned?.value ?? null;
    case "turn":
      return summary?.turn?.value ?? null;
    case "tag":
      return run.tags.length === 0 ? null : run.tags.join(" ");
    case "steps":
      return run.steps?.last ?? null;
  }
}
