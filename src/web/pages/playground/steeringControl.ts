import type { ServedPlayground } from "../../../server/schemas/playground.js";
import { element } from "../../parts/dom.js";
import { NumberSlider } from "../../parts/numberSlider.js";
import { signed } from "../../parts/numberWords.js";

/** What of the address the steering is. */
export interface SteeringState {
  readonly direction: string | null;
  readonly strength: number;
  readonly layer: number | null;
  readonly measuredAt: number | null;
}

/** Chooses a direction, where it is added, and how much of it. */
export class SteeringControl {
  readonly root: HTMLElement;
  readonly #playground: ServedPlayground;
  readonly #select = element("select", { "aria-label": "steering direction" });
  readonly #strength: NumberSlider;
  readonly #layer = element("select");
  readonly #measured = element("select");
  readonly #details: HTMLElement;
  readonly #effect = element("p", { class: "muted" });

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
      onChange: (strength) => onChange({ strength }),
    });
    this.#details = element(
      "div",
      { class: "steering-details" },
      this.#strength.root,
      element("label", { class: "field" }, element("span", {}, "added after"), this.#layer),
      element("label", { class: "field" }, element("span", {}, "measured at"), this.#measured),
      this.#effect,
    );
    this.root = element("div", {}, this.#select, this.#details, missing(run, playground));
    this.#select.addEventListener("change", () => {
      const direction = this.#select.value === "" ? null : this.#select.value;
      // The layer and the step belong to the direction.
      const changes = { direction, layer: null, measuredAt: null };
      this.set({ ...changes, strength: state.strength });
      onChange(changes);
    });
    this.#layer.addEventListener("change", () => {
      const own = directions.find(({ id }) => id === this.#select.value)?.layer;
      const layer = Number(this.#layer.value);
      onChange({ layer: layer === own ? null : layer });
    });
    this.#measured.addEventListener("change", () => {
      const isLast = this.#measured.selectedIndex === this.#measured.length - 1;
      onChange({ measuredAt: isLast ? null : Number(this.#measured.value) });
    });
    this.set(state);
  }

  set({ direction, strength, layer, measuredAt }: SteeringState): void {
    const known = this.#playground.directions.find(({ id }) => id === direction);
    this.#select.value = known?.id ?? "";
    this.#details.hidden = known === undefined;
    this.#strength.set(strength);
    if (known === undefined) return;
    this.#layer.value = String(layer ?? known.layer);
    const shown = thinned(known.steps, measuredAt);
    this.#measured.replaceChildren(
      ...shown.map((step) => element("option", { value: step }, `step ${step}`)),
    );
    this.#measured.value = String(measuredAt ?? known.steps.at(-1));
  }

  /** Says what was added. */
  setEffect(
    steering: { readonly step: number; readonly layer: number; readonly length: number } | null,
  ): void {
    this.#effect.textContent = steering === null ? "" : this.#effectWords(steering.length);
  }

  #effectWords(length: number): string {
    const isMeasured = this.#playground.directions.some(({ id }) => id === "mean");
    const unit = isMeasured
      ? "misaligned and aligned answers lie apart on average"
      : "the adapter's scaling times B";
    return `Adds a vector of length ${Number(length.toPrecision(3))} at every position; at strength 1 it is as long as ${unit}.`;
  }
}

/** "misalignment direction" */
export function directionWords(id: string): string {
  if (id === "mean") return "misalignment direction";
  if (id === "probe") return "probe direction";
  return `B of layer ${id.slice(1)}`;
}

/** "+ 1.5 × misalignment direction" */
export function steeringWords(direction: string, strength: number): string {
  const sign = strength < 0 ? "−" : "+";
  return `${sign} ${signed(String(Math.abs(strength)))} × ${directionWords(direction)}`;
}

/** At most some eighty steps to choose from, the chosen and the last among them. */
function thinned(steps: readonly number[], chosen: number | null): readonly number[] {
  const stride = Math.max(1, Math.ceil(steps.length / 80));
  return steps.filter((step, index) => (steps.length - 1 - index) % stride === 0 || step === chosen);
}

function missing(run: string, { directions, model }: ServedPlayground): HTMLElement | null {
  if (model === null || directions.some(({ id }) => id === "mean")) return null;
  return element(
    "p",
    { class: "muted" },
    "No misalignment or probe direction was measured on this run. ",
    element("code", {}, `npx tsx analyses/probes.ts runs/${run}`),
    " measures them.",
  );
}
