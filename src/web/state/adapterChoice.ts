/** Quantities that the map of a whole update can show by colour: the names of its traces. */
export const mapQuantities = ["share", "bend", "step"] as const;
export type MapQuantity = (typeof mapQuantities)[number];

/** Part of the choice that a change concerned. */
export type AdapterChange = "adapter" | "quantity";

/** What an address says of the adapters of a run with many. */
interface AdapterState {
  /** Module path; null is the one that is shown unless another is chosen. */
  readonly adapter: string | null;
  readonly quantity: MapQuantity;
}

/** Choice of the adapter of many whose curves are shown, and of what the map of all shows by colour. */
export class AdapterChoice {
  readonly #listeners: ((change: AdapterChange) => void)[] = [];
  /** Module path of the one that is shown unless another is chosen. */
  readonly usual: () => string | null;
  #state: AdapterState;

  constructor(start: AdapterState, usual: () => string | null) {
    this.#state = start;
    this.usual = usual;
  }

  /** Module path of the chosen one; null where the usual one is shown. */
  get adapter(): string | null {
    return this.#state.adapter;
  }

  /** Module path of the one that is shown. */
  get shown(): string | null {
    return this.#state.adapter ?? this.usual();
  }

  get quantity(): MapQuantity {
    return this.#state.quantity;
  }

  choose(adapter: string | null): void {
    this.restore({ ...this.#state, adapter: adapter === this.usual() ? null : adapter });
  }

  setQuantity(quantity: MapQuantity): void {
    this.restore({ ...this.#state, quantity });
  }

  /** Takes the state that an address says. */
  restore(state: AdapterState): void {
    const before = this.#state;
    this.#state = state;
    if (before.adapter !== state.adapter) this.#tell("adapter");
    if (before.quantity !== state.quantity) this.#tell("quantity");
  }

  subscribe(listener: (change: AdapterChange) => void): void {
    this.#listeners.push(listener);
  }

  #tell(change: AdapterChange): void {
    for (const listener of this.#listeners) listener(change);
  }
}
