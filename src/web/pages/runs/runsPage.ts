import type { ServedEstimate } from "../../../server/schemas/common.js";
import type { ServedRun, ServedSummary } from "../../../server/schemas/runs.js";
import { fetchRuns, fetchSummary } from "../../api/runs.js";
import { element } from "../../parts/dom.js";
import { intervalWords, percentWords } from "../../parts/numberWords.js";
import { Shortcuts } from "../../parts/shortcuts.js";
import type { ThemeChoice } from "../../parts/theme.js";
import { writeUrlState } from "../../state/urlState.js";
import { definePage, type PageContext } from "../page.js";
import { runFields } from "../run/runFields.js";
import { runsFields } from "./runsFields.js";

/** The list of runs: a row each, with what it ended at and when it turned. */
export const runsPage = definePage({
  name: "runs",
  key: null,
  inNavigation: true,
  fields: runsFields,
  loading: () => "Reading the runs …",
  show,
});

async function show({ root, theme, header }: PageContext<typeof runsFields>): Promise<void> {
  document.title = "runs · Turncoat";
  const runs = await fetchRuns();
  const rows = runs.map((run) => new RunRow(run, theme));
  const filter = element("input", {
    type: "search",
    placeholder: "filter",
    "aria-label": "filter runs",
    autocomplete: "off",
  });
  filter.addEventListener("input", () => {
    for (const row of rows) row.filter(filter.value);
  });
  const shown = (): HTMLElement[] => rows.filter((row) => !row.root.hidden).map((row) => row.link);
  const focusBy = (count: number): void => {
    const links = shown();
    const at = links.findIndex((link) => link === document.activeElement);
    links[Math.min(links.length - 1, Math.max(0, at + count))]?.focus();
  };
  const shortcuts = new Shortcuts([
    { keys: ["ArrowDown", "j"], words: "next run", run: () => focusBy(1) },
    { keys: ["ArrowUp", "k"], words: "previous run", run: () => focusBy(-1) },
    { keys: ["/"], words: "filter", run: () => filter.focus() },
    { keys: ["d"], words: "light or dark", run: () => theme.toggle() },
  ]);
  root.replaceChildren(
    header({ onHelp: () => shortcuts.open() }).root,
    element(
      "main",
      {},
      runs.length === 0 ? noRuns() : element("div", { class: "runs-tools" }, filter),
      runs.length === 0 ? null : runsTable(rows),
    ),
    shortcuts.dialog,
  );
  // One after the other: each may be computed on the spot.
  for (const row of rows) await row.fill();
}

function noRuns(): HTMLElement {
  return element(
    "div",
    { class: "notice" },
    element("p", {}, "There are no runs here yet."),
    element("p", {}, "Train one, in about a minute: ", element("code", {}, "turncoat demo")),
    element("p", {}, "Or show a PEFT run as it lies: ", element("code", {}, "turncoat serve PATH/TO/RUN")),
  );
}

function runsTable(rows: readonly RunRow[]): HTMLElement {
  const columns = ["run", "status", "recipe", "checkpoints", "misaligned at the end", "behaviour turns"];
  return element(
    "table",
    { class: "runs" },
    element("thead", {}, element("tr", {}, ...columns.map((name) => element("th", { scope: "col" }, name)))),
    element("tbody", {}, ...rows.map((row) => row.root)),
  );
}

/** A row whose numbers arrive later, in cells that are there from the start. */
class RunRow {
  readonly root: HTMLTableRowElement;
  readonly link: HTMLAnchorElement;
  readonly #run: ServedRun;
  readonly #level = element("td", { class: "estimate" });
  readonly #turn = element("td", { class: "estimate" });

  constructor(run: ServedRun, theme: ThemeChoice) {
    this.#run = run;
    this.link = element("a", {}, run.id);
    const address = (): void =>
      this.link.setAttribute(
        "href",
        `./${writeUrlState(runFields, { run: run.id }, { theme: theme.choice })}`,
      );
    address();
    theme.subscribe(address);
    const { steps, error } = run;
    const count = steps === null ? "–" : `${steps.checkpoints} (${steps.first}–${steps.last})`;
    this.root = element(
      "tr",
      {},
      element("th", { scope: "row" }, this.link),
      element("td", {}, element("span", { class: `status ${run.status}` }, run.status)),
      element("td", {}, error ?? run.recipe),
      element("td", { class: "number" }, count),
      this.#level,
      this.#turn,
    );
    if (error === null) this.#level.append(element("span", { class: "muted" }, "…"));
  }

  filter(text: string): void {
    const { id, recipe, status } = this.#run;
    const all = `${id} ${recipe} ${status}`.toLowerCase();
    this.root.hidden = !text
      .toLowerCase()
      .split(/\s+/)
      .every((word) => all.includes(word));
  }

  async fill(): Promise<void> {
    if (this.#run.error !== null) return;
    try {
      this.#show(await fetchSummary(this.#run.id));
    } catch (error) {
      this.#level.replaceChildren(
        element("span", { class: "muted" }, error instanceof Error ? error.message : String(error)),
      );
    }
  }

  #show({ misaligned, turn, turnAbsent, steps }: ServedSummary): void {
    const muted = (text: string): HTMLElement => element("span", { class: "muted" }, text);
    this.#level.replaceChildren(
      ...(misaligned === null
        ? [muted("not evaluated")]
        : [
            miniAxis(misaligned, 0, 100, "bar"),
            `${percentWords(misaligned.value)} ${intervalWords(misaligned.low, misaligned.high)}`,
          ]),
    );
    this.#turn.replaceChildren(
      ...(turn === null || steps === null
        ? [
            element(
              "span",
              { class: "muted", title: turnAbsent ?? undefined },
              turnAbsent === null ? "–" : "no turn",
            ),
          ]
        : [
            miniAxis(turn, steps.first, steps.last, "tick"),
            `step ${turn.value} ${intervalWords(turn.low, turn.high)}`,
          ]),
    );
  }
}

/** A value with its interval on an axis of a few dozen pixels. */
function miniAxis(
  { value, low, high }: ServedEstimate,
  first: number,
  last: number,
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
