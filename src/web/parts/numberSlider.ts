import { element } from "./dom.js";

interface SliderOptions {
  /** Name of the number, for every reader. */
  readonly label: string;
  /** Ends of the slider; the field takes any number between `least` and `most`. */
  readonly range: readonly [number, number];
  readonly limits: readonly [number, number];
  readonly step: number;
  readonly value: number;
  readonly onChange: (value: number) => void;
}

/** Control of a number: a slider for its usual values and a field for any. */
export class NumberSlider {
  readonly root: HTMLElement;
  readonly #slider: HTMLInputElement;
  readonly #field: HTMLInputElement;

  constructor({ label, range, limits, step, value, onChange }: SliderOptions) {
    const [min, max] = range;
    this.#slider = element("input", { type: "range", min, max, step, "aria-label": `${label}, slider` });
    this.#field = element("input", {
      type: "number",
      min: limits[0],
      max: limits[1],
      step: "any",
      "aria-label": label,
    });
    this.root = element(
      "div",
      { class: "number-slider" },
      element("span", { "aria-hidden": "true" }, label),
      this.#slider,
      this.#field,
    );
    // The page's own arrows must not move while a slider has the focus.
    this.#slider.addEventListener("keydown", (event) => event.stopPropagation());
    this.#slider.addEventListener("input", () => {
      this.#field.value = this.#slider.value;
      onChange(this.#slider.valueAsNumber);
    });
    this.#field.addEventListener("change", () => {
      const typed = this.#field.valueAsNumber;
      const valid = Number.isNaN(typed) ? value : Math.min(limits[1], Math.max(limits[0], typed));
      this.set(valid);
      onChange(valid);
    });
    this.set(value);
  }

  set(value: number): void {
    this.#slider.value = String(value);
    this.#field.value = String(value);
  }

  set disabled(isDisabled: boolean) {
    this.#slider.disabled = isDisabled;
    this.#field.disabled = isDisabled;
  }
}
