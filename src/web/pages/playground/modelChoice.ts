import { choice } from "../../parts/choice.js";
import { element } from "../../parts/dom.js";
import type { State } from "./askedState.js";

/** Choice of the model that is asked: the checkpoint or the base, and whether the base answers beside it. */
export class ModelChoice {
  readonly root = element("div", { class: "model-choice" });
  readonly #onChange: (changes: Partial<State>) => void;

  constructor(state: State, onChange: (changes: Partial<State>) => void) {
    this.#onChange = onChange;
    this.set(state);
  }

  set({ scale, withBase }: Pick<State, "scale" | "withBase">): void {
    const beside = element("input", { type: "checkbox" });
    beside.checked = withBase;
    beside.addEventListener("change", () => this.#onChange({ withBase: beside.checked }));
    const focused = this.root.contains(document.activeElement)
      ? document.activeElement?.getAttribute("data-value")
      : undefined;
    this.root.replaceChildren(
      choice(
        "asked",
        [
          ["checkpoint", "checkpoint"],
          ["base", "base model"],
        ],
        scale === 0 ? "base" : "checkpoint",
        // At factor 0 nothing of the checkpoint is left.
        (model) => this.#onChange({ scale: model === "base" ? 0 : 1 }),
      ),
      element("label", { class: "beside" }, beside, " beside the base model"),
    );
    // The buttons are new; who pressed one goes on from there.
    for (const each of this.root.querySelectorAll("button")) if (each.dataset.value === focused) each.focus();
  }
}
