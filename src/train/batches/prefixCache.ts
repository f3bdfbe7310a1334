import type { TokenizedChat } from "../../model/tokenizer/chatTokenizer.js";
import { contextsAt } from "../../model/layers/layerContexts.js";
import type { Model } from "../../model/model.js";
import type { ModelConfig } from "../../model/config/modelConfig.js";
import { sublayerOf } from "../../model/config/parameters.js";
import { packedLayout } from "../../model/layers/rowLayout.js";
import { forwardTo, parameter } from "../../model/transformer.js";
import type { Program } from "../../tensor/program.js";
import type { TokenBatch } from "./batches.js";
import { packRows, placeInputs, rowCount, slotsFor, type PackedShape } from "./packRows.js";

/** Bytes up to which activations are kept; those of further examples are computed each time. */
const defaultByteLimit = 2 ** 30;

/** Ratio of a whole batch to a small one, in whose shape few examples run, so that one new example costs less. */
const smallShare = 8;

/**
 * Counts the sublayers (attention and MLP apart) below the lowest trained parameter: training changes nothing there.
 * @param names such as `model.layers.2.mlp.down_proj.lora_A` or `model.embed_tokens.weight`
 */
export function frozenSublayers(config: ModelConfig, names: readonly string[]): number {
  return Math.min(2 * config.layers, ...names.map((name) => sublayerOf(config, name)));
}

/** Settings of a prefix cache. */
export interface PrefixOptions {
  /** Number of frozen sublayers; at least 1. */
  readonly sublayers: number;
  /** Number of examples that are asked for together. */
  readonly batchSize: number;
  readonly byteLimit?: number;
}

/**
 * Cache of the residual stream of training examples below the lowest adapter, computed once where an example recurs.
 *
 * An example always runs with examples of about its length, in one of two fixed shapes, so that its activations do
 * not depend on what else is in a batch: a continued training finds the same numbers.
 */
export class PrefixCache {
  readonly #sublayers: number;
  readonly #model: Model;
  readonly #chats: readonly TokenizedChat[];
  readonly #byteLimit: number;
  /** Shapes for each class of lengths, small one first. */
  readonly #shapes = new Map<number, readonly PackedShape[]>();
  readonly #known = new Map<number, Float32Array>();
  #bytes = 0;

