import {
  compileFactorProducts,
  type FactorBlock,
  type FactorProducts,
} from "../../../tensor/factorProducts.js";
import type { Engine } from "../../../tensor/program.js";
import type { AdapterInput } from "../adapterRecord.js";
import { updateInnerProduct, weightUpdates } from "./weightUpdate.js";

/** An adapter over training as far as its products are wanted. */
export type GramInput = Pick<AdapterInput, "rank" | "scaling" | "steps" | "loraA" | "loraB">;

/** Inner products of all steps with all, `[n, n]`. */
export type Gram = readonly Float64Array[];

/** The inner products of ΔW of all steps with all, in float64. */
export function updateGram(adapter: GramInput): Gram {
  const updates = weightUpdates(adapter);
  const gram = updates.map(() => new Float64Array(updates.length));
  for (const [row, left] of updates.entries()) {
    for (const [column, right] of updates.slice(0, row + 1).entries())
      setBoth(gram, row, column, updateInnerProduct(left, right));
  }
  return gram;
}

/** Multiplications above which an engine is quicker, its start included. */
const mostMultiplications = 2e8;

/** Multiplications that the products of all steps with all take. */
function gramWork({ rank, steps, loraA, loraB }: GramInput): number {
  const perPair = rank * ((loraA[0]?.length ?? 0) + (loraB[0]?.length ?? 0));
  return (perPair * steps.length ** 2) / 2;
}

/**
 * Rows of stacked factors that go through a program at once: their products with each other, 4 MB, stay in the
 * processor's caches, and of many blocks only half of the pairs are made.
 */
const stackedRows = 1024;

/**
 * Computes the inner products of ΔW of adapters on an engine, in float32; without it, in float64, where all of them together
 * are little work. Programs are kept for adapters of one shape.
 */
export class UpdateGrams {
  readonly #engine: () => Promise<Engine>;
  readonly #programs = new Map<string, Promise<FactorProducts>>();

  readonly #adapters: number;

  /**
   * @param engine called when it is first needed
   * @param adapters how many there will be, each of about as much work
   */
  constructor(engine: () => Promise<Engine>, adapters: number) {
    this.#engine = engine;
    this.#adapters = adapters;
  }

  async of(adapter: GramInput): Promise<Gram> {
    if (this.#adapters * gramWork(adapter) <= mostMultiplications) return updateGram(adapter);
    const { rank, steps, scaling } = adapter;
    const blocks = Math.ceil((steps.length * rank) / stackedRows);
    const count = Math.ceil(steps.length / blocks);
    const program = await this.#program(adapter, count);
    const gram = steps.map(() => new Float64Array(steps.length));
    const stacked = Array.from({ length: blocks }, (_, block) => blockOf(adapter, block * count, count));
    for (const [one, left] of stacked.entries()) {
      for (const [other, right] of stacked.slice(0, one + 1).entries()) {
        const found = await program.products(left, right);
        const [from, to] = [one * count, other * count];
        for (let row = from; row < Math.min(steps.length, from + count); row++) {
          for (let column = to; column <= Math.min(row, to + count - 1); column++)
            setBoth(gram, row, column, scaling ** 2 * (found[(row - from) * count + column - to] ?? NaN));
        }
      }
    }
    return gram;
  }

  async dispose(): Promise<void> {
    for (const program of this.#programs.values()) await (await program).dispose();
    this.#programs.clear();
  }

  async #program({ rank, loraA, loraB }: GramInput, count: number): Promise<FactorProducts> {
    const inputs = (loraA[0]?.length ?? 0) / rank;
    const outputs = (loraB[0]?.length ?? 0) / rank;
    const key = [count, rank, inputs, outputs].join(" ");
    let program = this.#programs.get(key);
    if (program === undefined) {
      program = this.#engine().then((engine) =>
        compileFactorProducts(engine, { count, rank, inputs, outputs }),
      );
      this.#programs.set(key, program);
    }
    return program;
  }
}

/** Lays the factors of some steps one after the other; what is left of the block is zero. */
function blockOf({ loraA, loraB }: GramInput, from: number, count: number): FactorBlock {
  const stacked = (factors: readonly Float32Array[]): Float32Array => {
    const size = factors[0]?.length ?? 0;
    const all = new Float32Array(count * size);
    for (const [index, factor] of factors.slice(from, from + count).entries()) all.set(factor, index * size);
    return all;
  };
  return { A: stacked(loraA), B: stacked(loraB) };
}

function setBoth(gram: readonly Float64Array[], row: number, column: number, value: number): void {
  const [one, other] = [gram[row], gram[column]];
  if (one === undefined || other === undefined) return;
  one[column] = value;
  other[row] = value;
}
