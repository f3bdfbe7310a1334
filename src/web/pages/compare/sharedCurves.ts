import type { ServedComparison } from "../../../server/schemas/compare.js";
import type { StepView } from "../../state/stepView.js";

/** State of curves that are drawn or not in all plots at once, wherever they are switched. */
export class SharedCurves {
  readonly #view: StepView;
  readonly #figures: readonly string[];
  readonly #names: readonly string[];
  readonly #labelOf: ReadonlyMap<string, string>;
  readonly #listeners: (() => void)[] = [];
  #hidden: ReadonlySet<string>;
  #isSpreading = false;

  constructor(view: StepView, { figures, curves }: ServedComparison, hidden: readonly string[]) {
    this.#view = view;
    this.#figures = figures.map(({ id }) => id);
    this.#names = curves.map(({ name }) => name);
    this.#labelOf = new Map(curves.map(({ name, label }) => [name, label]));
    this.#hidden = new Set(hidden.filter((name) => this.#names.includes(name)));
    for (const name of this.#hidden) this.#spread(name, true);
    view.subscribe((change) => {
      if (change === "curves" && !this.#isSpreading) this.#follow();
    });
  }

  /** Names of the curves that are not drawn. */
  get hidden(): ReadonlySet<string> {
    return this.#hidden;
  }

  /** Calls back after every change. */
  subscribe(listener: () => void): void {
    this.#listeners.push(listener);
  }

  toggle(name: string): void {
    const isHidden = !this.#hidden.has(name);
    const hidden = new Set(this.#hidden);
    if (isHidden) hidden.add(name);
    else hidden.delete(name);
    this.#hidden = hidden;
    this.#spread(name, isHidden);
    for (const listener of this.#listeners) listener();
  }

  /** Makes the other plots follow the one whose own switch was used. */
  #follow(): void {
    for (const name of this.#names) {
      const count = this.#figures.filter((figure) => this.#view.curves.has(this.#keyOf(figure, name))).length;
      const isChanged = this.#hidden.has(name) ? count < this.#figures.length : count > 0;
      if (isChanged) this.toggle(name);
    }
  }

  #spread(name: string, isHidden: boolean): void {
    this.#isSpreading = true;
    for (const figure of this.#figures) this.#view.setCurveHidden(this.#keyOf(figure, name), isHidden);
    this.#isSpreading = false;
  }

  /** Key of a curve in the view: figures have it under its label. */
  #keyOf(figure: string, name: string): string {
    return `${figure}: ${this.#labelOf.get(name) ?? name}`;
  }
}
