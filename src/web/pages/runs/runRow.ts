import type { ServedEstimate } from "../../../server/schemas/common.js";
import type { ServedRun, ServedSummary } from "../../../server/schemas/runs.js";
import { element } from "../../parts/dom.js";
import { intervalWords, percentWords } from "../../parts/numberWords.js";
import { sparkline } from "../../parts/sparkline.js";
import { statusWords, type ListedRow } from "./runsOrder.js";

/** Number of cells of a row, those of its second line included. */
export const columnCount = 15;

/** Shows those of some cells whose columns are chosen, and those of no column. */
export function showColumns(cells: readonly HTMLElement[], chosen: readonly string[]): void {
  for (const cell of cells) {
    const { column } = cell.dataset;
    cell.hidden = column !== undefined && column !== "run" && !chosen.includes(column);
  }
}

/**
 * Row of the list, whose numbers arrive later, in cells that are there from the start; under it what is wrong with the
 * run.
 */
export class RunRow implements ListedRow {
  readonly link: HTMLAnchorElement;
  #run: ServedRun;
  #rows: readonly HTMLTableRowElement[];
  readonly #star = element("span", { class: "muted", title: "pinned", hidden: true }, " ★");
  readonly #tags = element("span", { class: "tags" });
  readonly #status = cellOf("status");
  readonly #recipe = cellOf("recipe", "recipe");
  readonly #seed = cellOf("seed", "number", "seed");
  readonly #rank = cellOf("rank", "number", "rank");
  readonly #layer = cellOf("layer", "number", "layer");
  readonly #model = cellOf("model", undefined, "base model");
  readonly #steps = cellOf("steps", "number", "steps");
  readonly #date = cellOf("date", "number", "written");
  readonly #pick: HTMLInputElement;
  readonly #main: HTMLTableRowElement;
  readonly #misaligned = cellOf("em", "estimate", "misaligned");
  readonly #path = cellOf("path", "path");
  readonly #turn = cellOf("turn", "estimate", "behaviour");
  readonly #direction = cellOf("direction", "estimate", "direction");
  readonly #gradient = cellOf("gradient", "estimate", "gradient norm");
  #summary: ServedSummary | null = null;

