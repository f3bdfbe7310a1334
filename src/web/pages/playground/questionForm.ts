import type { ServedQuestion } from "../../../server/schemas/answers.js";
import { button, element } from "../../parts/dom.js";
import { questionOptions } from "../../parts/questionOptions.js";
import { holdsWords } from "../../parts/searchWords.js";

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
  readonly #search = element("input", {
    type: "search",
    placeholder: "search by domain or word",
    "aria-label": "search the questions by domain or word",
    autocomplete: "off",
  });
  readonly #select = element("select", { "aria-label": "questions of the evaluation" });
  readonly #found = element("span", { class: "muted", role: "status" });
  readonly #ask: HTMLButtonElement;

  constructor(questions: readonly ServedQuestion[], onAsk: () => void) {
    this.#questions = questions;
    this.#ask = button("ask", onAsk, { title: "ask (Ctrl Enter)", className: "main-button" });
    const form = element("form", { class: "question-form" }, this.text, this.#ask);
    this.root = element(
      "div",
      { class: "ask" },
      form,
      questions.length === 0
        ? null
        : element("div", { class: "suggested" }, this.#search, this.#select, this.#found),
    );
    const choose = (): void => {
      if (this.#select.value === "") return;
      this.set(this.#select.value);
      this.#search.value = "";
      this.#offer();
      onAsk();
    };
    // In an open list arrow keys go by what Enter or a click chooses.
    this.#select.addEventListener("change", () => {
      if (this.#select.size <= 1) choose();
    });
    this.#select.addEventListener("click", () => {
      if (this.#select.size > 1) choose();
    });
    this.#select.addEventListener("keydown", ({ key }) => {
      if (this.#select.size > 1 && key === "Enter") choose();
    });
    this.#search.addEventListener("input", () => this.#offer());
    this.#search.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowDown" && event.key !== "Enter") return;
      event.preventDefault();
      this.#select.focus();
      this.#select.selectedIndex = 0;
    });
    this.#offer();
    this.text.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      onAsk();
    });
    form.addEventListener("submit", (event) => event.preventDefault());
  }

  /** Offers the questions that were searched for, in an open list; without a search all of them, in a closed one. */
  #offer(): void {
    const search = this.#search.value.trim();
    const found = this.#questions.filter(({ domain, question }) =>
      holdsWords(`${domain} ${question}`, search),
    );
    const options = questionOptions(found);
    if (search === "") {
      // It offers; what is asked stands above it.
      const words = `${this.#questions.length} questions of the evaluation …`;
      this.#select.replaceChildren(element("option", { value: "" }, words), ...options);
      this.#select.size = 0;
      this.#select.value = "";
    } else {
      this.#select.replaceChildren(...options);
      this.#select.size = Math.min(8, Math.max(2, found.length + options.length));
      this.#select.selectedIndex = -1;
    }
    this.#select.hidden = found.length === 0;
    this.#found.textContent = search === "" ? "" : `${found.length} of ${this.#questions.length} questions`;
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
