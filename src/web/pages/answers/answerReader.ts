import { LRUCache } from "lru-cache";
import type { ServedNumberedAnswer } from "../../../server/schemas/answerTable.js";
import { fetchNumberedAnswer } from "../../api/answers.js";
import { choice } from "../../parts/choice.js";
import { button, element } from "../../parts/dom.js";
import { answerDetail, answerWords, verdicts } from "../../parts/judgedAnswer.js";
import { markdownText } from "../../parts/markdownText.js";
import { markerOf } from "../../parts/markedText.js";
import { signed } from "../../parts/numberWords.js";
import { wordChanges } from "../../parts/wordChanges.js";
import { answersFields } from "../../state/answersFields.js";
import { playgroundFields } from "../../state/playgroundFields.js";
import { runFields } from "../../state/runFields.js";
import { writeUrlState } from "../../state/urlState.js";
import type { AnswersState } from "./answerFilters.js";

interface ReaderOptions {
  readonly run: string;
  readonly onChange: (changes: Partial<AnswersState>) => void;
  /** Moves to the next row of the list, or back. */
  readonly onMove: (direction: 1 | -1) => void;
  readonly onMisaligned: (direction: 1 | -1) => void;
}

/** Most answers that are kept, so that going back asks for nothing again. */
const mostKept = 100;

/** Reader of one answer in full: as markdown, as written, or with the words by which it differs from another step's. */
export class AnswerReader {
  readonly root = element("section", { class: "answer-reader", "aria-label": "one answer", hidden: true });
  readonly #options: ReaderOptions;
  readonly #kept = new LRUCache<string, Promise<ServedNumberedAnswer>>({ max: mostKept });
  readonly #content = element("div", { class: "reader-content" });
  #shown: ServedNumberedAnswer | null = null;
  #wanted = 0;

  constructor(options: ReaderOptions) {
    this.#options = options;
    const { onMove, onMisaligned, onChange } = options;
    this.root.append(
      element(
        "header",
        {},
        button("▲ ‹", () => onMisaligned(-1), {
          label: "previous misaligned answer",
          title: "previous misaligned answer (p)",
        }),
        button("› ▲", () => onMisaligned(1), {
          label: "next misaligned answer",
          title: "next misaligned answer (n)",
        }),
        button("↑", () => onMove(-1), { label: "answer before", title: "answer before (k)" }),
        button("↓", () => onMove(1), { label: "next answer", title: "next answer (j)" }),
        button("close", () => onChange({ reading: false }), {
          label: "close the answer",
          title: "back to the list (Esc)",
          className: "reader-close",
        }),
      ),
      this.#content,
    );
  }

