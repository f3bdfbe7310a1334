import type { AnswerVerdict } from "../../../analysis/behavior/answerVerdict.js";
import type { ServedAnswerFacets, ServedAnswerTable } from "../../../server/schemas/answerTable.js";
import { choice } from "../../parts/choice.js";
import { afterPause, button, element } from "../../parts/dom.js";
import { verdicts } from "../../parts/judgedAnswer.js";
import { grouped, signed } from "../../parts/numberWords.js";
import { questionOptions } from "../../parts/questionOptions.js";
import type { answersFields } from "../../state/answersFields.js";
import type { OpenRange } from "../../state/urlFields.js";
import type { UrlStateOf } from "../../state/urlState.js";

export type AnswersState = UrlStateOf<typeof answersFields>;

/** What a filter is without a choice. */
const open: OpenRange = { from: null, to: null };
const nothingChosen: Partial<AnswersState> = {
  ...{ verdict: null, scale: null, question: null, domain: null, search: null },
  ...{ steps: open, aligned: open, coherent: open },
};

/** Controls of which answers are listed. */
export class AnswerFilters {
  readonly root: HTMLElement;
  readonly search = element("input", {
    type: "search",
    placeholder: "search in the answers",
    "aria-label": "search in answers and questions",
    autocomplete: "off",
    maxlength: 500,
  });
  readonly #verdict = element("span", { class: "verdict-choice" });
  readonly #evaluation: HTMLSelectElement;
  readonly #question: HTMLSelectElement;
  readonly #domain: HTMLSelectElement;
  readonly #scale: HTMLSelectElement;
  readonly #ranges: readonly RangeControl[];
  readonly #more = element("details", { class: "more-filters" });
  readonly #summary = element("summary");
  readonly #clear: HTMLButtonElement;
  readonly #onChange: (changes: Partial<AnswersState>) => void;

