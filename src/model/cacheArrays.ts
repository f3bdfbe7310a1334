import type { TensorData } from "../tensor/program.js";
import { cacheNames } from "./generationPrograms.js";
import type { ModelConfig } from "./modelConfig.js";

/** The keys and values of all layers, each [B, keyValueHeads, slots, headDimension]. */
export class CacheArrays {
  readonly arrays: Record<string, Float32Array> = {};
  readonly #stacks: number;
  readonly #headDimension: number;
  #slots = 0;

  constructor({ layers, keyValueHeads, headDimension }: ModelConfig, batch: number, slots: number) {
    this.#stacks = batch * keyValueHeads;
    this.#headDimension = headDimension;
    for (let layer = 0; layer < layers; layer++) {
      for (const name of Object.values(cacheNames(layer))) this.arrays[name] = new Float32Array();
    }
    this.grow(slots);
  }

  /** Makes room for more slots and keeps what is there. */
  grow(slots: number): void {
    const [before, after] = [this.#slots * this.#headDimension, slots * this.#headDimension];
    for (const [name, old] of Object.entries(this.arrays)) {
      const grown = new Float32Array(this.#stacks * after);
      for (let stack = 0; stack < this.#stacks && before > 0; stack++) {
        grown.set(old.subarray(stack * before, (stack + 1) * before), stack * after);
      }
      this.arrays[name] = grown;
    }
    this.#slots = slots;
  }

  /** Arrays into which a one-token step can write its keys and values, reused from step to step. */
  stepTargets(): Record<string, Float32Array> {
    return Object.fromEntries(
      Object.keys(this.arrays).map((name) => [name, new Float32Array(this.#stacks * this.#headDimension)]),
    );
  }

  /** Copies the keys and values of `length` new tokens into the slots from `slot` on. */
  write(results: Readonly<Record<string, TensorData>>, slot: number, length: number): void {
    const block = length * this.#headDimension;
    for (const [name, target] of Object.entries(this.arrays)) {
      const source = results[name]?.data;
      if (!(source instanceof Float32Array) || source.length !== this.#stacks * block) {
        throw new Error(`generate: no usable output ${name}`);
      }
      for (let stack = 0; stack < this.#stacks; stack++) {
        // A plain loop: for a few dozen numbers it beats making two views for `set`.
        const from = stack * block;
        const to = (stack * this.#slots + slot) * this.#headDimension;
        for (let index = 0; index < block; index++) target[to + index] = source[from + index] ?? 0;
      }
    }
  }
}