  /** Moves to the same prompt at the next step that answered it, or at the one before. */
  moveStep(direction: 1 | -1): void {
    const same = this.#shown?.same ?? [];
    const at = same.findIndex(({ number }) => number === this.#shown?.number);
    const next = same[at + direction];
    if (at >= 0 && next !== undefined) this.#options.onChange({ answer: next.number });
  }

  /**
   * Shows the answer that the address names; an older one that comes later is dropped.
   * @param words that were searched for
   */
  async show(state: AnswersState, words: readonly string[]): Promise<void> {
    const ticket = ++this.#wanted;
    const isShown = state.reading && state.answer !== null;
    this.root.hidden = !isShown;
    if (!isShown) return;
    try {
      const answer = await this.#fetch(state, state.answer);
      const other = answer.same.find(({ step }) => step === state.versus);
      const versus =
        other === undefined || other.number === answer.number ? null : await this.#fetch(state, other.number);
      if (!this.#isWanted(ticket)) return;
      this.#shown = answer;
      this.#draw(answer, versus, state, words);
    } catch (error) {
      if (!this.#isWanted(ticket)) return;
      const message = error instanceof Error ? error.message : String(error);
      this.#content.replaceChildren(element("p", { role: "alert" }, message));
    }
  }

  #isWanted(ticket: number): boolean {
    return ticket === this.#wanted;
  }

  #fetch({ evaluation }: AnswersState, number: number): Promise<ServedNumberedAnswer> {
    const key = `${number} ${evaluation ?? ""}`;
    const kept = this.#kept.get(key);
    if (kept !== undefined) return kept;
    const asked = fetchNumberedAnswer(this.#options.run, { evaluation: evaluation ?? undefined, number });
    this.#kept.set(key, asked);
    asked.catch(() => this.#kept.delete(key));
    return asked;
  }

  #draw(
    answer: ServedNumberedAnswer,
    versus: ServedNumberedAnswer | null,
    state: AnswersState,
    words: readonly string[],
  ): void {
    const { sign, words: verdict, kind } = verdicts[answer.verdict];
    const { step, scale, domain, breadth, sample, condition } = answer;
    const place = [
      `step ${step}`,
      `×\u202f${signed(String(scale))}`,
      breadth === "narrow" ? `${domain} (fine-tuning domain)` : domain,
      `answer ${sample + 1}`,
      ...(condition === null ? [] : [condition]),
    ];
    const metrics = Object.entries(answer.scores).map(
      ([metric, value]) => `${metric.replaceAll("_", " ")} ${value === null ? "–" : value.toFixed(0)}`,
    );
    const mark = markerOf(words);
    this.#content.className = `reader-content ${kind}`;
    this.#content.replaceChildren(
      element("p", { class: "muted" }, place.join(" · ")),
      element("h2", {}, ...mark(answer.question)),
      element(
        "p",
        { class: "reader-scores", role: "status" },
        element("b", {}, `${sign} ${verdict}`),
        element("span", { class: "muted" }, ` ${answerDetail(answer, [...metrics, ...answer.notes])}`),
      ),
      this.#tools(answer, state),
      ...this.#text(answer, versus, state, words),
      this.#links(answer, state),
    );
    this.#content.scrollTop = 0;
  }

  #tools({ same, step, number }: ServedNumberedAnswer, { plain, versus }: AnswersState): HTMLElement {
    const { onChange } = this.#options;
    const others = same.filter((each) => each.number !== number);
    const select = element(
      "select",
      { "aria-label": "step that it is compared with" },
      element("option", { value: "" }, "nothing"),
      ...others.map((each) => element("option", { value: each.step }, `step ${each.step}`)),
    );
    select.value = others.some((each) => each.step === versus) ? String(versus) : "";
    select.addEventListener("change", () =>
      onChange({ versus: select.value === "" ? null : Number(select.value) }),
    );
    const at = same.findIndex((each) => each.number === number);
    const before = button("‹ step", () => this.moveStep(-1), {
      label: "the same prompt at an earlier step",
      title: "the same prompt at an earlier step ([)",
    });
    const after = button("step ›", () => this.moveStep(1), {
      label: "the same prompt at a later step",
      title: "the same prompt at a later step (])",
    });
    before.disabled = at <= 0;
    after.disabled = at < 0 || at === same.length - 1;
    return element(
      "div",
      { class: "reader-tools" },
      // Words that changed are marked in the text as it was written.
      select.value !== ""
        ? null
        : choice(
            "shown",
            [
              ["markdown", "as markdown"],
              ["plain", "as written"],
            ],
            plain ? "plain" : "markdown",
            (form) => onChange({ plain: form === "plain" }),
          ),
      element("span", {}, before, element("span", { class: "muted" }, ` step ${step} `), after),
      element("label", { class: "choice" }, element("span", { class: "muted" }, "compared with"), select),
    );
  }

  #text(
    answer: ServedNumberedAnswer,
    versus: ServedNumberedAnswer | null,
    { plain }: AnswersState,
    words: readonly string[],
  ): HTMLElement[] {
    const text = answerWords(answer.answer, answer.noAnswer);
    const cut = answer.isWhole ? [] : [note("It is longer; the CSV has all of it.")];
    if (versus !== null) {
      const other = answerWords(versus.answer, versus.noAnswer);
      const [earlier, later] = versus.step < answer.step ? [other, text] : [text, other];
      const changes = wordChanges(earlier, later);
      const steps = [versus.step, answer.step].sort((one, next) => one - next);
      if (changes !== null) {
        const said =
          earlier === later
            ? `The same words at steps ${steps[0]} and ${steps[1]}.`
            : `Struck out: only at step ${steps[0]}. Underlined: only at step ${steps[1]}.`;
        return [note(said), element("article", {}, changes), ...cut];
      }
      cut.push(note("The two answers are too long and too different for their words to be compared."));
    }
    const mark = markerOf(words);
    const markdown = plain || answer.noAnswer !== null ? null : markdownText(text, mark);
    if (markdown === null && !plain && answer.noAnswer === null)
      cut.push(note("Shown as written: it is too long, or too deep, for markdown."));
    const written = markdown ?? element("p", { class: "as-written" }, ...mark(text));
    return [element("article", {}, written), ...cut];
  }

  #links(
    { step, questionId, scale, sample, number }: ServedNumberedAnswer,
    state: AnswersState,
  ): HTMLElement {
    const { run } = this.#options;
    const { evaluation } = state;
    const link = (words: string, query: string): HTMLElement => element("a", { href: `./${query}` }, words);
    return element(
      "p",
      { class: "reader-links muted" },
      link(
        "link to this answer",
        writeUrlState(answersFields, { run, evaluation, answer: number, reading: true }),
      ),
      " · ",
      link(
        "its step on the run's page",
        writeUrlState(runFields, { run, evaluation, step, question: questionId, scale, sample }),
      ),
      " · ",
      link("ask it yourself", writeUrlState(playgroundFields, { run, step, question: questionId, scale })),
    );
  }
}

function note(words: string): HTMLElement {
  return element("p", { class: "muted reader-note" }, words);
}
