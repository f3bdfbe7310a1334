import { button, element } from "../../parts/dom.js";
import { nearestStep, stepBy } from "../../state/steps.js";

/** Least milliseconds a checkpoint while playing: the answers of each are waited for. */
const playInterval = 250;

/** Slider of the checkpoint that answers. */
export class StepControl {
  readonly root: HTMLElement;
  readonly #steps: readonly number[];
  readonly #onChange: (step: number) => void;
  readonly #input: HTMLInputElement;
  readonly #output = element("output");
  readonly #play: HTMLButtonElement;
  #timer: number | undefined;

  constructor(steps: readonly number[], step: number | null, onChange: (step: number) => void) {
    this.#steps = steps;
    this.#onChange = onChange;
    this.#input = element("input", { type: "range", min: 0, max: Math.max(0, steps.length - 1), step: 1 });
    this.#input.setAttribute("aria-label", "checkpoint");
    this.#play = button("play", () => this.togglePlay(), { title: "play the checkpoints (space)" });
    this.root = element(
      "div",
      { class: "step-control" },
      element(
        "div",
        {},
        this.#output,
        button("◀", () => this.move(-1), { label: "one checkpoint back", title: "one checkpoint back (←)" }),
        button("▶", () => this.move(1), { label: "one checkpoint on", title: "one checkpoint on (→)" }),
        this.#play,
      ),
      this.#input,
    );
    this.#input.addEventListener("input", () => this.#choose(steps[this.#input.valueAsNumber]));
    this.set(step ?? Infinity);
  }

  get step(): number {
    return this.#steps[this.#input.valueAsNumber] ?? 0;
  }

  /** Shows the checkpoint nearest to a step, without telling. */
  set(step: number): void {
    const nearest = nearestStep(this.#steps, step);
    this.#input.value = String(Math.max(0, this.#steps.indexOf(nearest)));
    this.#input.setAttribute("aria-valuetext", `step ${nearest}`);
    this.#output.textContent = `step ${nearest}`;
  }

  move(count: number): void {
    this.#choose(stepBy(this.#steps, this.step, count));
  }

  /** Goes to the first checkpoint, or to the last. */
  toEnd(step: number): void {
    this.#choose(nearestStep(this.#steps, step));
  }

  /** Plays the checkpoints to the last one; from the first, where that is the chosen one. */
  togglePlay(): void {
    if (this.#timer !== undefined) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    } else {
      if (this.step === this.#steps.at(-1)) this.#choose(this.#steps[0]);
      // Some fifty stops, however many checkpoints there are.
      const stride = Math.max(1, Math.round(this.#steps.length / 50));
      this.#timer = setInterval(() => {
        if (this.step === this.#steps.at(-1)) this.togglePlay();
        else this.move(stride);
      }, playInterval);
    }
    this.#play.textContent = this.#timer === undefined ? "play" : "stop";
  }

  #choose(step: number | undefined): void {
    if (step === undefined || step === this.step) {
      if (step !== undefined) this.set(step);
      return;
    }
    this.set(step);
    this.#onChange(step);
  }
}
