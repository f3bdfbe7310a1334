import type { ServedAnswers } from "../../../server/schemas/answers.js";
import type { ServedComparison } from "../../../server/schemas/compare.js";
import { fetchAnswers } from "../../api/answers.js";
import { element } from "../../parts/dom.js";
import { servedAnswer } from "../../parts/judgedAnswer.js";
import { questionOptions } from "../../parts/questionOptions.js";

/** Most runs whose answers stand beside each other; the first by their order. */
const mostColumns = 12;
/** Most answers of a run that are shown. */
const mostAnswers = 5;

/** Panel of what the compared runs say to one question, a column a run, each at the evaluated step nearest to the cursor. */
export class AnswersBeside {
  readonly root: HTMLElement;
  readonly #runs: ServedComparison["runs"];
  readonly #stepOf: () => number | undefined;
  readonly #select = element("select", { "aria-label": "question" });
  readonly #columns = element("div", {
    class: "answers-beside",
    tabindex: 0,
    role: "region",
    "aria-label": "answers of the runs",
  });
  readonly #thresholds: { readonly alignedBelow: number; readonly coherentAbove: number };
  #question: string | undefined;
  #asked = 0;

  /**
   * @param stepOf the step of the cursor; undefined for the end of each run
   * @param onChoose told the question that the reader has chosen
   */
  constructor(
    { runs, thresholds }: Pick<ServedComparison, "runs" | "thresholds">,
    stepOf: () => number | undefined,
    question: string | null,
    onChoose: (question: string) => void,
  ) {
    this.#runs = runs.slice(0, mostColumns);
    this.#thresholds = thresholds;
    this.#stepOf = stepOf;
    this.#question = question ?? undefined;
    const more = runs.length - this.#runs.length;
    this.root = element(
      "section",
      { class: "beside", "aria-label": "what the runs say" },
      element("h2", {}, "What they say"),
      element("p", { class: "muted" }, this.#select, more === 0 ? "" : ` of the first ${mostColumns} runs`),
      this.#columns,
    );
    this.#select.addEventListener("change", () => {
      this.#question = this.#select.value;
      onChoose(this.#select.value);
      void this.show();
    });
  }

  /** Shows the answers at the cursor; an older request that comes back later is dropped. */
  async show(): Promise<void> {
    const asked = ++this.#asked;
    const step = this.#stepOf();
    const [first, ...others] = this.#runs;
    if (first === undefined) return;
    const ask = (id: string, question: string | undefined): Promise<ServedAnswers | null> =>
      fetchAnswers(id, { step, question }).catch(() => null);
    const own = await ask(first.id, this.#question);
    const question = this.#question ?? own?.question ?? undefined;
    const rest = await Promise.all(others.map(({ id }) => ask(id, question)));
    if (asked !== this.#asked) return;
    const all = [own, ...rest];
    const questions = all.find((each) => each !== null && each.questions.length > 0)?.questions ?? [];
    this.root.hidden = questions.length === 0;
    this.#select.replaceChildren(...questionOptions(questions));
    this.#select.value = question ?? "";
    this.#columns.replaceChildren(
      ...this.#runs.map(({ label }, index) => this.#column(label, all[index] ?? null)),
    );
  }

  #column(label: string, answers: ServedAnswers | null): HTMLElement {
    const shown = answers?.answers.slice(0, mostAnswers) ?? [];
    return element(
      "div",
      { class: "answer-column" },
      element("h3", {}, `${label}${answers?.step == null ? "" : `, step ${answers.step}`}`),
      shown.length === 0 ? element("p", { class: "muted" }, "Was not asked.") : null,
      ...shown.map((each) => servedAnswer(each, this.#thresholds)),
    );
  }
}
