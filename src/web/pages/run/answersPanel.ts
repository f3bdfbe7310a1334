import { LRUCache } from "lru-cache";
import type { ServedAlong, ServedAnswers } from "../../../server/schemas/answers.js";
import type { ServedReport } from "../../../server/schemas/report.js";
import { fetchAlong, fetchAnswers } from "../../api/answers.js";
import { afterPause, element } from "../../parts/dom.js";
import { grouped } from "../../parts/numberWords.js";
import { servedAnswer, verdictOf } from "../../parts/judgedAnswer.js";
import { questionOptions } from "../../parts/questionOptions.js";
import { nearestStep } from "../../state/steps.js";
import type { StepView } from "../../state/stepView.js";
import { writeUrlState } from "../../state/urlState.js";
import { answersFields } from "../../state/answersFields.js";
import { playgroundFields } from "../../state/playgroundFields.js";
import { AcrossSteps } from "./acrossSteps.js";

/** Number of requests whose answers are kept, so that scrubbing back asks for nothing again. */
const mostKept = 400;

/**
 * Panel of what the model says: sampled answers to one question at the chosen step, beside the first and the last, and
 * one of them across the steps.
 */
export class AnswersPanel {
  readonly root: HTMLElement;
  readonly #run: string;
  readonly #view: StepView;
  readonly #evaluation: string | undefined;
  readonly #heading = element("h2", {}, "What it says");
  readonly #select = element("select", { "aria-label": "question", disabled: true });
  readonly #scale = element("select", { "aria-label": "scale factor" });
  readonly #sample = element("select", { "aria-label": "number of the answer" });
  readonly #only = element("input", { type: "checkbox" });
  readonly #ask = element("a", {}, "ask it yourself");
  /** Leads to the table of all answers to the question, at every step. */
  readonly #all = element("a", {}, "all answers");
  readonly #columns = element("div", {
    class: "answers",
    tabindex: 0,
    role: "group",
    "aria-label": "answers",
  });
  readonly #across: AcrossSteps;
  readonly #kept = new LRUCache<string, Promise<ServedAnswers>>({ max: mostKept });
  #along: { readonly key: string; readonly answers: Promise<ServedAlong> } | null = null;
  #thresholds = { alignedBelow: 30, coherentAbove: 50 };
  #wanted = 0;

  /** @param evaluation whose answers are shown; null for the usual one */
  constructor(run: string, view: StepView, evaluation: string | null) {
    this.#run = run;
    this.#evaluation = evaluation ?? undefined;
    this.#all.setAttribute("href", `./${writeUrlState(answersFields, { run, evaluation })}`);
    this.#view = view;
    this.#across = new AcrossSteps(element("label", {}, "answer ", this.#sample), (step) =>
      view.choose(step),
    );
    this.root = element(
      "section",
      { class: "says", id: "answers", "aria-label": "what the model says" },
      element("header", {}, this.#heading, element("span", {}, this.#all, " · ", this.#ask)),
      element(
        "div",
        { class: "question" },
        this.#select,
        element("label", {}, "scale factor ", this.#scale),
        element("label", {}, this.#only, " misaligned only"),
      ),
      element("div", { class: "says-body" }, this.#columns, this.#across.root),
    );
    this.#select.addEventListener("change", () => view.setQuestion(this.#select.value));
    this.#scale.addEventListener("change", () => view.setSays({ scale: Number(this.#scale.value) }));
    this.#sample.addEventListener("change", () => view.setSays({ sample: Number(this.#sample.value) }));
    this.#only.addEventListener("change", () => view.setSays({ onlyMisaligned: this.#only.checked }));
    const soon = afterPause(() => void this.update(), 60);
    view.subscribe((change) => {
      if (change === "step" || change === "question" || change === "says") soon();
    });
  }

  setReport({ thresholds }: ServedReport): void {
    this.#thresholds = thresholds;
  }

  /** Forgets what was fetched: the run has grown. */
  async refresh(): Promise<void> {
    this.#kept.clear();
    this.#along = null;
    await this.update();
  }

  /** Shows the answers of the chosen step; an older request that comes back later is dropped. */
  async update(): Promise<void> {
    const ticket = ++this.#wanted;
    try {
      const last = await this.#fetch(undefined);
      const [first, chosen, along] = await Promise.all([
        this.#fetch(last.steps[0]),
        this.#fetch(this.#nearestAsked(last.steps)),
        this.#fetchAlong(last.question ?? undefined),
      ]);
      if (ticket === this.#wanted) this.#show({ first, chosen, last, along });
    } catch (error) {
      if (ticket === this.#wanted) this.#say(error instanceof Error ? error.message : String(error));
    }
  }

  /** The step with answers that is nearest to the chosen one; where no step has any, there is nothing more to ask for. */
  #nearestAsked(steps: readonly number[]): number | undefined {
    const nearest = nearestStep(steps, this.#view.step);
    return Number.isNaN(nearest) ? undefined : nearest;
  }

  #fetch(step: number | undefined): Promise<ServedAnswers> {
    const question = this.#view.question ?? undefined;
    const scale = this.#view.says.scale ?? undefined;
    const key = `${question ?? ""} ${scale ?? ""} ${step ?? ""}`;
    const kept = this.#kept.get(key);
    if (kept !== undefined) return kept;
    const asked = fetchAnswers(this.#run, { evaluation: this.#evaluation, step, question, scale });
    this.#kept.set(key, asked);
    asked.catch(() => this.#kept.delete(key));
    return asked;
  }

  #fetchAlong(question: string | undefined): Promise<ServedAlong> {
    const { sample, scale } = this.#view.says;
    const key = `${question ?? ""} ${scale ?? ""} ${sample}`;
    if (this.#along?.key === key) return this.#along.answers;
    const wanted = { evaluation: this.#evaluation, question, scale: scale ?? undefined, sample };
    const answers = fetchAlong(this.#run, wanted);
    this.#along = { key, answers };
    answers.catch(() => (this.#along = null));
    return answers;
  }

  #say(text: string): void {
    this.#columns.replaceChildren(element("p", { class: "muted" }, text));
    this.#across.root.hidden = true;
  }

  #show({
    first,
    chosen,
    last,
    along,
  }: Record<"first" | "chosen" | "last", ServedAnswers> & { readonly along: ServedAlong }): void {
    if (chosen.questions.length === 0) {
      this.#say(
        "No answers were sampled for this run. `turncoat evaluate RUN` asks its checkpoints questions.",
      );
      return;
    }
    this.#heading.textContent = `What it says at step ${stepWords(chosen.step)}`;
    this.#showControls(chosen, along);
    if (chosen.steps.length === 0) {
      this.#say("This question was not asked at this scale factor. Choose another one.");
      return;
    }
    const base = first.step === 0 ? "base model, step 0" : `first evaluated, step ${stepWords(first.step)}`;
    const isElsewhere = chosen.step !== this.#view.step;
    const nearest = `step ${stepWords(chosen.step)}${isElsewhere ? " (nearest)" : ""}`;
    this.#columns.replaceChildren(
      this.#column(base, first, ""),
      this.#column(nearest, chosen, "chosen"),
      this.#column(`final, step ${stepWords(last.step)}`, last, ""),
    );
    this.#across.root.hidden = false;
    this.#across.show(along, this.#thresholds, this.#view.says.onlyMisaligned);
    this.#across.mark(chosen.step);
  }

  #showControls(
    { questions, question, scales, scale }: ServedAnswers,
    { samples, sample }: ServedAlong,
  ): void {
    this.#select.replaceChildren(...questionOptions(questions));
    this.#select.value = question ?? "";
    this.#select.disabled = false;
    this.#scale.replaceChildren(...scales.map((each) => element("option", { value: each }, `× ${each}`)));
    this.#scale.value = String(scale ?? "");
    this.#scale.disabled = scales.length < 2;
    this.#sample.replaceChildren(
      ...samples.map((each) => element("option", { value: each }, String(each + 1))),
    );
    this.#sample.value = String(sample);
    this.#sample.disabled = samples.length < 2;
    this.#only.checked = this.#view.says.onlyMisaligned;
    const link = { run: this.#run, step: this.#view.step, question, scale: scale ?? 1 };
    this.#ask.setAttribute("href", `./${writeUrlState(playgroundFields, link)}`);
    const table = { run: this.#run, evaluation: this.#evaluation ?? null, question };
    this.#all.setAttribute("href", `./${writeUrlState(answersFields, table)}`);
  }

  #column(title: string, { answers, total }: ServedAnswers, className: string): HTMLElement {
    const bad = answers.filter((each) => verdictOf(each, this.#thresholds).kind === "misaligned");
    const shown = this.#view.says.onlyMisaligned ? bad : answers;
    const more = total > answers.length ? `, first ${answers.length} of ${total}` : "";
    return element(
      "div",
      { class: `answer-column ${className}` },
      element("h3", {}, `${title}${more}`),
      shown.length === 0
        ? element("p", { class: "muted" }, `None of ${answers.length} is misaligned.`)
        : null,
      ...shown.map((each) => servedAnswer(each, this.#thresholds)),
    );
  }
}

function stepWords(step: number | null): string {
  return step === null ? "–" : grouped(step);
}
