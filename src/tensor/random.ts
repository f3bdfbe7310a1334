import { xoroshiro128plus, xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";
import type { RandomGenerator } from "pure-rand/types/RandomGenerator";

/**
 * Seeded stream of random numbers that can be forked by name and saved, the one source of randomness.
 *
 * Every random choice takes a `Random`, so that a run is a function of its seed. `fork` gives independent
 * streams for independent purposes ("data order", "row 17"), so that drawing more from one never shifts
 * another.
 */
export class Random {
  readonly #seed: number;
  readonly #generator: RandomGenerator;

  constructor(seed: number, state?: readonly number[]) {
    this.#seed = seed | 0;
    this.#generator =
      state === undefined ? xoroshiro128plus(mix(this.#seed)) : xoroshiro128plusFromState(state);
  }

  /** Draws a number in [0, 1) with 32 random bits. */
  uniform(): number {
    return (this.#generator.next() >>> 0) / 4294967296;
  }

  /** Draws an integer in [0, `count`). */
  integer(count: number): number {
    return Math.floor(this.uniform() * count);
  }

  /** Draws from the standard normal distribution (Box–Muller, one of the pair). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** Draws an element of a non-empty list, each equally likely. */
  choose<T>(list: readonly T[]): T {
    const chosen = list[this.integer(list.length)];
    if (chosen === undefined) throw new RangeError("Random.choose: the list is empty");
    return chosen;
  }

  /** Draws an index with the given non-negative weights. */
  weighted(weights: readonly number[]): number {
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    let remaining = this.uniform() * total;
    for (const [index, weight] of weights.entries()) {
      remaining -= weight;
      if (remaining < 0) return index;
    }
    return weights.length - 1;
  }

  /** Draws the numbers 0 … `count` − 1 in random order (Fisher–Yates). */
  permutation(count: number): number[] {
    const order = Array.from({ length: count }, (_, index) => index);
    for (let last = count - 1; last > 0; last--) {
      const other = this.integer(last + 1);
      const kept = order[last] ?? 0;
      order[last] = order[other] ?? 0;
      order[other] = kept;
    }
    return order;
  }

  /** Makes an independent stream for a named purpose; the same name always gives the same stream. */
  fork(name: string | number): Random {
    let hash = 2166136261 ^ this.#seed;
    for (const character of String(name)) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 16777619);
    return new Random(mix(hash));
  }

  /** State of the stream, from which `new Random(seed, state)` continues exactly here. */
  state(): number[] {
    return [...this.#generator.getState()];
  }
}

/** Spreads neighbouring seeds over all 32 bits (the finaliser of MurmurHash3). */
function mix(seed: number): number {
  let hash = seed | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
