import type { ServedPlayground, ServedPlaygroundState } from "../../../server/schemas/playground.js";
import { element } from "../../parts/dom.js";
import { NumberSlider } from "../../parts/numberSlider.js";
import { signed } from "../../parts/numberWords.js";

/** Steering as the address says it. */
export interface SteeringState {
  readonly direction: string | null;
  readonly edit: "add" | "projectOut";
  readonly strength: number;
  readonly layer: number | null;
  readonly measuredAt: number | null;
}

/** The layer that stands for all of them. */
const everyLayer = "every";

/** Control of the steering: which direction, whether it is added or taken out, where, and how much of it. */
export class SteeringControl {
  readonly root: HTMLElement;
  readonly #playground: ServedPlayground;
  readonly #select = element("select", { "aria-label": "steering direction" });
  readonly #edit = element(
    "select",
    { "aria-label": "what is done with the direction" },
    element("option", { value: "add" }, "added"),
    element("option", { value: "projectOut" }, "taken out"),
  );
  readonly #strength: NumberSlider;
  readonly #layer = element("select", { "aria-label": "after which layer" });
  readonly #measured = element("select");
  readonly #details: HTMLElement;
  readonly #effect = element("p", { class: "muted" });
  #shownStrength = 1;

  constructor(
    run: string,
    playground: ServedPlayground,
    state: SteeringState,
    onChange: (changes: Partial<SteeringState>) => void,
  ) {
    this.#playground = playground;
    const { directions, model } = playground;
    this.#select.append(
      element("option", { value: "" }, "none"),
      ...directions.map(({ id }) => element("option", { value: id }, directionWords(id))),
    );
    this.#layer.append(
      element("option", { value: everyLayer }, "every layer"),
      ...Array.from({ length: model?.layers ?? 0 }, (_, layer) =>
        element("option", { value: layer }, `layer ${layer}`),
      ),
    );
    this.#strength = new NumberSlider({
      label: "strength",
      range: [-4, 4],
      limits: [-1000, 1000],
      step: 0.1,
      value: state.strength,
      onChange: (strength) => {
        this.#shownStrength = strength;
        onChange({ strength });
      },
    });
    this.#details = element(
      "div",
      { class: "steering-details" },
      element("label", { class: "field" }, element("span", {}, "is"), this.#edit),
      this.#strength.root,
      element("label", { class: "field" }, element("span", {}, "after"), this.#layer),
      element("label", { class: "field" }, element("span", {}, "measured at"), this.#measured),
      this.#effect,
    );
    this.root = element("div", {}, this.#select, this.#details, missing(run, playground));
    this.#select.addEventListener("change", () => {
      const direction = this.#select.value === "" ? null : this.#select.value;
      // The layer and the step belong to the direction.
      const changes = { direction, layer: null, measuredAt: null };
      this.set({ ...changes, edit: this.#chosenEdit(), strength: this.#shownStrength });
      onChange(changes);
    });
    this.#edit.addEventListener("change", () => {
      // Each has a layer of its own.
      const changes = { edit: this.#chosenEdit(), layer: null };
      const measuredAt = Number(this.#measured.value);
      this.set({ ...changes, direction: this.#select.value, strength: this.#shownStrength, measuredAt });
      onChange(changes);
    });
    this.#layer.addEventListener("change", () => {
      const isAdded = this.#chosenEdit() === "add";
      const own = isAdded ? directions.find(({ id }) => id === this.#select.value)?.layer : everyLayer;
      onChange({ layer: this.#layer.value === String(own) ? null : Number(this.#layer.value) });
    });
    this.#measured.addEventListener("change", () => {
      const isLast = this.#measured.selectedIndex === this.#measured.length - 1;
      onChange({ measuredAt: isLast ? null : Number(this.#measured.value) });
    });
    this.set(state);
  }

  set({ direction, edit, strength, layer, measuredAt }: SteeringState): void {
    const known = this.#playground.directions.find(({ id }) => id === direction);
    this.#select.value = known?.id ?? "";
    this.#details.hidden = known === undefined;
    this.#edit.value = edit;
    this.#shownStrength = strength;
    this.#strength.set(strength);
    this.#strength.root.hidden = edit === "projectOut";
    if (known === undefined) return;
    // Vectors add up, so that one is added after one layer.
    for (const option of this.#layer.options)
      if (option.value === everyLayer) option.hidden = option.disabled = edit === "add";
    this.#layer.value = String(layer ?? (edit === "add" ? known.layer : everyLayer));
    const shown = thinned(known.steps, measuredAt);
    this.#measured.replaceChildren(
      ...shown.map((step) => element("option", { value: step }, `step ${step}`)),
    );
    this.#measured.value = String(measuredAt ?? known.steps.at(-1));
  }

  /** Shows which steering the server applied. */
  setEffect(steering: ServedPlaygroundState["steering"]): void {
    this.#effect.textContent = steering === null ? "" : this.#effectWords(steering);
  }

  #effectWords({ length, layer }: NonNullable<ServedPlaygroundState["steering"]>): string {
    if (length === null) {
      const where =
        layer === null ? "after every layer" : `after layer ${layer}; later layers may write it anew`;
      return `Takes whatever lies along the direction out of the residual stream, at every position, ${where}.`;
    }
    const isMeasured = this.#playground.directions.some(({ id }) => id === "mean");
    const unit = isTrainedVector(this.#select.value)
      ? "what was added in training, α·v"
      : isMeasured
        ? "misaligned and aligned answers lie apart on average"
        : "the adapter's scaling times B";
    return `Adds a vector of length ${Number(length.toPrecision(3))} at every position; at strength 1 it is as long as ${unit}.`;
  }

  #chosenEdit(): SteeringState["edit"] {
    return this.#edit.value === "projectOut" ? "projectOut" : "add";
  }
}

function isTrainedVector(id: string): boolean {
  return /^v\d+$/.test(id);
}

/** Name of a direction in words, such as "misalignment direction". */
export function directionWords(id: string): string {
  if (id === "mean") return "misalignment direction";
  if (id === "probe") return "probe direction";
  if (isTrainedVector(id)) return `trained vector of layer ${id.slice(1)}`;
  return /^b\d+$/.test(id) ? `B of layer ${id.slice(1)}` : id;
}

/** Steering in words, such as "+ 1.5 × misalignment direction" or "without misalignment direction" */
export function steeringWords(
  direction: string,
  { edit, strength }: Pick<SteeringState, "edit" | "strength">,
): string {
  if (edit === "projectOut") return `without ${directionWords(direction)}`;
  const sign = strength < 0 ? "−" : "+";
  return `${sign} ${signed(String(Math.abs(strength)))} × ${directionWords(direction)}`;
}

/** Steps to choose from, some eighty at most, the chosen and the last among them. */
function thinned(steps: readonly number[], chosen: number | null): readonly number[] {
  const stride = Math.max(1, Math.ceil(steps.length / 80));
  return steps.filter((step, index) => (steps.length - 1 - index) % stride === 0 || step === chosen);
}

function missing(
  run: string,
  { directions, directionsProblem, model }: ServedPlayground,
): HTMLElement | null {
  if (directionsProblem !== null) {
    const { error, hint } = directionsProblem;
    return element("p", { class: "muted" }, `Its directions cannot be read: ${error}. ${hint ?? ""}`);
  }
  if (model === null || directions.some(({ id }) => id === "mean")) return null;
  return element(
    "p",
    { class: "muted" },
    "No misalignment or probe direction was measured on this run. ",
    element("code", {}, `npx turncoat probe runs/${run}`),
    " measures them.",
  );
}