  constructor(run: ServedRun, onPick: (run: string, isPicked: boolean) => void) {
    this.#run = run;
    this.link = element("a", { "data-run": run.id }, run.id);
    this.#pick = element("input", { type: "checkbox", "aria-label": `select ${run.id} for comparison` });
    this.#pick.addEventListener("change", () => onPick(run.id, this.#pick.checked));
    this.#main = element(
      "tr",
      { "data-run": run.id },
      element("td", { class: "pick" }, this.#pick),
      element("th", { scope: "row" }, this.link, this.#star, this.#tags),
      this.#status,
      this.#recipe,
      this.#seed,
      this.#rank,
      this.#layer,
      this.#model,
      this.#misaligned,
      this.#path,
      this.#turn,
      this.#direction,
      this.#gradient,
      this.#steps,
      this.#date,
    );
    this.#rows = [this.#main];
    this.#show(run);
  }

  /** Run of the row, as the list tells it. */
  get run(): ServedRun {
    return this.#run;
  }

  /** Lines of the table that belong to the run. */
  get rows(): readonly HTMLTableRowElement[] {
    return this.#rows;
  }

  /** Takes the run as it is now; the row stays where it is, with its focus, and its numbers until others come. */
  setRun(run: ServedRun): void {
    if (JSON.stringify(run) !== JSON.stringify(this.#run)) this.#show(run);
  }

  #show(run: ServedRun): void {
    const before = this.#run.trouble;
    this.#run = run;
    this.#pick.disabled = run.status === "unreadable";
    this.#status.replaceChildren(
      ...[
        element("span", { class: `status ${run.status}` }, statusWords(run)),
        progress(run),
        alerts(run),
      ].filter((part) => part !== null),
    );
    this.#tags.replaceChildren(...run.tags.flatMap((tag) => [" ", element("span", { class: "tag" }, tag)]));
    this.#recipe.textContent = run.recipe;
    this.#seed.textContent = run.seed === null ? "" : String(run.seed);
    this.#rank.textContent = run.rank === null ? "" : String(run.rank);
    this.#layer.textContent = run.layers ?? "";
    this.#model.textContent = run.baseModel ?? "";
    this.#steps.textContent = run.steps === null ? "" : `${run.steps.first}–${run.steps.last}`;
    this.#date.textContent = run.written === null ? "" : run.written.slice(0, 16).replace("T", " ");
    this.#date.title = "when training last wrote anything, in UTC";
    const isSame = JSON.stringify(run.trouble) === JSON.stringify(before) && this.#rows.length > 1;
    if (!isSame) this.#rows = [this.#main, ...(run.trouble === null ? [] : [troubleRow(run.trouble)])];
    this.setPicked(this.isPicked);
    if (run.status === "unreadable") this.#misaligned.replaceChildren();
    else if (this.#summary === null && this.#misaligned.childNodes.length === 0)
      this.#misaligned.append(muted("…"));
  }

  /** Shows the chosen columns. */
  chooseColumns(chosen: readonly string[]): void {
    showColumns([...this.#main.cells], chosen);
  }

  get summary(): ServedSummary | null {
    return this.#summary;
  }

  get isPicked(): boolean {
    return this.#pick.checked;
  }

  setPicked(isPicked: boolean): void {
    this.#pick.checked = isPicked;
    for (const row of this.#rows) row.classList.toggle("picked", isPicked);
  }

  setPinned(isPinned: boolean): void {
    this.#star.hidden = !isPinned;
  }

  setHref(href: string): void {
    this.link.setAttribute("href", href);
  }

  /** Takes the run's numbers. */
  setSummary(summary: ServedSummary): void {
    this.#summary = summary;
    const { misaligned, turn, turnAbsent, turnVerdict, curve, mechanism } = summary;
    const { steps } = this.#run;
    const ends: readonly [number, number] =
      steps === null ? [curve.steps[0] ?? 0, curve.steps.at(-1) ?? 1] : [steps.first, steps.last];
    this.#misaligned.replaceChildren(
      ...(misaligned === null
        ? [muted("not evaluated")]
        : [
            miniAxis(misaligned, [0, 100], "bar"),
            element("b", {}, percentWords(misaligned.value)),
            ` ${intervalWords(misaligned.low, misaligned.high)}`,
          ]),
    );
    this.#path.replaceChildren(...(curve.steps.length < 2 ? [] : [sparkline(curve, ends)]));
    this.#turn.replaceChildren(...turnParts(turn, ends, turnVerdict?.words ?? "", turnAbsent));
    const untold = mechanism === null ? "not analysed" : (mechanism.directionVerdict?.words ?? "");
    const hint = mechanism === null ? "Open the run once: then it is kept." : null;
    this.#direction.replaceChildren(...turnParts(mechanism?.direction ?? null, ends, untold, hint));
    this.#gradient.replaceChildren(
      ...turnParts(mechanism?.gradientPeak ?? null, ends, mechanism === null ? "not analysed" : "–", hint),
    );
  }

  /** Says that the run's answers cannot be read. */
  setFailure(message: string): void {
    this.#misaligned.replaceChildren(muted("answers cannot be read", message));
  }
}

/** @param words what the cell is, where there is no room for heads; none for what says it itself */
function cellOf(column: string, className?: string, words?: string): HTMLTableCellElement {
  return element("td", { class: className, "data-column": column, "data-words": words });
}

/** A step with its interval, or why there is none. */
function turnParts(
  turn: ServedEstimate | null,
  ends: readonly [number, number],
  words: string,
  hint: string | null,
): (HTMLElement | string)[] {
  if (turn === null) return [muted(words, hint ?? undefined)];
  return [
    miniAxis(turn, ends, "tick"),
    element("b", {}, `step ${turn.value}`),
    ` ${intervalWords(turn.low, turn.high)}`,
  ];
}

function muted(text: string, title?: string): HTMLElement {
  return element("span", { class: "muted", title }, text);
}

/** Mark of how many detectors have fired in a run that is being trained. */
function alerts({ alerts: count = 0 }: ServedRun): HTMLElement | null {
  if (count === 0) return null;
  const words = count === 1 ? "1 detector has fired" : `${count} detectors have fired`;
  return element("span", { class: "run-alerts", title: words }, ` ▲ ${count}`);
}

/** Progress of a run that does not say that it has ended. */
function progress({ status, steps, planned, trouble }: ServedRun): HTMLElement | null {
  if (status === "finished" || trouble !== null || steps === null) return null;
  const planWords = planned === null ? "" : ` of ${planned}`;
  return element("span", { class: "muted" }, ` step ${steps.last}${planWords}`);
}

function troubleRow({ why, fix }: NonNullable<ServedRun["trouble"]>): HTMLTableRowElement {
  const [, command = "", words = fix ?? ""] = /^(turncoat .* --\w+)(.*)$/.exec(fix ?? "") ?? [];
  return element(
    "tr",
    { class: "trouble" },
    element("td", {}),
    element(
      "td",
      { colspan: columnCount - 1 },
      why,
      fix === null
        ? null
        : element("span", { class: "fix" }, command === "" ? null : element("code", {}, command), words),
    ),
  );
}

/** A value with its interval on an axis of a few dozen pixels. */
function miniAxis(
  { value, low, high }: ServedEstimate,
  [first, last]: readonly [number, number],
  form: "bar" | "tick",
): HTMLElement {
  const at = (number: number): number => (100 * (number - first)) / Math.max(1, last - first);
  const start = form === "bar" ? 0 : at(value);
  return element(
    "span",
    { class: `mini ${form}`, "aria-hidden": "true" },
    element("i", { class: "value", style: `left:${start}%;width:${form === "bar" ? at(value) : 0}%` }),
    element("i", { class: "interval", style: `left:${at(low)}%;width:${at(high) - at(low)}%` }),
  );
}
