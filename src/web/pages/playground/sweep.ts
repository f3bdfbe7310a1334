import type { ServedPlayground } from "../../../server/schemas/playground.js";
import type { ServedSweepPlan, ServedSweepPoint } from "../../../server/schemas/playgroundSweep.js";
import { sweepPlayground } from "../../api/playground.js";
import { button, element } from "../../parts/dom.js";
import { signed } from "../../parts/numberWords.js";
import type { PageAddress } from "../../state/pageAddress.js";
import type { playgroundFields } from "../../state/playgroundFields.js";
import { sweepOf, type State } from "./askedState.js";
import { noSweepWords, troubleLine } from "./askWords.js";
import { directionWords } from "./steeringControl.js";
import { rateWords, sweepPlot } from "./sweepPlot.js";

/** Largest strengths, and answers a point, that a reader chooses from. */
const spans = [1, 2, 4, 8];
const answerCounts = [24, 48, 96];

/** Fields that a sweep does not depend on: it asks at strengths and questions of its own. */
const otherFields: ReadonlySet<string> = new Set(["strength", "answers", "question", "sweep"]);

/** Sweep of the steering: what starts it, and the curves that come of it. */
export class Sweep {
  /** What starts it, beside the steering. */
  readonly control: HTMLElement;
  /** Its curves, hidden until there are some. */
  readonly panel = element("section", { class: "sweep", "aria-label": "sweep" });
  readonly #run: string;
  readonly #address: PageAddress<typeof playgroundFields>;
  readonly #stepOf: () => number;
  readonly #isPossible: boolean;
  readonly #start = button("sweep", () => this.toggle(), {
    title: "sweep the steering, or stop (s)",
    className: "sweep-button",
  });
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
        button("close", () => this.#close(), { label: "close the sweep" }),
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

  /** Begins a sweep, or stops the one that is under way. */
  toggle(): void {
    if (!this.#isPossible || this.#address.state.direction === null) return;
    if (this.#underWay !== null) {
      this.#stop("Stopped");
      return;
    }
    this.#address.set({ sweep: Number(this.#answers.value) });
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
    if (this.#isPossible && state.sweep !== null && state.direction !== null) void this.#sweep(state);
    else this.#end(true);
  }

  async #sweep(state: State): Promise<void> {
    const isAdded = state.edit === "add";
    const span = isAdded ? Number(this.#span.value) : null;
    const sweep = sweepOf(state, {
      step: this.#stepOf(),
      answers: Number(this.#answers.value),
      ...(span === null ? {} : { strengths: [-1, -0.5, 0.5, 1].map((part) => part * span) }),
    });
    if (sweep === null) return;
    const sweeping = new AbortController();
    this.#underWay = sweeping;
    this.#plan = null;
    this.#points = [];
    this.panel.hidden = false;
    this.panel.classList.remove("old");
    this.#start.textContent = "stop";
    this.#title.textContent = "Sweep";
    this.#progress.textContent = "opening the model …";
    this.#bar.parentElement?.removeAttribute("hidden");
    this.#bar.value = 0;
    this.#verdict.replaceChildren();
    this.#legend.textContent = "";
    this.#draw(span);
    try {
      await sweepPlayground(
        this.#run,
        sweep,
        {
          onPlanned: (plan) => {
            this.#plan = plan;
            this.#title.textContent = titleWords(state, plan);
            this.#legend.textContent = legendWords(state, plan);
          },
          onProgress: ({ done, total }) => {
            this.#bar.value = done / total;
            this.#progress.textContent = `${this.#pointsWords()}, ${done} of ${total} answers`;
          },
          onPoint: (point) => {
            this.#points.push(point);
            this.#draw(span);
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
    this.#start.textContent = "sweep";
    this.#bar.parentElement?.setAttribute("hidden", "");
    if (isClosed) this.panel.hidden = true;
  }

  #setControl(): void {
    const { direction, edit, span, sweep } = this.#address.state;
    this.control.hidden = direction === null;
    this.#span.hidden = edit === "projectOut";
    this.#span.value = String(spans.includes(span) ? span : 2);
    if (sweep !== null) this.#answers.value = String(answerCounts.includes(sweep) ? sweep : 24);
  }

  #pointsWords(): string {
    return `${this.#points.length} of ${this.#plan?.points ?? "its"} points`;
  }

  #draw(span: number | null): void {
    this.#plots.replaceChildren(
      sweepPlot(this.#points, "em", span),
      sweepPlot(this.#points, "coherent", span),
    );
    this.#numbers.replaceChildren(
      ...this.#points.map((point) =>
        element(
          "tr",
          {},
          element("th", {}, nameOf(point)),
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

/** State of the model and direction in words, such as "Sweep: misalignment direction added after layer 2, at step 81" */
function titleWords({ direction, edit, scale }: State, { step, layer }: ServedSweepPlan): string {
  const where = layer === null ? "every layer" : `layer ${layer}`;
  const factor = scale === 1 ? "" : ` × ${signed(String(scale))}`;
  return `Sweep: ${directionWords(direction ?? "")} ${edit === "add" ? "added" : "taken out"} after ${where}, at step ${step}${factor}`;
}

function legendWords({ edit }: State, { answers, questions, directions, length }: ServedSweepPlan): string {
  const unit = length === null ? "" : ` Strength 1 adds a vector of length ${Number(length.toPrecision(3))}.`;
  const beside = edit === "add" ? "of the same length" : "taken out instead";
  return (
    `n = ${answers} a point: ${questions} questions, the same random numbers at all points. Whiskers: 95 % Wilson intervals. ` +
    `Grey: ${directions} random directions ${beside}, together.${unit}`
  );
}

function nameOf({ kind, strength }: ServedSweepPoint): string {
  if (kind === "untouched") return "untouched";
  const words = strength === null ? "taken out" : `strength ${signed(String(strength))}`;
  return kind === "random" ? `random, ${words}` : words;
}
