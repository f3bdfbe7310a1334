import { element } from "../parts/dom.js";
import type { StepView } from "../state/stepView.js";
import type { StepRange } from "../state/steps.js";
import type { DrawnTransition } from "./transitions.js";

/**
 * Whole run under the scrubber, whatever stretch is zoomed to: the stretch, the chosen step, and a tick for each transition. A
 * drag moves the stretch, or without one the chosen step; keys do the same elsewhere.
 */
export class Overview {
  readonly root = element("div", { class: "overview", "aria-hidden": "true" });
  readonly #view: StepView;
  readonly #ticks = element("div");
  readonly #window = element("div", { class: "overview-window" });
  readonly #step = element("div", { class: "overview-step" });

  constructor(view: StepView) {
    this.#view = view;
    this.root.append(this.#window, this.#ticks, this.#step);
    this.root.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      this.root.setPointerCapture(event.pointerId);
      this.#go(event.clientX);
    });
    this.root.addEventListener("pointermove", (event) => {
      if (this.root.hasPointerCapture(event.pointerId)) this.#go(event.clientX);
    });
    view.subscribe((change) => {
      if (change === "step" || change === "zoom") this.#place();
    });
    this.#place();
  }

  /** Takes the transitions that are shown. */
  setTransitions(transitions: readonly DrawnTransition[]): void {
    this.#ticks.replaceChildren(
      ...transitions.map(({ indicator, step }) =>
        element("span", { class: `overview-tick ${indicator}`, style: `left:${this.#share(step)}%` }),
      ),
    );
    this.#place();
  }

  #share(step: number): number {
    const [low, high] = this.#view.whole;
    return (100 * (step - low)) / (high - low);
  }

  #place(): void {
    const { range, zoom, step } = this.#view;
    const [from, to] = [this.#share(range[0]), this.#share(range[1])].map((share) =>
      Math.min(100, Math.max(0, share)),
    );
    this.#window.style.left = `${from ?? 0}%`;
    this.#window.style.width = `${(to ?? 0) - (from ?? 0)}%`;
    this.root.classList.toggle("zoomed", zoom !== null);
    this.#step.hidden = Number.isNaN(step);
    this.#step.style.left = `${this.#share(step)}%`;
  }

  #go(clientX: number): void {
    const { left, width } = this.root.getBoundingClientRect();
    const { whole, zoom } = this.#view;
    const step = whole[0] + ((clientX - left) / width) * (whole[1] - whole[0]);
    if (zoom === null) this.#view.choose(step);
    else this.#view.setZoom(centered(zoom, step, whole));
  }
}

/** A range moved so that a step is its middle, without leaving the whole. */
function centered([low, high]: StepRange, step: number, whole: StepRange): StepRange {
  const width = high - low;
  const start = Math.min(Math.max(step - width / 2, whole[0]), Math.max(whole[0], whole[1] - width));
  return [start, start + width];
}
