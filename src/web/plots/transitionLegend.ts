import { button, element } from "../parts/dom.js";
import { intervalWords } from "../parts/numberWords.js";
import type { StepView } from "../state/stepView.js";
import type { DrawnTransition } from "./transitions.js";

/** Legend of the transitions in the order of their steps: a switch for the drawing of each, and a way to its step. */
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

  #item({ indicator, letter, words, step, interval, method }: DrawnTransition): HTMLElement {
    const input = element("input", { type: "checkbox", checked: !this.#view.hidden.has(letter) });
    this.#switches = [...this.#switches, { letter, input }];
    input.addEventListener("change", () => this.#view.setHidden(letter, !input.checked));
    return element(
      "li",
      { class: indicator },
      element("label", { title: method }, input, element("b", {}, letter), ` ${words}`),
      button(`${step} ${intervalWords(...interval)}`, () => this.#view.choose(step), {
        title: `go to step ${step}`,
        className: "link",
      }),
    );
  }
}
