import type { FigureTable } from "../../../figures/figure.js";
import type { ServedComparison } from "../../../server/schemas/compare.js";
import { element } from "../../parts/dom.js";
import { intervalWords, percentWords, signed } from "../../parts/numberWords.js";
import { runSwatch } from "../../parts/runSwatch.js";
import { controlWords, eventLine, eventScale } from "./eventLine.js";
import type { RunGroup } from "./runGroups.js";

type Numbers = ServedComparison["numbers"][number];
type Compared = Pick<ServedComparison, "runs" | "curves" | "numbers" | "pending">;

/** What the table needs of the page. */
export interface NumbersTableOptions {
  readonly isHidden: (curve: string) => boolean;
  readonly onToggle: (curve: string) => void;
  /** Told the label of the curve that the reader points at, or has in focus; null where that ends. */
  readonly onPoint: (label: string | null) => void;
  readonly hrefOf: (run: string) => string;
  readonly pinned: ReadonlySet<string>;
  readonly onPin: (run: string) => void;
  /** Runs in groups, in their order. */
  readonly groups: readonly RunGroup[];
}

/**
 * Table of the runs: a row a run with its events on one time line and its numbers, such as the last rates, turns and
 * lags, and a row for the mean of those that are drawn as one.
 */
export function numbersTable(compared: Compared, options: NumbersTableOptions): HTMLElement {
  const { numbers } = compared;
  const scale = eventScale(compared.runs);
  const rows = rowsOf(compared, options);
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
          element("th", { scope: "col" }, "run"),
          element(
            "th",
            { scope: "col", class: "event-axis" },
            "what turns when",
            element(
              "span",
              { class: "muted" },
              element("span", {}, String(scale.first)),
              element("span", {}, "optimiser step"),
              element("span", {}, String(scale.last)),
            ),
          ),
          ...numbers.map(({ title }) => element("th", { scope: "col" }, title)),
        ),
      ),
      ...rows.map(({ heading, rows: lines }) =>
        element(
          "tbody",
          {},
          heading === null
            ? null
            : element(
                "tr",
                { class: "group" },
                element("th", { scope: "rowgroup", colspan: numbers.length + 2 }, heading),
              ),
          ...lines.map((row) =>
            element(
              "tr",
              { class: row.kind },
              head(row, options),
              element("td", {}, row.kind === "run" ? eventLine(compared, row.place, scale) : null),
              ...numbers.map((number) =>
                row.kind === "run" ? runCell(number, row.place) : meanCell(number, row.place),
              ),
            ),
          ),
        ),
      ),
    ),
  );
}

/** Row of the table: a run, or the mean over the runs of a curve; `place` among runs or among curves. */
interface Row {
  readonly kind: "run" | "mean";
  readonly place: number;
  readonly id: string;
  readonly label: string;
  readonly words: string;
  readonly title: string;
  /** Curve of the row; null where what is drawn is the mean that the run is part of. */
  readonly curve: ServedComparison["curves"][number] | null;
  readonly isControl: boolean;
}

/** Rows, group by group: a mean before the runs that it is of, pinned runs first, and a control after its run. */
function rowsOf(
  { runs, curves }: Compared,
  { groups, pinned }: NumbersTableOptions,
): { readonly heading: string | null; readonly rows: readonly Row[] }[] {
  const meanSeen = new Set<number>();
  return groups.map(({ heading, runs: ids }) => {
    const own = ids.toSorted((one, other) => Number(pinned.has(other)) - Number(pinned.has(one)));
    const controlOf = (id: string): string | null => runs.find((run) => run.id === id)?.controlOf ?? null;
    const ordered = own
      .filter((id) => !own.includes(controlOf(id) ?? ""))
      .flatMap((id) => [id, ...own.filter((other) => controlOf(other) === id)]);
    return {
      heading,
      rows: ordered.flatMap((id): Row[] => {
        const place = runs.findIndex((run) => run.id === id);
        const run = runs[place];
        const curve = curves[run?.curve ?? -1];
        if (run === undefined || curve === undefined) return [];
        const isMean = curve.runs.length > 1;
        const isFirst = isMean && !meanSeen.has(run.curve);
        if (isFirst) meanSeen.add(run.curve);
        const mean: Row = {
          ...{ kind: "mean", place: run.curve, id: "", label: "mean", words: curve.name, curve },
          title: `mean of ${curve.runs.join(", ")}; 95 % Student interval where three have it`,
          isControl: false,
        };
        const row: Row = {
          ...{ kind: "run", place, id, label: run.label, title: `${id}: ${run.recipe}` },
          words: run.seed === null ? run.recipe : `seed ${run.seed}`,
          curve: isMean ? null : curve,
          isControl: run.controlOf !== null,
        };
        return isFirst ? [mean, row] : [row];
      }),
    };
  });
}

