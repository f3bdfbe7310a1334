import type { ServedPlayground } from "../../../server/schemas/playground.js";
import type { ServedSweepPlan, ServedSweepPoint } from "../../../server/schemas/playgroundSweep.js";
import { sweepPlayground } from "../../api/playground.js";
import { button, element } from "../../parts/dom.js";
import { signed } from "../../parts/numberWords.js";
import { saveTable } from "../../plots/download.js";
import type { PageAddress } from "../../state/pageAddress.js";
import type { playgroundFields } from "../../state/playgroundFields.js";
import { sweepOf, type State } from "./askedState.js";
import { noSweepWords, troubleLine } from "./askWords.js";
import { rateWords } from "./rateWords.js";
import { sweepPlot } from "./sweepPlot.js";
import { axisOf, legendWords, nameOf, pointsOf, titleWords, type SweepAxis } from "./sweepWords.js";

/** Largest strengths, and answers a point, that a reader chooses from. */
const spans = [1, 2, 4, 8];
const factorSpans = [2, 4, 8];
const answerCounts = [24, 48, 96];

/** Fields that a sweep does not depend on: it asks at strengths and questions of its own. */
const otherFields: ReadonlySet<string> = new Set([
  ...["strength", "answers", "question", "sweep", "withBase"],
]);

