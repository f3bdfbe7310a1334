import type { ServedStudy, ServedStudyMean, ServedStudyRun } from "../../../server/schemas/study.js";
import { element } from "../../parts/dom.js";
import { intervalWords, percentWords, signed } from "../../parts/numberWords.js";

type Row = ServedStudy["rows"][number];
type Pair = Row["pairs"][number];
type Quantity = ServedStudy["quantities"][number];

/** Addresses that the cells of the grid lead to. */
export interface GridLinks {
  readonly runHref: (run: string) => string;
  readonly compareHref: (runs: readonly string[]) => string;
}

/** The two runs of a pair, in the order of their columns. */
const arms = ["harmful", "control"] as const;

/**
 * Grid of a study: a group of lines for each row, with the state of every run and its numbers; two columns a seed, the harmful
 * run and its control, and two for the means. A cell is filled again only where it says something else than before.
 */
export class StudyGrid {
  readonly root = element("div", {
    class: "study-grid",
    tabindex: 0,
    role: "region",
    "aria-label": "runs of the study",
  });
  readonly #links: GridLinks;
  #shape = "";
  readonly #cells = new Map<string, { readonly cell: HTMLElement; said: string }>();

  constructor(links: GridLinks) {
    this.#links = links;
  }

  show(study: ServedStudy): void {
    const shape = JSON.stringify([study.quantities, study.seeds, study.rows.map(shapeOf)]);
    if (shape !== this.#shape) {
      this.#shape = shape;
      this.#cells.clear();
      this.root.replaceChildren(this.#table(study));
    }
    for (const [index, row] of study.rows.entries()) this.#fill(index, row, study);
  }

  /** Writes the links again: the theme is part of them. */
  renewLinks(study: ServedStudy): void {
    for (const each of this.#cells.values()) each.said = "";
    this.show(study);
  }

  /** Links to the runs that are there, line by line. */
  get runLinks(): readonly HTMLAnchorElement[][] {
    return [...this.root.querySelectorAll("tr.states")].map((line) => [
      ...line.querySelectorAll<HTMLAnchorElement>("a[data-run]"),
    ]);
  }

  /** Link to the comparison of the pair that a run is of. */
  comparisonOf(run: string): HTMLAnchorElement | undefined {
    const links = [...this.root.querySelectorAll<HTMLAnchorElement>("a[data-pair]")];
    return links.find(({ dataset }) => dataset.pair?.split(" ").includes(run));
  }

  #table({ seeds, rows, quantities }: ServedStudy): HTMLElement {
    const columns = 2 * seeds.length + 3;
    return element(
      "table",
      {},
      element(
        "thead",
        {},
        element(
          "tr",
          {},
          element("td", {}),
          element("th", { scope: "colgroup", colspan: 2 }, "mean over seeds"),
          ...seeds.map((seed) => element("th", { scope: "colgroup", colspan: 2 }, `seed ${seed}`)),
        ),
        element(
          "tr",
          {},
          element("td", {}),
          ...[null, ...seeds].flatMap(() =>
            arms.map((arm) => element("th", { scope: "col", class: arm }, arm)),
          ),
        ),
      ),
      ...rows.map((row, index) =>
        element(
          "tbody",
          {},
          element(
            "tr",
            { class: "group" },
            element(
              "th",
              { scope: "rowgroup", colspan: columns },
              row.title,
              row.detail === "" ? null : element("span", { class: "muted" }, ` ${row.detail}`),
            ),
          ),
          this.#line(index, "states", "state", seeds),
          ...quantities.map(({ id, words }) => this.#line(index, id, words, seeds)),
          element(
            "tr",
            { class: "against" },
            element("th", { scope: "row" }, "against the control"),
            this.#cell(`${index} against`, { colspan: 2, class: "harmful" }),
            ...seeds.map((seed) => this.#cell(`${index} against ${seed}`, { colspan: 2, class: "harmful" })),
          ),
          element("tr", { class: "trouble" }, this.#cell(`${index} trouble`, { colspan: columns })),
        ),
      ),
    );
  }

  #line(row: number, id: string, words: string, seeds: readonly number[]): HTMLElement {
    return element(
      "tr",
      { class: id },
      element("th", { scope: "row" }, words),
      ...["mean", ...seeds].flatMap((seed) =>
        arms.map((arm) => this.#cell(`${row} ${id} ${seed} ${arm}`, { class: arm })),
      ),
    );
  }

  #cell(key: string, attributes: Readonly<Record<string, string | number>>): HTMLElement {
    const cell = element("td", attributes);
    this.#cells.set(key, { cell, said: "-" });
    return cell;
  }

  #fill(index: number, row: Row, study: ServedStudy): void {
    // Of what is not begun there is nothing to say but that.
    const isEmpty = row.pairs.every((pair) => arms.every((arm) => pair[arm].state === "missing"));
    this.root.querySelectorAll("tbody")[index]?.classList.toggle("empty", isEmpty);
    for (const pair of row.pairs) {
      for (const arm of arms) {
        const run = pair[arm];
        this.#put(`${index} states ${pair.seed} ${arm}`, stateOf(run), () => this.#state(run));
        for (const [place, quantity] of study.quantities.entries()) {
          const key = `${index} ${quantity.id} ${pair.seed} ${arm}`;
          const number = run.numbers[place] ?? null;
          // Said once a run, not in every line.
          const isWaiting = run.isPending && place === 0;
          this.#put(key, [number, isWaiting], () => numberParts(number, quantity, isWaiting));
        }
      }
      this.#put(`${index} against ${pair.seed}`, againstOf(pair), () => this.#against(pair));
    }
    for (const arm of arms) {
      for (const [place, quantity] of study.quantities.entries()) {
        const mean = row.means[arm][place] ?? null;
        this.#put(`${index} ${quantity.id} mean ${arm}`, mean, () => meanParts(mean, quantity));
      }
    }
    this.#put(`${index} against`, row.verdicts, () => [row.verdicts]);
    const troubles = row.pairs.flatMap((pair) => arms.map((arm) => pair[arm]));
    this.#put(`${index} trouble`, troubles.map(stateOf), () => troubles.flatMap(troubleParts));
  }

  /** Fills a cell where it says something else; what had the focus in it has it again. */
  #put(key: string, of: unknown, make: () => readonly (Node | string)[]): void {
    const known = this.#cells.get(key);
    const said = JSON.stringify(of);
    if (known === undefined || known.said === said) return;
    known.said = said;
    const hadFocus = known.cell.contains(document.activeElement);
    known.cell.replaceChildren(...make());
    if (hadFocus) known.cell.querySelector("a")?.focus({ preventScroll: true });
  }

  #state(run: ServedStudyRun): (Node | string)[] {
    const { state, words, step, planned, lacks } = run;
    const isRunning = state === "training";
    const short =
      isRunning && step !== null ? `step ${step}${planned === null ? "" : ` of ${planned}`}` : words;
    const shown = run.isThere
      ? element("a", { href: this.#links.runHref(run.run), "data-run": run.run, title: run.run }, short)
      : element("span", { title: run.run }, short);
    const bar =
      isRunning && step !== null && planned !== null
        ? element("progress", { max: planned, value: step, "aria-label": `training of ${run.run}` })
        : null;
    return [
      element("span", { class: `status ${statusClass[state]}` }, shown),
      ...(bar === null ? [] : [bar]),
      ...(lacks.length === 0 ? [] : [element("small", { class: "muted" }, `lacks ${lacks.join(", ")}`)]),
    ];
  }

  #against({ harmful, control, againstControl }: Pair): (Node | string)[] {
    const link =
      harmful.isThere && control.isThere
        ? element(
            "a",
            {
              href: this.#links.compareHref([harmful.run, control.run]),
              "data-pair": `${harmful.run} ${control.run}`,
              "aria-label": `compare ${harmful.run} with its control`,
            },
            "compare",
          )
        : null;
    const verdict =
      againstControl === null
        ? null
        : element(
            "span",
            { class: againstControl.name === "specific" ? "specific" : "", title: againstControl.sentence },
            againstControl.words,
          );
    return [...(verdict === null ? [] : [verdict, " · "]), ...(link === null ? [] : [link])];
  }
}

/** Classes of the dot before a state. */
const statusClass: Readonly<Record<ServedStudyRun["state"], string>> = {
  missing: "missing",
  training: "running",
  measuring: "running",
  trained: "partly",
  done: "finished",
  interrupted: "interrupted",
  failed: "unreadable",
  unreadable: "unreadable",
};

/** What a group of lines is made of, whatever its cells say. */
function shapeOf({ title, detail, pairs }: Row): unknown {
  return [title, detail, pairs.map(({ seed }) => seed)];
}

/** What the cell of a run's state says; signs of life stand elsewhere. */
function stateOf({ run, words, isThere, step, planned, lacks, trouble }: ServedStudyRun): unknown {
  return [run, words, isThere, step, planned, lacks, trouble];
}

function againstOf({ harmful, control, againstControl }: Pair): unknown {
  return [harmful.isThere, control.isThere, againstControl];
}

function numberParts(
  number: ServedStudyRun["numbers"][number],
  { unit }: Quantity,
  isWaiting: boolean,
): (Node | string)[] {
  if (number === null) {
    return isWaiting ? [element("span", { class: "muted" }, "being analysed …")] : [];
  }
  const { estimate, verdict, reason, n } = number;
  if (estimate === null) {
    return [element("span", { class: "muted", title: reason ?? undefined }, verdict?.words ?? "–")];
  }
  const { value, low, high } = estimate;
  return [
    element("b", n === null ? {} : { title: `of ${n} answers` }, valueWords(value, unit)),
    ` ${intervalWords(low, high)}`,
  ];
}

function meanParts(mean: ServedStudyMean | null, { unit }: Quantity): (Node | string)[] {
  if (mean === null) return [];
  const { n, mean: value, low, high } = mean;
  const interval = low === null || high === null ? "" : ` ${intervalWords(low, high)}`;
  const words = interval === "" ? ` n = ${n}, no interval` : ` n = ${n}`;
  return [
    element("b", {}, valueWords(value, unit)),
    interval,
    element("span", { class: "muted", title: "95 % Student interval over seeds, which takes three" }, words),
  ];
}

/** A value as a scientist writes it: percent with its unit, a step rounded to tenths. */
export function valueWords(value: number, unit: Quantity["unit"]): string {
  if (unit === "%") return percentWords(value);
  return signed(Number.isInteger(value) ? String(value) : value.toFixed(1));
}

function troubleParts({ run, trouble }: ServedStudyRun): HTMLElement[] {
  if (trouble === null) return [];
  const { why, fix, worker } = trouble;
  return [
    element(
      "p",
      {},
      element("b", {}, run),
      ` ${why}`,
      fix === null ? null : element("span", { class: "fix" }, fix),
      worker === null ? null : element("span", { class: "muted" }, ` (${worker})`),
    ),
  ];
}
