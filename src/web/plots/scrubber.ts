import { button, element } from "../parts/dom.js";
import { grouped } from "../parts/numberWords.js";
import { Overview } from "./overview.js";
import { plotMargin } from "./stepRow.js";
import { nextMark, rangeAround, roundTicks, stepBy } from "../state/steps.js";
import type { StepView } from "../state/stepView.js";
import type { DrawnTransition } from "./transitions.js";

/** Milliseconds a step while playing. */
const playInterval = 120;

/**
 * Scrubber: the step axis at the bottom of the window, in line with the plots, with the controls of the chosen step and the
 * whole run under it.
 */
export class Scrubber {
  readonly root: HTMLElement;
  readonly #view: StepView;
  readonly #input = element("input", { type: "range", step: "any", "aria-label": "step" });
  readonly #axis = element("div", { class: "scrubber-axis", "aria-hidden": "true" });
  readonly #hover = element("div", { class: "scrubber-hover", "aria-hidden": "true" });
  readonly #label = element("output", { class: "scrubber-step" });
  /** Shown where the chosen step lies outside the zoomed stretch. */
  readonly #outside: HTMLButtonElement;
  readonly #overview: Overview;
  readonly #play: HTMLButtonElement;
  readonly #reset: HTMLButtonElement;
  #transitions: readonly DrawnTransition[] = [];
  #timer: number | undefined;

  constructor(view: StepView) {
    this.#view = view;
    this.#play = button("play", () => this.togglePlay(), { title: "play the steps (space)" });
    this.#reset = button("reset", () => view.setZoom(null), { title: "end the zoom (0)" });
    this.#outside = button("", () => this.#showStep(), { className: "scrubber-outside" });
    this.#overview = new Overview(view);
    const track = element(
      "div",
      { class: "scrubber-track" },
      this.#axis,
      this.#hover,
      this.#input,
      this.#outside,
    );
    const axes = element("div", { class: "scrubber-axes" }, track, this.#overview.root);
    axes.style.marginLeft = `${plotMargin.left}px`;
    axes.style.marginRight = `${plotMargin.right}px`;
    this.root = element(
      "footer",
      { class: "scrubber" },
      axes,
      element(
        "div",
        { class: "scrubber-controls" },
        this.#label,
        button("◀", () => this.move(-1), { label: "one step back", title: "one step back (←)" }),
        button("▶", () => this.move(1), { label: "one step on", title: "one step on (→)" }),
        button("[", () => this.jump(-1), { label: "previous transition", title: "previous transition ([)" }),
        button("]", () => this.jump(1), { label: "next transition", title: "next transition (])" }),
        this.#play,
        this.#reset,
      ),
    );
    this.#input.addEventListener("input", () => {
      view.choose(Number(this.#input.value));
      this.#show();
    });
    view.subscribe((change) => {
      if (change === "zoom" || change === "hidden") this.#drawAxis();
      this.#show();
    });
    new ResizeObserver(() => this.#drawAxis()).observe(track);
    this.#show();
  }

  setTransitions(transitions: readonly DrawnTransition[]): void {
    this.#transitions = transitions;
    this.#drawAxis();
  }

  /** Moves the zoomed stretch to the chosen step. */
  #showStep(): void {
    const { zoom, step } = this.#view;
    if (zoom !== null) this.#view.setZoom(rangeAround(zoom, step));
  }

  /** Moves by stored steps. */
  move(count: number): void {
    this.#view.choose(stepBy(this.#view.steps, this.#view.step, count));
  }

  /** Goes to the next transition that is shown, or to the one before. */
  jump(direction: 1 | -1): void {
    const marks = this.#shownTransitions().map((each) => each.step);
    this.#view.choose(nextMark(marks, this.#view.step, direction));
  }

  /** Plays the steps to the last one; from the start, where that is the chosen one. */
  togglePlay(): void {
    if (this.#timer !== undefined) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    } else {
      const [first, last] = [this.#view.steps[0], this.#view.steps.at(-1)];
      if (this.#view.step === last && first !== undefined) this.#view.choose(first);
      this.#timer = setInterval(() => {
        if (this.#view.step === this.#view.steps.at(-1)) this.togglePlay();
        else this.move(1);
      }, playInterval);
    }
    this.#play.textContent = this.#timer === undefined ? "play" : "stop";
  }

  #shownTransitions(): readonly DrawnTransition[] {
    return this.#transitions.filter((each) => !this.#view.hidden.has(each.letter));
  }

  #show(): void {
    const { step, hover, range, zoom } = this.#view;
    this.#input.min = String(range[0]);
    this.#input.max = String(range[1]);
    this.#input.value = String(step);
    this.#input.setAttribute("aria-valuetext", `step ${grouped(step)}`);
    this.#label.textContent = `step ${grouped(hover ?? step)}`;
    const side = step < range[0] ? "before" : step > range[1] ? "after" : "";
    // A thumb at the edge would stand on a step that is not chosen.
    this.#input.classList.toggle("outside", side !== "");
    this.#outside.hidden = side === "";
    this.#outside.className = `scrubber-outside ${side}`;
    this.#outside.textContent = side === "before" ? `◂ ${grouped(step)}` : `${grouped(step)} ▸`;
    this.#outside.title = `move the stretch to step ${grouped(step)}, which lies ${side} it`;
    this.#label.classList.toggle("hovered", hover !== null);
    this.#hover.hidden = hover === null;
    if (hover !== null) this.#hover.style.left = `${(100 * (hover - range[0])) / (range[1] - range[0])}%`;
    this.#reset.disabled = zoom === null;
  }

  #drawAxis(): void {
    const { range } = this.#view;
    const [low, high] = range;
    const place = (step: number): string => `left:${(100 * (step - low)) / (high - low)}%`;
    this.#overview.setTransitions(this.#shownTransitions());
    const ticks = roundTicks(range, Math.max(2, this.#axis.clientWidth / 90));
    this.#axis.replaceChildren(
      ...ticks.map((tick) => element("span", { class: "tick", style: place(tick) }, grouped(tick))),
      ...this.#marks().map(({ step, transitions }) =>
        element(
          "span",
          { class: "mark", style: place(step) },
          ...transitions.map(({ indicator, letter }) => element("b", { class: indicator }, letter)),
        ),
      ),
    );
  }

  /** Marks of transitions over the axis, by their letters; those that would lie on each other share a place. */
  #marks(): { readonly step: number; readonly transitions: readonly DrawnTransition[] }[] {
    const [low, high] = this.#view.range;
    const perPixel = (high - low) / Math.max(1, this.#axis.clientWidth);
    const marks: { step: number; transitions: DrawnTransition[] }[] = [];
    for (const transition of this.#shownTransitions()) {
      const { step } = transition;
      if (step < low || step > high) continue;
      const before = marks.at(-1);
      if (before !== undefined && step - before.step < reach(before.transitions.length) * perPixel)
        before.transitions.push(transition);
      else marks.push({ step, transitions: [transition] });
    }
    return marks;
  }
}

/** Width in pixels that so many letters in the middle of a place and one beside them need. */
function reach(letters: number): number {
  return 5 * (letters + 1) + 4;
}
