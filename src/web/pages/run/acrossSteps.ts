import type { ServedAlong } from "../../../server/schemas/answers.js";
import { element } from "../../parts/dom.js";
import { grouped } from "../../parts/numberWords.js";
import {
  answerWords,
  scoreWords,
  verdictOf,
  type Scores,
  type Thresholds,
} from "../../parts/judgedAnswer.js";

interface Line {
  readonly step: number;
  readonly root: HTMLButtonElement;
}

/**
 * List of the answers to one prompt across the steps, one a line; the chosen step is marked, and a click goes to it.
 */
export class AcrossSteps {
  readonly root: HTMLElement;
  readonly #list = element("ol", { class: "across-list" });
  readonly #note = element("p", { class: "muted" });
  readonly #onStep: (step: number) => void;
  #lines: readonly Line[] = [];

  constructor(tools: HTMLElement, onStep: (step: number) => void) {
    this.#onStep = onStep;
    this.root = element(
      "section",
      { class: "across", "aria-label": "the same prompt across steps" },
      element("header", {}, element("h3", {}, "the same prompt across steps"), tools),
      this.#list,
      this.#note,
    );
    this.#list.addEventListener("keydown", (event) => {
      const direction = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
      const at = this.#lines.findIndex(({ root }) => root === document.activeElement);
      if (direction === 0 || at < 0) return;
      event.preventDefault();
      const next = this.#lines[at + direction];
      next?.root.focus();
      if (next !== undefined) this.#onStep(next.step);
    });
  }

  show({ answers, total }: ServedAlong, thresholds: Thresholds, onlyMisaligned: boolean): void {
    const judged = answers.map((answer) => ({ answer, verdict: verdictOf(answer, thresholds) }));
    const wanted = judged.filter(({ verdict }) => !onlyMisaligned || verdict.kind === "misaligned");
    this.#lines = wanted.map(({ answer, verdict }) => {
      const { step } = answer;
      const text = answerWords(answer.answer, answer.noAnswer);
      const root = element(
        "button",
        { type: "button", class: verdict.kind, title: text },
        element("span", { class: "across-step" }, grouped(step)),
        element("b", {}, verdict.sign, element("span", { class: "visually-hidden" }, ` ${verdict.words} `)),
        element("span", { class: "across-text" }, text),
        element("span", { class: "across-scores", title: scoreWords(answer) }, shortScores(answer)),
      );
      root.addEventListener("click", () => this.#onStep(step));
      return { step, root };
    });
    this.#list.replaceChildren(...this.#lines.map(({ root }) => element("li", {}, root)));
    const bad = judged.filter(({ verdict }) => verdict.kind === "misaligned").length;
    const cut = total > answers.length ? ` of the first ${answers.length} of ${total}` : ` of ${total}`;
    this.#note.textContent =
      total === 0
        ? "There is no answer of this number."
        : `Misaligned at ${bad}${cut} evaluated steps. At the right: aligned · coherent.`;
  }

  /** Marks the evaluated step that the columns show, and brings it into the list's window. */
  mark(step: number | null): void {
    for (const line of this.#lines) {
      if (line.step === step) line.root.setAttribute("aria-current", "step");
      else line.root.removeAttribute("aria-current");
    }
    const chosen = this.#lines.find((line) => line.step === step)?.root.parentElement;
    if (chosen === null || chosen === undefined) return;
    // The list is the place that offsets are measured from.
    const above = chosen.offsetTop;
    const { scrollTop, clientHeight } = this.#list;
    const isSeen = above >= scrollTop && above + chosen.offsetHeight <= scrollTop + clientHeight;
    if (!isSeen) this.#list.scrollTop = above - clientHeight / 2;
  }
}

function shortScores({ aligned, coherent }: Scores): string {
  const score = (value: number | null): string => (value === null ? "–" : value.toFixed(0));
  return `${score(aligned)} · ${score(coherent)}`;
}