function head(
  { kind, id, label, words, title, curve, isControl }: Row,
  { isHidden, onToggle, onPoint, hrefOf, pinned, onPin }: NumbersTableOptions,
): HTMLElement {
  const made = element(
    "th",
    { scope: "row", title },
    element(
      "div",
      {},
      curve === null ? element("span", { class: "no-curve" }) : toggle(curve, isHidden(curve.name), onToggle),
      kind === "mean"
        ? element("b", {}, label)
        : element("a", { href: hrefOf(id), "data-run": id }, `${isControl ? "↳ " : ""}${label}`),
      kind === "mean" ? null : pin(id, pinned.has(id), onPin),
    ),
    element("span", { class: "muted" }, isControl ? `control · ${words}` : words),
  );
  if (curve !== null) {
    for (const [begin, end] of [
      ["pointerenter", "pointerleave"],
      ["focusin", "focusout"],
    ] as const) {
      made.addEventListener(begin, () => onPoint(curve.label));
      made.addEventListener(end, () => onPoint(null));
    }
  }
  return made;
}

function pin(run: string, isPinned: boolean, onPin: (run: string) => void): HTMLButtonElement {
  const made = element(
    "button",
    {
      type: "button",
      class: "pin",
      "aria-pressed": String(isPinned),
      "aria-label": `pin ${run}`,
      title: isPinned ? "pinned: first in its group, here and in the list of runs" : "pin: put it first",
    },
    isPinned ? "★" : "☆",
  );
  made.addEventListener("click", () => onPin(run));
  return made;
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
  const { estimate, reason, verdict, againstControl } = cells[place] ?? {
    ...{ estimate: null, reason: null, verdict: null, againstControl: null },
  };
  if (estimate === null) {
    const words = verdict?.words ?? (reason === null ? "–" : "none");
    return element("td", { class: "muted", title: reason ?? undefined }, words);
  }
  return element(
    "td",
    { class: "number" },
    element("b", {}, valueWords(estimate.value, unit)),
    ` ${intervalWords(estimate.low, estimate.high)}`,
    againstControl === null ? null : element("span", { class: "muted" }, ` ${controlWords[againstControl]}`),
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
    columns: [
      ...[
        "quantity",
        "unit",
        "run",
        "runs",
        "value",
        "low",
        "high",
        "verdict",
        "against control",
        "why none",
      ],
    ],
    rows: numbers.flatMap(({ title, unit, cells, means }) => [
      ...cells.map(({ estimate, reason, verdict, againstControl }, index) => [
        ...[title, unit, runs[index]?.id ?? "", 1],
        ...[estimate?.value ?? null, estimate?.low ?? null, estimate?.high ?? null],
        ...[verdict?.words ?? null, againstControl === null ? null : controlWords[againstControl], reason],
      ]),
      ...means.flatMap((mean, index) =>
        mean === null
          ? []
          : [
              [
                ...[title, unit, `mean of ${curves[index]?.runs.join(", ") ?? ""}`, mean.n],
                ...[mean.value, mean.low, mean.high, null, null, null],
              ],
            ],
      ),
    ]),
  };
}