  constructor(onChange: (changes: Partial<AnswersState>) => void) {
    this.#onChange = onChange;
    const chosen = (select: HTMLSelectElement): string | null => (select.value === "" ? null : select.value);
    const select = (label: string, change: (select: HTMLSelectElement) => Partial<AnswersState>) => {
      const made = element("select", { "aria-label": label });
      made.addEventListener("change", () => onChange(change(made)));
      return made;
    };
    this.#evaluation = select("evaluation", (made) => ({
      ...{ evaluation: chosen(made), answer: null, reading: false, versus: null },
    }));
    this.#question = select("question", (made) => ({ question: chosen(made) }));
    this.#domain = select("domain", (made) => ({ domain: chosen(made) }));
    this.#scale = select("scale factor", (made) => ({
      scale: made.value === "" ? null : Number(made.value),
    }));
    this.#ranges = [
      new RangeControl("step", (steps) => onChange({ steps })),
      new RangeControl("aligned", (aligned) => onChange({ aligned }), 100),
      new RangeControl("coherent", (coherent) => onChange({ coherent }), 100),
    ];
    this.#clear = button("clear", () => onChange(nothingChosen), { title: "list all answers" });
    const typed = afterPause(() => {
      onChange({ search: this.search.value.trim() === "" ? null : this.search.value });
    }, 150);
    this.search.addEventListener("input", typed);
    this.#more.append(
      this.#summary,
      element(
        "div",
        { class: "filter-fields" },
        ...[this.#evaluation, this.#question, this.#domain, this.#scale],
        ...this.#ranges.map(({ root }) => root),
      ),
    );
    this.root = element(
      "div",
      { class: "answer-filters", role: "search", "aria-label": "which answers are listed" },
      element("div", { class: "filter-line" }, this.search, this.#verdict, this.#clear),
      this.#more,
    );
    this.#more.open = matchMedia("(min-width: 900px)").matches;
  }

  /** Shows what there is to choose from, and what is chosen. */
  show({ evaluations, questions, domains, scales }: ServedAnswerFacets, state: AnswersState): void {
    const own = evaluations.find(({ isChosen }) => isChosen)?.name ?? "";
    this.#evaluation.replaceChildren(
      ...evaluations.map(({ name, answers }) =>
        element("option", { value: name }, `${name}, ${grouped(answers)} answers`),
      ),
    );
    this.#evaluation.value = state.evaluation ?? own;
    this.#evaluation.hidden = evaluations.length < 2;
    this.#question.replaceChildren(option("", "every question"), ...questionOptions(questions));
    this.#domain.replaceChildren(
      option("", "every domain"),
      ...domains.map((domain) => option(domain, domain)),
    );
    this.#scale.replaceChildren(
      option("", "every factor"),
      ...scales.map((scale) => option(String(scale), `× ${signed(String(scale))}`)),
    );
    this.#scale.hidden = scales.length < 2;
    this.restore(state);
  }

  /** Shows what is chosen. */
  restore(state: AnswersState): void {
    if (document.activeElement !== this.search) this.search.value = state.search ?? "";
    choose(this.#question, state.question);
    choose(this.#domain, state.domain);
    choose(this.#scale, state.scale === null ? null : String(state.scale));
    const [steps, aligned, coherent] = this.#ranges;
    steps?.set(state.steps);
    aligned?.set(state.aligned);
    coherent?.set(state.coherent);
    const said = [
      ...(state.question === null ? [] : ["question"]),
      ...(state.domain === null ? [] : [state.domain]),
      ...(state.scale === null ? [] : [`× ${signed(String(state.scale))}`]),
      ...rangeWords("step", state.steps),
      ...rangeWords("aligned", state.aligned),
      ...rangeWords("coherent", state.coherent),
    ];
    this.#summary.textContent = said.length === 0 ? "filters" : `filters: ${said.join(", ")}`;
    this.#clear.disabled = said.length === 0 && state.verdict === null && state.search === null;
  }

  /** Shows how many answers of each verdict there are among those that fit all else. */
  setCounts(counts: ServedAnswerTable["verdicts"], chosen: AnswerVerdict | null): void {
    const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
    const options = Object.values(verdicts).map(
      ({ kind, sign, words }) => [kind, `${sign} ${words} ${grouped(counts[kind])}`] as const,
    );
    const held = this.#verdict.contains(document.activeElement)
      ? document.activeElement?.getAttribute("data-value")
      : null;
    this.#verdict.replaceChildren(
      choice<AnswerVerdict | "all">(
        "",
        [["all", `all ${grouped(all)}`], ...options],
        chosen ?? "all",
        (verdict) => this.#onChange({ verdict: verdict === "all" ? null : verdict }),
      ),
    );
    this.#verdict.firstElementChild?.setAttribute("aria-label", "verdict");
    // The buttons are new; who pressed one goes on from there.
    for (const each of this.#verdict.querySelectorAll("button"))
      if (held !== null && each.dataset.value === held) each.focus();
  }
}

/** Two fields for the ends of a range; an empty one leaves its end open. */
class RangeControl {
  readonly root: HTMLElement;
  readonly #fields: readonly [HTMLInputElement, HTMLInputElement];

  constructor(name: string, onChange: (range: OpenRange) => void, max?: number) {
    const field = (end: "from" | "to"): HTMLInputElement => {
      const placeholder = end === "from" ? "from" : "to";
      const label = `${name}, ${end}`;
      const made = element("input", {
        type: "number",
        min: 0,
        max,
        step: "any",
        placeholder,
        "aria-label": label,
      });
      made.addEventListener("change", () => onChange(this.#range()));
      return made;
    };
    this.#fields = [field("from"), field("to")];
    this.root = element(
      "span",
      { class: "range", role: "group", "aria-label": name },
      element("span", { class: "muted", "aria-hidden": "true" }, name),
      this.#fields[0],
      "–",
      this.#fields[1],
    );
  }

  set({ from, to }: OpenRange): void {
    this.#fields[0].value = from === null ? "" : String(from);
    this.#fields[1].value = to === null ? "" : String(to);
  }

  #range(): OpenRange {
    const value = ({ valueAsNumber }: HTMLInputElement): number | null =>
      Number.isNaN(valueAsNumber) ? null : Math.max(0, valueAsNumber);
    return { from: value(this.#fields[0]), to: value(this.#fields[1]) };
  }
}

function option(value: string, words: string): HTMLOptionElement {
  return element("option", { value }, words);
}

/** Chooses an option; one that an address names and that is not there is shown all the same. */
function choose(select: HTMLSelectElement, value: string | null): void {
  const wanted = value ?? "";
  if (![...select.options].some((each) => each.value === wanted)) select.append(option(wanted, wanted));
  select.value = wanted;
}

function rangeWords(name: string, { from, to }: OpenRange): string[] {
  if (from === null && to === null) return [];
  if (from === null) return [`${name} to ${to}`];
  return [to === null ? `${name} from ${from}` : `${name} ${from}–${to}`];
}
