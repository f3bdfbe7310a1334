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

/** Ratio between lengths of sequences that run together and the next longer ones, and the longest of the first class. */
const classRatio = 4;
const firstClass = 64;

/** Room in a run beyond what a batch needs on average, in rows and in sequences. */
const spareRows = 1.1;
const spareSequences = 1.2;

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
  /** Number of tokens that all examples begin with, which a run holds once. @default 0 */
  readonly shared?: number;
  readonly byteLimit?: number;
}

/** Batch to be extended. */
export interface ExtendedBatch {
  /** Places of its examples among the chats, in the order in which the batch was made of them. */
  readonly examples: readonly number[];
  /** Number of replicas among which the batch is divided. @default 1 */
  readonly replicas?: number;
  /** Examples that will be asked for next: they fill what room a run has left. @default none */
  readonly upcoming?: readonly number[];
}

/**
 * Cache of the residual stream of training examples below the lowest adapter, computed once where an example recurs.
 *
 * An example always runs with examples of about its length, in one fixed shape, so that its activations do
 * not depend on what else is in a batch: a continued training finds the same numbers.
 */
export class PrefixCache {
  readonly #sublayers: number;
  readonly #model: Model;
  readonly #chats: readonly TokenizedChat[];
  readonly #shared: number;
  readonly #byteLimit: number;
  /** Shape of each class of lengths. */
  readonly #shapes = new Map<number, PackedShape>();
  /** Residual stream of the tokens that all examples begin with, as each class computes it. */
  readonly #start = new Map<number, Float32Array>();
  /** Residual streams that are kept, without the start. */
  readonly #known = new Map<number, Float32Array>();
  /** Residual streams that are not kept beyond the batch that they were computed ahead for. */
  readonly #ahead = new Map<number, Float32Array>();
  #bytes = 0;

  constructor(
    model: Model,
    chats: readonly TokenizedChat[],
    { sublayers, batchSize, shared = 0, byteLimit = defaultByteLimit }: PrefixOptions,
  ) {
    this.#sublayers = sublayers;
    this.#model = model;
    this.#chats = chats;
    this.#shared = shared;
    this.#byteLimit = byteLimit;
    const counts = chats.map(rowCount);
    for (const kind of new Set(counts.map(lengthClass))) {
      const alike = counts.filter((count) => lengthClass(count) === kind);
      const share = (batchSize * alike.length) / counts.length;
      this.#shapes.set(kind, shapeFor(alike, shared, Math.min(share, alike.length)));
    }
  }

