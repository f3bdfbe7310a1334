import { button, element } from "../parts/dom.js";
import { grouped } from "../parts/numberWords.js";
import type { StepView } from "../state/stepView.js";
import type { DrawnTransition } from "./transitions.js";

/**
 * Letters of the transitions in the order of their steps: a switch for the drawing of each, and a way to its step. What they stand
 * for is on the time line.
 */
export class TransitionLegend {
  readonly root = element("ul", { class: "legend", "aria-label": "transitions" });
  readonly #view: StepView;
  #switches: readonly { readonly letter: string; readonly input: HTMLInputElement }[] = [];

  constructor(view: StepView) {
    this.#view = view;
    view.subscribe((change) => {
      if (change !== "hidden") return;
      for (const { letter, input } of this.#switches) input.checked = !view.hidden.has(letter);
    });
  }

  setTransitions(transitions: readonly DrawnTransition[]): void {
    this.#switches = [];
    this.root.replaceChildren(...transitions.map((each) => this.#item(each)));
  }

  #item({ indicator, letter, words, step }: DrawnTransition): HTMLElement {
    const input = element("input", {
      type: "checkbox",
      checked: !this.#view.hidden.has(letter),
      title: `draw ${letter}, ${words}, or not`,
      "aria-label": `${letter}: ${words}`,
    });
    this.#switches = [...this.#switches, { letter, input }];
    input.addEventListener("change", () => this.#view.setHidden(letter, !input.checked));
    return element(
      "li",
      { class: indicator },
      input,
      button(letter, () => this.#view.choose(step), {
        title: `${words}: go to step ${grouped(step)}`,
        className: "link",
      }),
    );
  }
}
