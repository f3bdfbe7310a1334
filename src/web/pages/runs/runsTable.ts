import { button, element } from "../../parts/dom.js";
import { columnCount, type RunRow } from "./runRow.js";
import type { RowGroup, RunsSort, SortColumn } from "./runsOrder.js";

const columns: readonly (readonly [column: SortColumn | null, words: string])[] = [
  ["run", "run"],
  ["status", "status"],
  ["recipe", "recipe"],
  ["seed", "seed"],
  ["em", "misaligned at the end, 0 to 100 %"],
  [null, "over training"],
  ["turn", "behaviour turns"],
];

/** Table of runs: heads that sort, and rows in groups. */
export class RunsTable {
  readonly root: HTMLElement;
  readonly #heads = new Map<SortColumn, HTMLElement>();
  readonly #table = element("table", { class: "runs" });
  /** Headings and rows as they stand. */
  #lines: readonly (string | HTMLTableRowElement | null)[] = [];
  readonly #nothing = element("p", { class: "muted", hidden: true });

  constructor(onSort: (column: SortColumn) => void) {
    const heads = columns.map(([column, words]) => {
      if (column === null) return element("th", { scope: "col" }, words);
      const head = element(
        "th",
        { scope: "col" },
        button(words, () => onSort(column), { title: `sort by ${words}` }),
      );
      this.#heads.set(column, head);
      return head;
    });
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
                  element("span", { class: "muted" }, ` ${rows.length}`),
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
}