  /** Extends a batch of examples by the residual stream that the frozen sublayers make of its rows. */
  async extend(
    batch: TokenBatch,
    { examples, replicas = 1, upcoming = [] }: ExtendedBatch,
  ): Promise<TokenBatch> {
    const fresh = await this.#compute(this.#missing(examples), upcoming);
    const width = this.#model.config.hiddenSize;
    const residual = new Float32Array(batch.tokens.length * width);
    const share = examples.length / replicas;
    let position = 0;
    for (const [index, example] of examples.entries()) {
      if (index % share === 0) position = ((index / share) * residual.length) / replicas;
      const own = this.#known.get(example) ?? fresh.get(example) ?? this.#ahead.get(example);
      const start = this.#start.get(lengthClass(this.#rowsOf(example)));
      const parts = index > 0 && batch.shared === this.#shared ? [own] : [start, own];
      for (const values of parts) {
        residual.set(values ?? [], position);
        position += values?.length ?? 0;
      }
    }
    for (const example of examples) this.#ahead.delete(example);
    return { ...batch, frozen: { sublayers: this.#sublayers, residual } };
  }

  /** Lists those of some examples that have to be computed, each once. */
  #missing(examples: readonly number[]): number[] {
    return [...new Set(examples)].filter((example) => !this.#known.has(example) && !this.#ahead.has(example));
  }

  async #compute(
    wanted: readonly number[],
    upcoming: readonly number[],
  ): Promise<ReadonlyMap<number, Float32Array>> {
    const computed = new Map<number, Float32Array>();
    for (const [kind, shape] of this.#shapes) {
      const ofKind = (examples: readonly number[]) =>
        examples.filter((example) => lengthClass(this.#rowsOf(example)) === kind);
      let waiting = ofKind(wanted);
      while (waiting.length > 0) {
        const next = this.#missing(ofKind(upcoming)).filter((example) => !computed.has(example));
        const run = this.#fitting([...waiting, ...next.filter((each) => !waiting.includes(each))], shape);
        for (const [example, values] of await this.#run(run, kind, shape)) {
          if (wanted.includes(example)) computed.set(example, values);
          this.#keep(example, values, wanted.includes(example));
        }
        waiting = waiting.filter((example) => !computed.has(example));
      }
    }
    return computed;
  }

  #keep(example: number, values: Float32Array, isUsedNow: boolean): void {
    if (this.#bytes + values.byteLength <= this.#byteLimit) {
      this.#bytes += values.byteLength;
      this.#known.set(example, values);
    } else if (!isUsedNow) this.#ahead.set(example, values);
  }

  /** Picks as many examples as fit, earlier ones first. */
  #fitting(examples: readonly number[], shape: PackedShape): readonly number[] {
    let rows = this.#shared + 1;
    const chosen: number[] = [];
    for (const example of examples) {
      const own = this.#rowsOf(example) - this.#shared;
      if (chosen.length === shape.batch || rows + own > shape.rows) continue;
      rows += own;
      chosen.push(example);
    }
    if (chosen.length === 0) throw new Error("PrefixCache: nothing fits");
    return chosen;
  }

  async #run(
    examples: readonly number[],
    kind: number,
    shape: PackedShape,
  ): Promise<[number, Float32Array][]> {
    const { tokenizer, config } = this.#model;
    const chats = examples.flatMap((example) => this.#chats[example] ?? []);
    const { tokens, places } = packRows([chats], tokenizer.paddingId, shape);
    const { residual } = await (await this.#program(shape)).run({ tokens, ...places });
    if (!(residual?.data instanceof Float32Array)) throw new TypeError("PrefixCache: no residual stream");
    const { data } = residual;
    let position = this.#shared * config.hiddenSize;
    this.#start.set(kind, data.slice(0, position));
    return examples.map((example) => {
      const start = position;
      position += (this.#rowsOf(example) - this.#shared) * config.hiddenSize;
      return [example, data.slice(start, position)];
    });
  }

  #program(shape: PackedShape): Promise<Program> {
    const { config, parameters, programs } = this.#model;
    const { batch, length, rows, shared = 0 } = shape;
    return programs.get(`prefix:${this.#sublayers}:${batch}:${length}:${rows}:${shared}`, () => ({
      name: "frozen layers",
      inputs: { tokens: { shape: [rows], dtype: "int32" }, ...placeInputs(shape) },
      constants: parameters,
      body: (tensors) => {
        const named = (name: string) => parameter(tensors, name);
        const inputs = {
          tokens: named("tokens"),
          layout: packedLayout(batch, length, named("rowOfSlot"), named("slotOfRow"), shared),
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

/** Class of sequences that run together, by its most rows: 64, or four, sixteen … times as many. */
function lengthClass(rows: number): number {
  const power = Math.ceil(Math.log(rows / firstClass) / Math.log(classRatio));
  return firstClass * classRatio ** Math.max(0, power);
}

/**
 * Chooses the shape for sequences with these numbers of rows: it holds what so many of them take on average and a
 * little more, and the longest in any case.
 * @param shared number of rows that all begin with
 * @param wanted number of sequences, not always a whole one
 */
function shapeFor(counts: readonly number[], shared: number, wanted: number): PackedShape {
  const longest = counts.reduce((one, other) => Math.max(one, other), 0);
  const average = counts.reduce((total, count) => total + count, 0) / counts.length - shared;
  const rows = Math.max(longest - shared, Math.ceil(spareRows * wanted * average));
  return {
    batch: Math.max(1, Math.ceil((spareSequences * rows) / average)),
    length: slotsFor(longest),
    rows: shared + rows + 1,
    shared,
  };
}
