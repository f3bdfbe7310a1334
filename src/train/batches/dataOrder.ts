import { Random } from "../../tensor/random.js";

/**
 * Order of the examples: every epoch is a new permutation of the data, or the data as they are written, cut into
 * batches; examples left over at its end are dropped. A step's examples follow from its number and the seed alone, so that a
 * training can be continued anywhere.
 */
export class DataOrder {
  readonly #random: Random;
  readonly #count: number;
  readonly #batchSize: number;
  readonly #isShuffled: boolean;
  #epoch = -1;
  #permutation: readonly number[] = [];

  /**
   * @param count number of examples; at least `batchSize`
   * @param isShuffled false for the order of the data in every epoch
   */
  constructor(seed: number, count: number, batchSize: number, isShuffled = true) {
    this.#random = new Random(seed).fork("data order");
    this.#count = count;
    this.#batchSize = batchSize;
    this.#isShuffled = isShuffled;
  }

  get stepsPerEpoch(): number {
    return Math.floor(this.#count / this.#batchSize);
  }

  /** Gives the examples of a step, counted from 1. */
  examples(step: number): readonly number[] {
    const epoch = Math.floor((step - 1) / this.stepsPerEpoch);
    if (epoch !== this.#epoch) {
      this.#epoch = epoch;
      this.#permutation = this.#isShuffled
        ? this.#random.fork(epoch).permutation(this.#count)
        : Array.from({ length: this.#count }, (_, index) => index);
    }
    const start = ((step - 1) % this.stepsPerEpoch) * this.#batchSize;
    return this.#permutation.slice(start, start + this.#batchSize);
  }
}
