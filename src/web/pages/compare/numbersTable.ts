import type { FigureTable } from "../../../figures/figure.js";
import type { ServedComparison } from "../../../server/schemas/compare.js";
import { element } from "../../parts/dom.js";
import { intervalWords, percentWords, signed } from "../../parts/numberWords.js";
import { runSwatch } from "../../parts/runSwatch.js";

type Numbers = ServedComparison["numbers"][number];

/**
 * What the runs end at, where they turn and by how much: a row a number, a column a run, and their mean. The heads of
 * the columns switch the curves.
 */
export function numbersTable(
  { runs, curves, numbers }: ServedComparison,
  options: {
    readonly isHidden: (curve: string) => boolean;
    readonly onToggle: (curve: string) => void;
    readonly hrefOf: (run: string) => string;
  },
): HTMLElement {
  const heads = runs.map(({ id, recipe, seed, curve }) => {
    const drawn = curves[curve];
    if (drawn === undefined) return element("th", { scope: "col" }, id);
    const toggle = element(
      "button",
      {
        type: "button",
        class: "curve-toggle",
        "aria-pressed": String(!options.isHidden(drawn.name)),
        "aria-label": `draw ${drawn.name}`,
        title: `draw ${drawn.name} or not`,
        "data-curve": drawn.name,
      },
      runSwatch(drawn.style),
    );
    toggle.addEventListener("click", () => options.onToggle(drawn.name));
    return element(
      "th",
      { scope: "col" },
      toggle,
      element("a", { href: options.hrefOf(id), "data-run": id }, id),
      element("span", { class: "muted" }, seed === null ? recipe : `${recipe} · seed ${seed}`),
    );
  });
  const hasMean = numbers.some(({ mean }) => mean !== null);
  return element(
    "div",
    { class: "compare-numbers", tabindex: 0, role: "region", "aria-label": "numbers of the runs" },
    element(
      "table",
      {},
      element(
        "thead",
        {},
        element(
          "tr",
          {},
          element("td"),
          ...heads,
          hasMean
            ? element(
                "th",
                { scope: "col" },
                element("b", {}, "mean"),
                element("span", { class: "muted" }, "95 % interval for n ≥ 3"),
              )
            : null,
        ),
      ),
      element("tbody", {}, ...numbers.map((each) => row(each, hasMean))),
    ),
  );
}

function row({ title, unit, cells, mean }: Numbers, hasMean: boolean): HTMLElement {
  return element(
    "tr",
    {},
    element("th", { scope: "row" }, title),
    ...cells.map(({ estimate, reason }) =>
      estimate === null
        ? element("td", { class: "muted", title: reason ?? undefined }, reason === null ? "–" : "none")
        : element(
            "td",
            { class: "number" },
            element("b", {}, valueWords(estimate.value, unit)),
            ` ${intervalWords(estimate.low, estimate.high)}`,
          ),
    ),
    hasMean ? meanCell(mean, unit) : null,
  );
}

function meanCell(mean: Numbers["mean"], unit: Numbers["unit"]): HTMLElement {
  if (mean === null) return element("td", { class: "muted" }, "–");
  const { value, low, high, n } = mean;
  const interval = low === null || high === null ? "" : ` ${intervalWords(low, high)}`;
  return element(
    "td",
    { class: "number" },
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

/** The same as a table to take away, complete and unrounded: one row a number and run. */
export function numbersData({ runs, numbers }: ServedComparison): FigureTable {
  return {
    columns: ["quantity", "unit", "run", "value", "low", "high", "why none"],
    rows: numbers.flatMap(({ title, unit, cells, mean }) => [
      ...cells.map(({ estimate, reason }, index) => [
        title,
        unit,
        runs[index]?.id ?? "",
        estimate?.value ?? null,
        estimate?.low ?? null,
        estimate?.high ?? null,
        reason,
      ]),
      ...(mean === null
        ? []
        : [[title, unit, `mean of ${mean.n} runs`, mean.value, mean.low, mean.high, null]]),
    ]),
  };
}
