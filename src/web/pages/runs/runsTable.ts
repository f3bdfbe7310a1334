import { button, element } from "../../parts/dom.js";
import { columnCount, showColumns, type RunRow } from "./runRow.js";
import type { RowGroup, RunsSort, SortColumn } from "./runsOrder.js";

/** Column of the table. */
interface RunsColumn {
  /** Name in addresses. */
  readonly id: string;
  readonly words: string;
  readonly sort: SortColumn | null;
}

/** Columns after the name of the run, in their order; which of them are shown is the reader's choice. */
export const runsColumns: readonly RunsColumn[] = [
  { id: "status", words: "status", sort: "status" },
  { id: "recipe", words: "recipe", sort: "recipe" },
  { id: "seed", words: "seed", sort: "seed" },
  { id: "rank", words: "rank", sort: "rank" },
  { id: "layer", words: "layer", sort: "layer" },
  { id: "model", words: "base model", sort: "model" },
  { id: "em", words: "misaligned at the end, 0 to 100 %", sort: "em" },
  { id: "path", words: "over training", sort: null },
  { id: "turn", words: "behaviour turns", sort: "turn" },
  { id: "direction", words: "direction turns", sort: "direction" },
  { id: "gradient", words: "gradient norm peaks", sort: "gradient" },
  { id: "steps", words: "steps", sort: "steps" },
  { id: "date", words: "written", sort: "date" },
];

/** Columns that are shown where the reader has chosen none. */
export const usualColumns = ["status", "recipe", "seed", "em", "path", "turn", "direction"] as const;

/** Table of runs: heads that sort, and rows in groups. */
export class RunsTable {
  readonly root: HTMLElement;
  readonly #heads = new Map<SortColumn, HTMLElement>();
  readonly #table = element("table", { class: "runs" });
  /** Headings and rows as they stand. */
  #lines: readonly (string | HTMLTableRowElement | null)[] = [];
  #cells: readonly HTMLElement[] = [];
  readonly #nothing = element("p", { class: "muted", hidden: true });

  readonly #compareHref: (runs: readonly string[]) => string;

  /** @param compareHref address of the comparison of some runs */
  constructor(onSort: (column: SortColumn) => void, compareHref: (runs: readonly string[]) => string) {
    this.#compareHref = compareHref;
    const all: readonly RunsColumn[] = [{ id: "run", words: "run", sort: "run" }, ...runsColumns];
    const heads = all.map(({ id, words, sort }) => {
      const head = element(
        "th",
        { scope: "col", "data-column": id },
        sort === null ? words : button(words, () => onSort(sort), { title: `sort by ${words}` }),
      );
      if (sort !== null) this.#heads.set(sort, head);
      return head;
    });
    this.#cells = heads;
    this.#table.append(
      element(
        "thead",
        {},
        element(
          "tr",
          {},
          element("td", {}, element("span", { class: "visually-hidden" }, "selected")),
          ...heads,
        ),
      ),
    );
    this.root = element("div", {}, this.#table, this.#nothing);
  }

  /** Shows the chosen columns, in the heads and in all rows. */
  chooseColumns(chosen: readonly string[], rows: readonly RunRow[]): void {
    showColumns(this.#cells, chosen);
    for (const row of rows) row.chooseColumns(chosen);
  }

  show(groups: readonly RowGroup<RunRow>[], sort: RunsSort, search: string | null): void {
    for (const [column, head] of this.#heads) {
      const direction = sort.isDescending ? "descending" : "ascending";
      head.setAttribute("aria-sort", column === sort.column ? direction : "none");
    }
    this.#nothing.hidden = groups.some(({ rows }) => rows.length > 0);
    this.#nothing.textContent = `No run matches “${search ?? ""}”.`;
    const lines = groups.flatMap(({ heading, rows }) => [heading, ...rows.flatMap((row) => row.rows)]);
    const isSame =
      lines.length === this.#lines.length && lines.every((line, index) => line === this.#lines[index]);
    // A row that is moved while it is pressed would not be clicked.
    if (isSame) return;
    this.#lines = lines;
    const focused = document.activeElement;
    for (const body of this.#table.tBodies.length === 0 ? [] : [...this.#table.tBodies]) body.remove();
    this.#table.append(
      ...groups.map(({ heading, rows }) =>
        element(
          "tbody",
          {},
          heading === null
            ? null
            : element(
                "tr",
                { class: "group" },
                element(
                  "th",
                  { scope: "rowgroup", colspan: columnCount },
                  heading,
                  element("span", { class: "muted" }, ` ${rows.length} `),
                  this.#compareLink(rows),
                ),
              ),
          ...rows.flatMap((row) => row.rows),
        ),
      ),
    );
    // Rows that were moved lose the focus.
    if (focused instanceof HTMLElement && this.#table.contains(focused))
      focused.focus({ preventScroll: true });
  }

  /** Link to the comparison of a group's runs; nothing for fewer than two. */
  #compareLink(rows: readonly RunRow[]): HTMLElement | null {
    const ids = rows.filter(({ run }) => run.status !== "unreadable").map(({ run }) => run.id);
    if (ids.length < 2) return null;
    return element(
      "a",
      { href: this.#compareHref(ids), class: "compare-group" },
      `compare ${ids.length} runs`,
    );
  }
}
