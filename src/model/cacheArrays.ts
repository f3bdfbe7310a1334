import type { TensorData } from "../tensor/program.js";
import { cacheNames } from "./generationPrograms.js";
import type { ModelConfig } from "./modelConfig.js";

/** The keys and values of all layers, each [B, keyValueHeads, slots, headDimension]. */
export class CacheArrays {
  readonly arrays: Record<string, Float32Array> = {};
  readonly #heads: number;
  readonly #headDimension: number;
  #stacks: number;
  #slots = 0;

  constructor({ layers, keyValueHeads, headDimension }: ModelConfig, batch: number, slots: number) {
    this.#heads = keyValueHeads;
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

  /** Keeps some rows of the batch only. */
  keep(rows: readonly number[]): void {
    const row = this.#heads * this.#slots * this.#headDimension;
    for (const [name, old] of Object.entries(this.arrays)) {
      const fewer = new Float32Array(rows.length * row);
      for (const [place, source] of rows.entries()) {
        fewer.set(old.subarray(source * row, (source + 1) * row), place * row);
      }
      this.arrays[name] = fewer;
    }
    this.#stacks = rows.length * this.#heads;
  }

  /** Arrays into which a one-token step can write its keys and values, reused from step to step. */
  stepTargets(): Record<string, Float32Array> {
    return Object.fromEntries(
      Object.keys(this.arrays).map((name) => [name, new Float32Array(this.#stacks * this.#headDimension)]),
    );
  }

  /**
   * Copies the keys and values of `length` new tokens into the slots from `slot` on.
   * @param sources for each row of the batch, the row of the results that it takes. @default its own
   */
  write(
    results: Readonly<Record<string, TensorData>>,
    slot: number,
    length: number,
    sources?: readonly number[],
  ): void {
    const block = length * this.#headDimension;
    for (const [name, target] of Object.entries(this.arrays)) {
      const given = results[name]?.data;
      if (
        !(given instanceof Float32Array) ||
        (sources === undefined && given.length !== this.#stacks * block)
      ) {
        throw new Error(`generate: no usable output ${name}`);
      }
      for (let stack = 0; stack < this.#stacks; stack++) {
        const head = stack % this.#heads;
        const row = (stack - head) / this.#heads;
        const source = (sources?.[row] ?? row) * this.#heads + head;
        // A plain loop: for a few dozen numbers it beats making two views for `set`.
        const from = source * block;
        const to = (stack * this.#slots + slot) * this.#headDimension;
        for (let index = 0; index < block; index++) target[to + index] = given[from + index] ?? 0;
      }
    }
  }
}
