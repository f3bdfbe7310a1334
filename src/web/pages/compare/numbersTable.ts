import type { FigureTable } from "../../../figures/figure.js";
import type { ServedComparison } from "../../../server/schemas/compare.js";
import { element } from "../../parts/dom.js";
import { intervalWords, percentWords, signed } from "../../parts/numberWords.js";
import { runSwatch } from "../../parts/runSwatch.js";

type Numbers = ServedComparison["numbers"][number];

/**
 * Table of the numbers of runs, such as their last rates, transitions and lags: a row a number, a column a run, and
 * the means of those that are drawn as one. The heads of the columns switch the curves.
 */
export function numbersTable(
  { runs, curves, numbers }: Pick<ServedComparison, "runs" | "curves" | "numbers">,
  options: {
    readonly isHidden: (curve: string) => boolean;
    readonly onToggle: (curve: string) => void;
    readonly hrefOf: (run: string) => string;
  },
): HTMLElement {
  const columns = columnsOf({ runs, curves });
  return element(
    "div",
    { class: "compare-numbers", tabindex: 0, role: "region", "aria-label": "numbers of the runs" },
    element(
      "table",
      {},
      element(
        "thead",
        {},
        element("tr", {}, element("td"), ...columns.map((column) => head(column, options))),
      ),
      element(
        "tbody",
        {},
        ...numbers.map((number) =>
          element(
            "tr",
            {},
            element("th", { scope: "row" }, number.title),
            ...columns.map((column) =>
              column.kind === "run" ? runCell(number, column.place) : meanCell(number, column.place),
            ),
          ),
        ),
      ),
    ),
  );
}

/** Column of the table: a run, or the mean over the runs of a curve; `place` among runs or among curves. */
interface Column {
  readonly kind: "run" | "mean";
  readonly place: number;
  readonly name: string;
  readonly words: string;
  readonly title: string;
  /** Curve of the column; null where what is drawn is the mean that the run is part of. */
  readonly curve: ServedComparison["curves"][number] | null;
}

/** Columns: runs curve by curve; after several of one curve, their mean. */
function columnsOf({ runs, curves }: Pick<ServedComparison, "runs" | "curves">): Column[] {
  return curves.flatMap((curve, place): Column[] => {
    const isMean = curve.runs.length > 1;
    const own = runs.flatMap(({ id, recipe, seed, curve: drawn }, index): Column[] =>
      drawn !== place
        ? []
        : [
            {
              kind: "run",
              place: index,
              name: id,
              words: seed === null ? recipe : `seed ${seed}`,
              title: recipe,
              curve: isMean ? null : curve,
            },
          ],
    );
    const title = `mean of ${curve.runs.join(", ")}; 95 % Student interval where three have it`;
    return isMean ? [{ kind: "mean", place, name: "mean", words: curve.name, title, curve }, ...own] : own;
  });
}

function head(
  { kind, name, words, title, curve }: Column,
  { isHidden, onToggle, hrefOf }: Parameters<typeof numbersTable>[1],
): HTMLElement {
  return element(
    "th",
    { scope: "col", title, class: kind },
    curve === null ? element("span", { class: "no-curve" }) : toggle(curve, isHidden(curve.name), onToggle),
    kind === "mean" ? element("b", {}, name) : element("a", { href: hrefOf(name), "data-run": name }, name),
    element("span", { class: "muted" }, words),
  );
}

function toggle(
  { name, style }: ServedComparison["curves"][number],
  isHidden: boolean,
  onToggle: (curve: string) => void,
): HTMLButtonElement {
  const made = element(
    "button",
    {
      type: "button",
      class: "curve-toggle",
      "aria-pressed": String(!isHidden),
      "aria-label": `draw ${name}`,
      title: `draw ${name} or not`,
      "data-curve": name,
    },
    runSwatch(style),
  );
  made.addEventListener("click", () => onToggle(name));
  return made;
}

function runCell({ cells, unit }: Numbers, place: number): HTMLElement {
  const { estimate, reason, verdict } = cells[place] ?? { estimate: null, reason: null, verdict: null };
  if (estimate === null) {
    const words = verdict?.words ?? (reason === null ? "–" : "none");
    return element("td", { class: "muted", title: reason ?? undefined }, words);
  }
  return element(
    "td",
    { class: "number" },
    element("b", {}, valueWords(estimate.value, unit)),
    ` ${intervalWords(estimate.low, estimate.high)}`,
  );
}

function meanCell({ means, unit }: Numbers, place: number): HTMLElement {
  const mean = means[place] ?? null;
  if (mean === null) return element("td", { class: "mean muted" }, "–");
  const { value, low, high, n } = mean;
  const interval = low === null || high === null ? "" : ` ${intervalWords(low, high)}`;
  return element(
    "td",
    { class: "mean number" },
    element("b", {}, valueWords(value, unit)),
    interval,
    element("span", { class: "muted" }, ` n = ${n}`),
  );
}

function valueWords(value: number, unit: Numbers["unit"]): string {
  if (unit === "%") return percentWords(value);
  const text = Number.isInteger(value) ? String(value) : value.toFixed(1);
  return unit === "steps" && value > 0 ? `+${text}` : signed(text);
}

/** Numbers of the runs as a table to download, complete and unrounded: one row a number and run, and one a mean. */
export function numbersData({ runs, curves, numbers }: ServedComparison): FigureTable {
  return {
    columns: ["quantity", "unit", "run", "runs", "value", "low", "high", "verdict", "why none"],
    rows: numbers.flatMap(({ title, unit, cells, means }) => [
      ...cells.map(({ estimate, reason, verdict }, index) => [
        ...[title, unit, runs[index]?.id ?? "", 1],
        ...[
          estimate?.value ?? null,
          estimate?.low ?? null,
          estimate?.high ?? null,
          verdict?.words ?? null,
          reason,
        ],
      ]),
      ...means.flatMap((mean, index) =>
        mean === null
          ? []
          : [
              [
                ...[title, unit, `mean of ${curves[index]?.runs.join(", ") ?? ""}`, mean.n],
                ...[mean.value, mean.low, mean.high, null, null],
              ],
            ],
      ),
    ]),
  };
}
