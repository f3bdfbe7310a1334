import type { ServedEvaluation } from "../../../server/schemas/report.js";
import { choiceList } from "../../parts/choice.js";
import { element } from "../../parts/dom.js";

/** Choice of the evaluation that behaviour is taken from, where a run has several that were judged. */
export class EvaluationChoice {
  readonly root = element("span", { class: "evaluation-choice", hidden: true });
  readonly #onChoose: (name: string) => void;

  constructor(onChoose: (name: string) => void) {
    this.#onChoose = onChoose;
  }

  /** Shows what there is to choose from; a report that does not know it yet leaves the choice as it is. */
  show(evaluations: readonly ServedEvaluation[]): void {
    if (evaluations.length === 0) return;
    const judged = evaluations.filter(({ isJudged }) => isJudged);
    this.root.hidden = judged.length < 2;
    const options = judged.map(({ name, steps }) => [name, optionWords(name, steps)] as const);
    const chosen = judged.find(({ isChosen }) => isChosen)?.name ?? "";
    this.root.replaceChildren(choiceList("evaluation", options, chosen, this.#onChoose));
  }
}

function optionWords(name: string, steps: number): string {
  return `${name}, ${steps === 1 ? "1 step" : `${steps} steps`}`;
}
