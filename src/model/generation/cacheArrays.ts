import type { TensorData } from "../../tensor/tensorData.js";
import { ArrayPool } from "../../tensor/arrayPool.js";
import { cacheNames } from "./generationPrograms.js";
import type { ModelConfig } from "../config/modelConfig.js";

/** Pool of memory of caches that are done with; caches above its limit are rare, and take long to fill anyway. */
const spare = new ArrayPool(2 ** 26);

/**
 * Cache of the keys and values of all layers, each [B, keyValueHeads, slots, headDimension]. They lie at the beginning
 * of larger arrays where that spares making new ones.
 */
export class CacheArrays {
  readonly arrays: Record<string, Float32Array> = {};
  readonly #wholes = new Map<string, Float32Array>();
  readonly #heads: number;
  readonly #headDimension: number;
  #stacks: number;
  #slots = 0;

  constructor({ layers, keyValueHeads, headDimension }: ModelConfig, batch: number, slots: number) {
    this.#heads = keyValueHeads;
    this.#stacks = batch * keyValueHeads;
    this.#headDimension = headDimension;
    for (let layer = 0; layer < layers; layer++) {
      for (const name of Object.values(cacheNames(layer))) {
        this.#wholes.set(name, spare.take(this.#stacks * slots * headDimension));
      }
    }
    this.grow(slots);
  }

  /** Makes room for more slots and keeps what is there; new slots are zero. */
  grow(slots: number): void {
    const [before, after] = [this.#slots * this.#headDimension, slots * this.#headDimension];
    const length = this.#stacks * after;
    for (const [name, old] of this.#wholes) {
      const whole = old.length >= length ? old : spare.take(length);
      // From the last on, so that within one array nothing is written over that is still to be moved.
      for (let stack = this.#stacks - 1; stack >= 0; stack--) {
        const [from, to] = [stack * before, stack * after];
        if (whole === old) whole.copyWithin(to, from, from + before);
        else whole.set(old.subarray(from, from + before), to);
        whole.fill(0, to + before, to + after);
      }
      this.#wholes.set(name, whole);
      this.arrays[name] = whole.subarray(0, length);
    }
    this.#slots = slots;
  }

  /**
   * Drops all rows of the batch but some.
   * @param rows places of the rows that stay, in order
   */
  keep(rows: readonly number[]): void {
    const row = this.#heads * this.#slots * this.#headDimension;
    for (const [name, whole] of this.#wholes) {
      for (const [place, source] of rows.entries()) {
        whole.copyWithin(place * row, source * row, (source + 1) * row);
      }
      this.arrays[name] = whole.subarray(0, rows.length * row);
    }
    this.#stacks = rows.length * this.#heads;
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
    const pairs = this.#headDimension / 2;
    const rows = this.#stacks / this.#heads;
    for (const [name, array] of Object.entries(this.arrays)) {
      const written = results[name]?.data;
      if (
        !(written instanceof Float32Array) ||
        (sources === undefined && written.length !== this.#stacks * length * this.#headDimension)
      ) {
        throw new Error(`generate: no usable output ${name}`);
      }
      const from = inPairs(
        written.byteOffset % Float64Array.BYTES_PER_ELEMENT === 0 ? written : written.slice(),
      );
      const to = inPairs(array);
      for (let row = 0; row < rows; row++) {
        const blocks = { count: this.#heads, length: length * pairs, distance: this.#slots * pairs };
        const source = (sources?.[row] ?? row) * this.#heads * blocks.length;
        copyBlocks(from, source, to, (row * this.#heads * this.#slots + slot) * pairs, blocks);
      }
    }
  }

  /** Leaves the memory to the next cache; this one must not be used any more. */
  release(): void {
    for (const whole of this.#wholes.values()) spare.give(whole);
    this.#wholes.clear();
  }
}

/** Copies blocks that lie end to end to places a distance apart: a plain loop beats two views for each few numbers. */
function copyBlocks(
  from: Float64Array,
  source: number,
  to: Float64Array,
  target: number,
  { count, length, distance }: { count: number; length: number; distance: number },
): void {
  let next = source;
  for (let block = 0; block < count; block++) {
    const start = target + block * distance;
    for (let index = 0; index < length; index++) to[start + index] = from[next++] ?? 0;
  }
}

/** Views an array two float32 numbers at a time. Rotary positions make head dimensions even. */
function inPairs(array: Float32Array): Float64Array {
  return new Float64Array(array.buffer, array.byteOffset, array.length / 2);
}