/** Sweep of the steering, or of the factor: what starts it, and the curves that come of it. */
export class Sweep {
  /** What starts it over strengths, beside the steering. */
  readonly control: HTMLElement;
  /** What starts it over factors, beside the factor; null where nobody judges. */
  readonly factorControl: HTMLElement | null;
  /** Its curves, hidden until there are some. */
  readonly panel = element("section", { class: "sweep", "aria-label": "sweep" });
  readonly #run: string;
  readonly #address: PageAddress<typeof playgroundFields>;
  readonly #stepOf: () => number;
  readonly #isPossible: boolean;
  readonly #kind: ServedPlayground["kind"];
  readonly #start = button("sweep", () => this.toggle("strength"), {
    title: "sweep the steering, or stop (s)",
    className: "sweep-button",
  });
  readonly #startFactor = button("sweep", () => this.toggle("factor"), {
    label: "sweep the factor",
    title: "sweep the factor, or stop (f)",
    className: "sweep-button factor",
  });
  readonly #factorSpan = choice("factors of the sweep", factorSpans, (span) => `0 … ${span}`);
  readonly #span = choice("strengths of the sweep", spans, (span) => `${signed(String(-span))} … ${span}`);
  readonly #answers = choice("answers a point", answerCounts, (count) => `n = ${count}`);
  readonly #title = element("h3");
  readonly #bar = element("progress", { max: 1, value: 0, "aria-label": "progress of the sweep" });
  readonly #progress = element("p", { class: "sweep-progress muted" });
  readonly #plots = element("div", { class: "sweep-plots" });
  readonly #legend = element("p", { class: "sweep-legend muted" });
  readonly #verdict = element("div", { class: "sweep-verdict", role: "status" });
  readonly #numbers = element("tbody");
  #underWay: AbortController | null = null;
  #plan: ServedSweepPlan | null = null;
  #points: ServedSweepPoint[] = [];
  /** State of the sweep that is shown; null before the first. */
  #shown: State | null = null;

  constructor(
    run: string,
    playground: ServedPlayground,
    address: PageAddress<typeof playgroundFields>,
    stepOf: () => number,
  ) {
    this.#run = run;
    this.#address = address;
    this.#stepOf = stepOf;
    const trouble = noSweepWords(playground);
    this.#isPossible = trouble === null;
    this.#kind = playground.kind;
    this.factorControl =
      trouble === null
        ? element("div", { class: "sweep-control" }, this.#startFactor, this.#factorSpan)
        : null;
    this.control =
      trouble === null
        ? element("div", { class: "sweep-control" }, this.#start, this.#span, this.#answers)
        : element("p", { class: "muted" }, trouble);
    const heads = ["", "misaligned", "coherent", "n"].map((words) => element("th", {}, words));
    this.panel.append(
      element(
        "header",
        {},
        this.#title,
        element(
          "span",
          {},
          button("CSV", () => this.#save(), { label: "save the sweep as CSV" }),
          button("close", () => this.#close(), { label: "close the sweep" }),
        ),
      ),
      this.#plots,
      this.#legend,
      element("div", { class: "sweep-state" }, this.#bar, this.#progress),
      this.#verdict,
      element(
        "details",
        {},
        element("summary", {}, "numbers"),
        element("table", {}, element("thead", {}, element("tr", {}, ...heads)), this.#numbers),
      ),
    );
    this.panel.hidden = true;
    this.#span.addEventListener("change", () => this.#address.set({ span: Number(this.#span.value) }));
    this.#setControl();
    // A page that is kept for Back must not keep the model busy.
    window.addEventListener("pagehide", () => this.#underWay?.abort());
  }

  /** Begins a sweep over strengths or factors, or stops the one that is under way. */
  toggle(over: State["over"]): void {
    if (!this.#isPossible) return;
    if (this.#underWay !== null) {
      this.#stop("Stopped");
      return;
    }
    if (over === "strength" && this.#address.state.direction === null) return;
    const span = Number((over === "factor" ? this.#factorSpan : this.#span).value);
    this.#address.set({ sweep: Number(this.#answers.value), over, span });
    void this.#sweep(this.#address.state);
  }

  /** Follows changes of the model's state: curves are of the state that they were begun with. */
  onChange(changes: Partial<State>): void {
    this.#setControl();
    if (this.panel.hidden || Object.keys(changes).every((field) => otherFields.has(field))) return;
    if (this.#underWay !== null) this.#stop("Stopped, as the model's state has changed,");
    this.#address.set({ sweep: null });
    this.panel.classList.add("old");
  }

  /** Shows what the address says. */
  onReturn(): void {
    this.#setControl();
    this.#underWay?.abort();
    const { state } = this.#address;
    const isWhole = state.over === "factor" || state.direction !== null;
    if (this.#isPossible && state.sweep !== null && isWhole) void this.#sweep(state);
    else this.#end(true);
  }

  async #sweep(state: State): Promise<void> {
    const axis = axisOf({ ...state, span: this.#spanOf(state) });
    const sweep = sweepOf(state, {
      step: this.#stepOf(),
      answers: Number(this.#answers.value),
      ...(axis === null ? {} : { strengths: pointsOf(axis) }),
    });
    if (sweep === null) return;
    const sweeping = new AbortController();
    this.#underWay = sweeping;
    this.#plan = null;
    this.#points = [];
    this.panel.hidden = false;
    this.panel.classList.remove("old");
    this.#shown = state;
    this.#start.textContent = this.#startFactor.textContent = "stop";
    this.#title.textContent = "Sweep";
    this.#progress.textContent = "opening the model …";
    this.#bar.parentElement?.removeAttribute("hidden");
    this.#bar.value = 0;
    this.#verdict.replaceChildren();
    this.#legend.textContent = "";
    this.#draw(axis);
    try {
      await sweepPlayground(
        this.#run,
        sweep,
        {
          onPlanned: (plan) => {
            this.#plan = plan;
            this.#title.textContent = titleWords(state, plan, this.#kind);
            this.#legend.textContent = legendWords(state, plan);
          },
          onProgress: ({ done, total }) => {
            this.#bar.value = done / total;
            this.#progress.textContent = `${this.#pointsWords()}, ${done} of ${total} answers`;
          },
          onPoint: (point) => {
            this.#points.push(point);
            this.#draw(axis);
          },
          onSwept: ({ sentences }) => this.#verdict.replaceChildren(element("p", {}, sentences.join(" "))),
        },
        sweeping.signal,
      );
    } catch (error) {
      if (sweeping.signal.aborted) return;
      this.#verdict.replaceChildren(troubleLine(error));
    }
    if (this.#underWay === sweeping) this.#end(false);
  }

  #stop(words: string): void {
    this.#underWay?.abort();
    this.#verdict.replaceChildren(
      element("p", {}, `${words} after ${this.#pointsWords()}: what moved is told of a whole sweep only.`),
    );
    this.#address.set({ sweep: null });
    this.#end(false);
  }

  #close(): void {
    this.#underWay?.abort();
    this.#address.set({ sweep: null });
    this.#end(true);
    this.#start.focus();
  }

  #end(isClosed: boolean): void {
    this.#underWay = null;
    this.#start.textContent = this.#startFactor.textContent = "sweep";
    this.#bar.parentElement?.setAttribute("hidden", "");
    if (isClosed) this.panel.hidden = true;
  }

  #setControl(): void {
    const { direction, edit, span, sweep } = this.#address.state;
    this.control.hidden = direction === null;
    this.#span.hidden = edit === "projectOut";
    this.#span.value = String(spans.includes(span) ? span : 2);
    this.#factorSpan.value = String(factorSpans.includes(span) ? span : 4);
    if (sweep !== null) this.#answers.value = String(answerCounts.includes(sweep) ? sweep : 24);
  }

  /** Largest strength or factor: of an address that says another one the usual. */
  #spanOf({ over }: State): number {
    return Number((over === "factor" ? this.#factorSpan : this.#span).value);
  }

  #save(): void {
    const over = this.#shown?.over ?? "strength";
    const rate = ({ percent, low, high }: ServedSweepPoint["em"]): (number | null)[] => [percent, low, high];
    const rateColumns = (name: string): string[] => [`${name} %`, `${name} from`, `${name} to`];
    const columns = ["point", "kind", over, ...rateColumns("misaligned"), ...rateColumns("coherent"), "n"];
    const rows = this.#points.map((point) => [
      ...[nameOf(point, over), point.kind, point.strength],
      ...[...rate(point.em), ...rate(point.coherent), point.em.n],
    ]);
    saveTable("CSV", { columns, rows }, `${this.#run}-sweep`);
  }

  #pointsWords(): string {
    return `${this.#points.length} of ${this.#plan?.points ?? "its"} points`;
  }

  #draw(axis: SweepAxis | null): void {
    this.#plots.replaceChildren(
      sweepPlot(this.#points, "em", axis),
      sweepPlot(this.#points, "coherent", axis),
    );
    this.#numbers.replaceChildren(
      ...this.#points.map((point) =>
        element(
          "tr",
          {},
          element("th", {}, nameOf(point, this.#shown?.over ?? "strength")),
          element("td", {}, rateWords(point.em)),
          element("td", {}, rateWords(point.coherent)),
          element("td", {}, String(point.em.n)),
        ),
      ),
    );
  }
}

function choice(
  label: string,
  values: readonly number[],
  words: (value: number) => string,
): HTMLSelectElement {
  return element(
    "select",
    { "aria-label": label },
    ...values.map((value) => element("option", { value }, words(value))),
  );
}
