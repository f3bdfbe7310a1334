import { sizeOf } from "../../../src/tensor/program.js";
import type { TensorData } from "../../../src/tensor/tensorData.js";
import type { Random } from "../../../src/tensor/random.js";

/** Source of seeded shapes and values. */
export class Draw {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  integer(low: number, high: number): number {
    return low + this.#random.integer(high - low + 1);
  }

  choose<T>(list: readonly T[]): T {
    return this.#random.choose(list);
  }

  chance(): boolean {
    return this.#random.integer(2) === 0;
  }

  /** Draws a shape of up to four axes of sizes 1 to 5, many of them 1. */
  shape(minimumRank = 0): number[] {
    return Array.from({ length: this.integer(minimumRank, 4) }, () => this.choose([1, 1, 2, 3, 5]));
  }

  /** Draws a shape that broadcasts to another: leading axes left out, others squeezed to 1. */
  broadcastable(shape: readonly number[]): number[] {
    const from = this.chance() ? 0 : this.integer(0, shape.length);
    return shape.slice(from).map((size) => (this.integer(0, 2) === 0 ? 1 : size));
  }

  /** Draws an axis of a tensor of a rank, counted from either end. */
  axis(rank: number): number {
    return this.integer(-rank, rank - 1);
  }

  /** Draws numbers in [low, high]; a third are multiples of a half, so that ties and zeros occur. */
  floats(shape: readonly number[], low = -4, high = 4): TensorData {
    const data = new Float32Array(sizeOf(shape)).map(() => {
      const value = low + (high - low) * this.#random.uniform();
      const half = Math.round(value * 2) / 2;
      return this.integer(0, 2) === 0 && half >= low && half <= high ? half : value;
    });
    return { shape, data };
  }

  ints(shape: readonly number[], low = -6, high = 6): TensorData {
    return { shape, data: new Int32Array(sizeOf(shape)).map(() => this.integer(low, high)) };
  }

  bools(shape: readonly number[]): TensorData {
    return { shape, data: new Uint8Array(sizeOf(shape)).map(() => this.integer(0, 1)) };
  }

  /** Draws floats, integers or booleans. */
  any(shape: readonly number[]): TensorData {
    return this.choose([() => this.floats(shape), () => this.ints(shape), () => this.bools(shape)])();
  }

  /** Draws floats or integers. */
  numbers(shape: readonly number[]): TensorData {
    return this.chance() ? this.floats(shape) : this.ints(shape);
  }

  /** Draws axes to reduce: none named, one, or several. */
  axes(rank: number): number | number[] | undefined {
    if (rank === 0 || this.chance()) return undefined;
    if (this.chance()) return this.axis(rank);
    return Array.from({ length: rank }, (_, axis) => axis)
      .filter(() => this.chance())
      .map((axis) => (this.chance() ? axis : axis - rank));
  }
}
