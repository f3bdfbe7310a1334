import type { Value } from "./values.js";

/** Names that a block sees: its own, and those of the blocks around it. */
export class Scope {
  readonly #values = new Map<string, Value>();

  constructor(private readonly outer?: Scope) {}

  /** What a name holds, undefined where no block around has it. */
  get(name: string): Value | undefined {
    const own = this.#values.get(name);
    return own === undefined ? this.outer?.get(name) : own;
  }

  /** Sets a name in this block alone, as Jinja does. */
  set(name: string, value: Value): void {
    this.#values.set(name, value);
  }
}
