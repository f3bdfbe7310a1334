import { TemplateFault } from "./templateFault.js";

/** Characters that count as one step. */
const charactersPerStep = 16;

/**
 * Bound on the work of one rendering, in steps: a node evaluated, an item produced or 16 characters handled. It bounds
 * memory too, since everything that a template makes is charged for.
 */
export class Budget {
  #left: number;
  #depth = 0;
  readonly #steps: number;

  /** @param steps 10 million by default, a thousand times what long published chats need */
  constructor(steps = 10_000_000) {
    this.#left = steps;
    this.#steps = steps;
  }

  /** Charges for items produced or nodes evaluated. */
  spend(steps: number): void {
    this.#left -= steps;
    if (this.#left < 0) {
      throw new TemplateFault(`more than ${this.#steps} steps of work: the template does not come to an end`);
    }
  }

  /** Charges for characters read or written. */
  spendCharacters(count: number): void {
    this.spend(count / charactersPerStep);
  }

  /** Charges for a text and returns it. */
  text(text: string): string {
    this.spendCharacters(text.length);
    return text;
  }

  /** Runs a macro's body, and refuses macros that call each other without end. */
  nested<T>(body: () => T): T {
    if (this.#depth >= 50) throw new TemplateFault("macros nested more than 50 deep");
    this.#depth++;
    try {
      return body();
    } finally {
      this.#depth--;
    }
  }
}
