import type { LayerKind } from "../config/layerKinds.js";
import { windowOf } from "../layers/layerContexts.js";
import type { ModelConfig } from "../config/modelConfig.js";

/** Names the input that says which columns layers of a kind may not look at. */
export function blockedName(kind: LayerKind): string {
  return `blocked.${kind}`;
}

/**
 * Masks of the slots of the cache, and of the new token in the column behind them, that the next token of each row may
 * not look at: padding, slots not filled yet, and for sliding layers what the window has left behind.
 *
 * Prompts are padded on the left, so that the new token has the same slot in every row, and a distance in slots is a
 * distance in positions.
 */
export class CacheMasks {
  /** Masks for each kind of layer, float32 [B, slots + 1], 1 where a column is blocked. */
  readonly arrays: Record<string, Float32Array> = {};
  readonly #config: ModelConfig;
  readonly #kinds: ReadonlySet<LayerKind>;
  #lengths: readonly number[];
  readonly #promptLength: number;
  #slots = 0;
  /** Slot of the new token. */
  #next: number;

  /**
   * @param lengths tokens of each row's prompt
   * @param promptLength slots that the padded prompts fill
   */
  constructor(config: ModelConfig, lengths: readonly number[], promptLength: number, slots: number) {
    this.#config = config;
    this.#kinds = new Set(config.layerKinds);
    this.#lengths = lengths;
    this.#promptLength = promptLength;
    this.#next = promptLength;
    this.grow(slots);
  }

  /** Makes the masks anew for `slots` slots and the rows that are left. */
  grow(slots: number): void {
    this.#slots = slots;
    for (const kind of this.#kinds) {
      const array = new Float32Array(this.#lengths.length * (slots + 1));
      const outside = this.#next + 1 - windowOf(this.#config, kind);
      for (const [row, length] of this.#lengths.entries()) {
        const start = row * (slots + 1);
        const firstSeen = Math.max(this.#promptLength - length, outside);
        array.fill(1, start, start + Math.min(firstSeen, this.#next));
        array.fill(1, start + this.#next, start + slots);
      }
      this.arrays[blockedName(kind)] = array;
    }
  }

  /** Drops all rows of the batch but some. */
  keep(rows: readonly number[]): void {
    this.#lengths = rows.map((row) => this.#lengths[row] ?? 0);
    this.grow(this.#slots);
  }

  /** Moves on by a token: the new one now lies in the cache, and another follows it. */
  advance(): void {
    const written = this.#next++;
    for (const kind of this.#kinds) {
      const array = this.arrays[blockedName(kind)];
      const window = windowOf(this.#config, kind);
      for (let row = 0; array !== undefined && row < this.#lengths.length; row++) {
        const start = row * (this.#slots + 1);
        if (window > 1) array[start + written] = 0;
        if (this.#next >= window) array[start + this.#next - window] = 1;
      }
    }
  }
}
