import type { ServedControlChoices } from "../../../server/schemas/report.js";
import { choiceList } from "../../parts/choice.js";
import { element } from "../../parts/dom.js";

/** Choice of the run that a run is held against, where there is any that it can be. */
export class ControlChoice {
  readonly root = element("span", { class: "control-choice", hidden: true });
  readonly #onChoose: (control: string | null) => void;

  /** @param onChoose is given null for the usual one */
  constructor(onChoose: (control: string | null) => void) {
    this.#onChoose = onChoose;
  }

  /** Shows what there is to choose from. @param chosen null for the usual one */
  show({ choices }: ServedControlChoices, chosen: string | null): void {
    this.root.hidden = choices.length < 2;
    const usual = choices.find(({ isUsual }) => isUsual)?.control ?? "";
    const options = choices.map(({ control }) => [control, control] as const);
    this.root.replaceChildren(
      choiceList("control", options, chosen ?? usual, (control) =>
        this.#onChoose(control === usual ? null : control),
      ),
    );
  }
}
