import { element } from "../../parts/dom.js";

/** Table of the page of a study, which scrolls sideways where it is too wide. */
export function studyTable(
  label: string,
  heads: readonly string[],
  rows: readonly HTMLTableRowElement[],
): HTMLElement {
  return element(
    "div",
    { class: "study-table", tabindex: 0, role: "region", "aria-label": label },
    element(
      "table",
      {},
      element(
        "thead",
        {},
        element("tr", {}, ...heads.map((words) => element("th", { scope: "col" }, words))),
      ),
      element("tbody", {}, ...rows),
    ),
  );
}
