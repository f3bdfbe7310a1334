import type { Figure } from "../figure.js";
import { escapeHtml } from "../style/escapeHtml.js";

/** What stands before the parts of a page: a table with a row a part, and figures over all of them. */
export interface StandaloneOverview {
  readonly columns: readonly string[];
  /** Rows in the order of the parts; the first cell is the part's title, and leads to it. */
  readonly rows: readonly (readonly string[])[];
  readonly figures: readonly Figure[];
}

/** Table of the parts of a page, each with a link to its own. */
export function overviewTable({ columns, rows }: StandaloneOverview): string {
  const heads = columns.map((name) => `<th scope="col">${escapeHtml(name)}</th>`);
  const lines = rows.map(([title = "", ...cells], index) => {
    const link = `<th scope="row"><a href="#part-${index}">${escapeHtml(title)}</a></th>`;
    return `<tr>${link}${cells.map((cell) => `<td>${escapeHtml(cell)}</td>`).join("")}</tr>`;
  });
  return `<div class="overview" tabindex="0" role="region" aria-label="runs"><table><thead><tr>${heads.join("")}</tr></thead><tbody>${lines.join("")}</tbody></table></div>`;
}