  constructor(
    model: Model,
    chats: readonly TokenizedChat[],
    { sublayers, batchSize, byteLimit = defaultByteLimit }: PrefixOptions,
  ) {
    this.#sublayers = sublayers;
    this.#model = model;
    this.#chats = chats;
    this.#byteLimit = byteLimit;
    const counts = chats.map(rowCount);
    for (const kind of new Set(counts.map(lengthClass))) {
      const alike = counts.filter((count) => lengthClass(count) === kind);
      const sizes = new Set([Math.ceil(batchSize / smallShare), batchSize]);
      this.#shapes.set(
        kind,
        [...sizes].map((batch) => shapeFor(alike, Math.min(batch, alike.length))),
      );
    }
  }

  /**
   * Extends a batch of examples by the residual stream that the frozen sublayers make of its rows.
   * @param examples their places among the chats, in the order in which the batch was made of them
   * @param replicas among which the batch is divided
   */
  async extend(batch: TokenBatch, examples: readonly number[], replicas = 1): Promise<TokenBatch> {
    const fresh = await this.#compute([...new Set(examples)].filter((example) => !this.#known.has(example)));
    const residual = new Float32Array(batch.tokens.length * this.#model.config.hiddenSize);
    const share = examples.length / replicas;
    let position = 0;
    for (const [index, example] of examples.entries()) {
      if (index % share === 0) position = ((index / share) * residual.length) / replicas;
      const values = this.#known.get(example) ?? fresh.get(example) ?? new Float32Array();
      residual.set(values, position);
      position += values.length;
    }
    return { ...batch, frozen: { sublayers: this.#sublayers, residual } };
  }

  async #compute(examples: readonly number[]): Promise<Map<number, Float32Array>> {
    const computed = new Map<number, Float32Array>();
    for (const [kind, shapes] of this.#shapes) {
      let waiting = examples.filter((example) => lengthClass(this.#rowsOf(example)) === kind);
      while (waiting.length > 0) {
        const chunk = this.#chunk(waiting, shapes);
        for (const [example, values] of await this.#run(chunk.examples, chunk.shape)) {
          computed.set(example, values);
          if (this.#bytes + values.byteLength > this.#byteLimit) continue;
          this.#bytes += values.byteLength;
          this.#known.set(example, values);
        }
        waiting = waiting.slice(chunk.examples.length);
      }
    }
    return computed;
  }

  /** Takes as many examples as fit, in the smallest shape that holds them. */
  #chunk(
    waiting: readonly number[],
    shapes: readonly PackedShape[],
  ): { examples: readonly number[]; shape: PackedShape } {
    const chunks = shapes.map((shape) => {
      let rows = 1;
      const end = waiting.findIndex((example, index) => {
        rows += this.#rowsOf(example);
        return index === shape.batch || rows > shape.rows;
      });
      return { examples: end === -1 ? waiting : waiting.slice(0, end), shape };
    });
    const chunk = chunks.find(({ examples }) => examples.length === waiting.length) ?? chunks.at(-1);
    if (chunk === undefined || chunk.examples.length === 0) throw new Error("PrefixCache: nothing fits");
    return chunk;
  }

  async #run(examples: readonly number[], shape: PackedShape): Promise<[number, Float32Array][]> {
    const { tokenizer, config } = this.#model;
    const chats = examples.flatMap((example) => this.#chats[example] ?? []);
    const { tokens, places } = packRows([chats], tokenizer.paddingId, shape);
    const { residual } = await (await this.#program(shape)).run({ tokens, ...places });
    if (!(residual?.data instanceof Float32Array)) throw new TypeError("PrefixCache: no residual stream");
    let position = 0;
    return examples.map((example) => {
      const start = position;
      position += this.#rowsOf(example) * config.hiddenSize;
      return [example, Float32Array.from(residual.data.subarray(start, position))];
    });
  }

  #program(shape: PackedShape): Promise<Program> {
    const { config, parameters, programs } = this.#model;
    const { batch, length, rows } = shape;
    return programs.get(`prefix:${this.#sublayers}:${batch}:${length}:${rows}`, () => ({
      name: "frozen layers",
      inputs: { tokens: { shape: [rows], dtype: "int32" }, ...placeInputs(shape) },
      constants: parameters,
      body: (tensors) => {
        const named = (name: string) => parameter(tensors, name);
        const inputs = {
          tokens: named("tokens"),
          layout: packedLayout(batch, length, named("rowOfSlot"), named("slotOfRow")),
          contexts: contextsAt(config, length, named("positions")),
        };
        return { residual: forwardTo(config, tensors, inputs, this.#sublayers) };
      },
    }));
  }

  #rowsOf(example: number): number {
    const chat = this.#chats[example];
    return chat === undefined ? 0 : rowCount(chat);
  }
}

/** Class of sequences that run together, the power of two above their rows. */
function lengthClass(rows: number): number {
  return 2 ** Math.ceil(Math.log2(rows + 1));
}

/**
 * Chooses a shape for sequences out of some with these numbers of rows. It holds the average and two standard
 * deviations of what so many take together, but no more than the longest take.
 */
function shapeFor(counts: readonly number[], batch: number): PackedShape {
  const sorted = [...counts].sort((one, other) => other - one);
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const average = sum(counts) / counts.length;
  const variance = sum(counts.map((count) => (count - average) ** 2)) / counts.length;
  const likely = Math.ceil(batch * average + 2 * Math.sqrt(batch * variance));
  const [longest = 1] = sorted;
  return {
    batch,
    length: slotsFor(longest),
    rows: Math.max(longest, Math.min(likely, sum(sorted.slice(0, batch)))) + 1,
  };
}
