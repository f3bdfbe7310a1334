import type { FigureTable } from "../../figures/figure.js";
import type { ServedFigure } from "../../server/schemas/figures.js";
import { element } from "../parts/dom.js";
import { holdsWords } from "../parts/searchWords.js";
import type { DownloadForm } from "./download.js";
import { figureMenu } from "./menu/figureMenu.js";

/** Most rows that a table in the page has; the files always have all. */
const mostRows = 400;

/**
 * Caption under a figure, whole, which opens to formula, caveat, source and data. The table is
 * asked for when it is opened. What was open in the version before stays open.
 */
export function figureAbout(
  { meta }: ServedFigure,
  before: HTMLElement,
  tableOf: () => Promise<FigureTable>,
): HTMLDetailsElement {
  const table = element("details", {}, element("summary", {}, `data, ${meta.rows} rows`));
  const fill = async (): Promise<void> => {
    try {
      table.append(dataTable(await tableOf(), meta.title));
    } catch (error) {
      table.append(element("p", {}, error instanceof Error ? error.message : String(error)));
    }
  };
  let isAsked = false;
  table.addEventListener("toggle", () => {
    if (!table.open || isAsked) return;
    isAsked = true;
    void fill();
  });
  table.open = before.querySelector("details")?.open ?? false;
  return element(
    "details",
    { class: "about", open: before instanceof HTMLDetailsElement && before.open },
    element(
      "summary",
      { title: "formula, caveat, source and data" },
      element("span", { class: "about-sign", "aria-hidden": "true" }, "i"),
      element("span", { class: "caption" }, meta.caption),
    ),
    element(
      "dl",
      {},
      ...definition("shows", meta.summary),
      ...definition("formula", meta.formula),
      ...definition("caveat", meta.caveat),
      ...definition("source", meta.source),
    ),
    table,
  );
}

function definition(term: string, text: string): HTMLElement[] {
  return [element("dt", {}, term), element("dd", {}, text)];
}

/** Number of rows above which those of a table that begin with a name can be searched. */
const fewRows = 12;

function dataTable({ columns, rows }: FigureTable, title: string): HTMLElement {
  const caption = element("caption");
  const body = element("tbody");
  const show = (search: string): void => {
    const found = search === "" ? rows : rows.filter(([name]) => holdsWords(String(name), search));
    const shown = found.slice(0, mostRows);
    const count = found.length === rows.length ? `${rows.length}` : `${found.length} found of ${rows.length}`;
    caption.textContent =
      shown.length < found.length
        ? `${title}, first ${shown.length} of ${count} rows`
        : found.length < rows.length
          ? `${title}, ${count} rows`
          : title;
    body.replaceChildren(
      ...shown.map((row) => element("tr", {}, ...row.map((value) => element("td", {}, cellText(value))))),
    );
  };
  show("");
  const isNamed = rows.length > fewRows && typeof rows[0]?.[0] === "string";
  return element(
    "div",
    { class: "data", tabindex: 0, role: "region", "aria-label": `data of ${title}` },
    isNamed ? rowSearch(`search the rows of ${title} by ${columns[0] ?? "name"}`, show) : null,
    element(
      "table",
      {},
      caption,
      element(
        "thead",
        {},
        element("tr", {}, ...columns.map((name) => element("th", { scope: "col" }, name))),
      ),
      body,
    ),
  );
}

function rowSearch(label: string, onSearch: (text: string) => void): HTMLElement {
  const search = element("input", {
    type: "search",
    placeholder: "search",
    "aria-label": label,
    autocomplete: "off",
  });
  search.addEventListener("input", () => onSearch(search.value));
  return search;
}

function cellText(value: number | string | null): string {
  if (typeof value === "number") return String(Number(value.toPrecision(6))).replace(/^-/, "−");
  return value ?? "–";
}

/** Menu of what can be saved of a table or map that has no place among the figures. */
export function downloadMenu(title: string, onSave: (form: DownloadForm) => void): HTMLDetailsElement {
  return figureMenu(title, { onSave });
}
