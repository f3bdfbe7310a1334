import type { ServedQuestion } from "../../../server/schemas/answers.js";
import { button, element } from "../../parts/dom.js";
import { questionOptions } from "../../parts/questionOptions.js";

/** Form of the question: typed, or one of those that the run was evaluated with. */
export class QuestionForm {
  readonly root: HTMLElement;
  readonly text = element("textarea", {
    rows: 2,
    maxlength: 4000,
    "aria-label": "question",
    placeholder: "Ask something",
  });
  readonly #questions: readonly ServedQuestion[];
  readonly #select = element("select", { "aria-label": "questions of the evaluation" });
  readonly #ask: HTMLButtonElement;

  constructor(questions: readonly ServedQuestion[], onAsk: () => void) {
    this.#questions = questions;
    this.#ask = button("ask", onAsk, { title: "ask (Ctrl Enter)", className: "main-button" });
    const form = element("form", { class: "question-form" }, this.text, this.#ask);
    this.root = element(
      "div",
      { class: "ask" },
      form,
      questions.length === 0 ? null : element("label", { class: "suggested" }, this.#select),
    );
    this.#select.append(
      element("option", { value: "" }, `${questions.length} questions of the evaluation …`),
      ...questionOptions(questions),
    );
    this.#select.addEventListener("change", () => {
      this.set(this.#select.value);
      // It offers; what is asked stands above it.
      this.#select.value = "";
      onAsk();
    });
    this.text.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      onAsk();
    });
    form.addEventListener("submit", (event) => event.preventDefault());
  }

  /** Id of the question where it is one of the evaluation's. */
  get id(): string | null {
    return this.#questions.find(({ question }) => question === this.value)?.id ?? null;
  }

  get value(): string {
    return this.text.value.trim();
  }

  /** Takes a question's id, or any text. */
  set(idOrText: string): void {
    this.text.value = this.#questions.find(({ id }) => id === idOrText)?.question ?? idOrText;
  }

  set disabled(isDisabled: boolean) {
    this.text.disabled = isDisabled;
    this.#select.disabled = isDisabled;
    this.#ask.disabled = isDisabled;
  }
}
