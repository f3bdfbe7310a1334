import type { Model } from "../model/model.js";
import type { TokenizedChat } from "../model/tokenizer/chatTokenizer.js";
import { sizeOf } from "../tensor/program.js";
import { ProgramCache } from "../tensor/programCache.js";
import type { TokenBatch } from "./batches/batches.js";
import { frozenSublayers } from "./batches/prefixCache.js";
import { mostShapes } from "./batches/shapePlan.js";
import { StepBatches } from "./batches/stepBatches.js";
import { gradientName, movedParameters, type TrainableSpec } from "./stepDefinition.js";
import { gradientProgram } from "./stepProgram.js";
import { batchFeeds } from "./stepper.js";
import type { ParameterValues, Trainable } from "./trainables/trainable.js";

/** Conversations in parts, and the adapter whose gradients are wanted. */
export interface PartGradientsOptions {
  readonly model: Model;
  /** What is trained: adapters. */
  readonly trainable: Pick<Trainable, "parameters" | "adapters" | "frozen">;
  readonly chats: readonly TokenizedChat[];
  /** Conversations of a part; the last part has what is left. */
  readonly together: number;
}

/** What a part adds to the loss of all conversations, and to its gradient. */
export interface PartLoss {
  /** Sum over the part's response tokens of their cross-entropy in nats, over the number of all response tokens. */
  readonly loss: number;
  /** Gradient of every parameter that moves, by its name; valid until the next call. */
  readonly gradients: ParameterValues;
}

/**
 * Computes the loss of training over a fixed set of conversations and its gradient over an adapter, a part at a time: exactly,
 * without dropout. Those of all parts add up to the mean over all response tokens. What is below the lowest adapter is
 * computed once.
 */
export class PartGradients {
  readonly #options: PartGradientsOptions;
  readonly #programs: ProgramCache;
  readonly #batches: StepBatches;
  readonly #frozen: number;
  readonly #made = new Map<number, TokenBatch>();
  #sums: Record<string, Float32Array>;

  constructor(options: PartGradientsOptions) {
    const { model, trainable, chats, together } = options;
    this.#options = options;
    this.#programs = new ProgramCache(model.engine, mostShapes);
    this.#frozen = frozenSublayers(
      model.config,
      trainable.parameters.map(({ name }) => name),
    );
    this.#batches = new StepBatches({
      ...{ model, chats, batchSize: together, frozenSublayers: this.#frozen, droppedModules: [] },
    });
    this.#sums = this.#zeros();
  }

  /** Number of parts. */
  get count(): number {
    return Math.ceil(this.#options.chats.length / this.#options.together);
  }

  /** Parameters that move, in the order of their gradients. */
  get moved(): readonly TrainableSpec[] {
    return movedParameters(this.#options.trainable.parameters);
  }

  /** Numbers of a gradient. */
  get size(): number {
    return this.moved.reduce((total, { shape }) => total + sizeOf(shape), 0);
  }

  /** Computes loss and gradient of a part at some values of the adapter. */
  async at(values: ParameterValues, part: number): Promise<PartLoss> {
    const { trainable } = this.#options;
    const batch = await this.#batch(part);
    const program = await this.#program(batch);
    const parameters = Object.fromEntries(
      trainable.parameters.map(({ name }) => [name, values[name] ?? new Float32Array()]),
    );
    const { loss } = await program.run({ ...batchFeeds(batch), ...parameters, ...this.#zeros() }, this.#sums);
    return {
      loss: loss?.data[0] ?? NaN,
      gradients: Object.fromEntries(
        this.moved.map(({ name }) => [name, this.#sums[gradientName(name)] ?? new Float32Array()]),
      ),
    };
  }

  async dispose(): Promise<void> {
    await this.#programs.dispose();
  }

  async #batch(part: number): Promise<TokenBatch> {
    const known = this.#made.get(part);
    if (known !== undefined) return known;
    const { chats, together } = this.#options;
    const places = [...chats.keys()];
    const own = places.slice(part * together, (part + 1) * together);
    const batch = await this.#batches.ofPart([own], [this.#batches.responseTokens(places)]);
    this.#made.set(part, batch);
    return batch;
  }

  #program({ batch, length, tokens, labels, shared = 0 }: TokenBatch) {
    const { model, trainable } = this.#options;
    const shape = { batch, length, rows: tokens.length, answers: labels.length, shared };
    return this.#programs.get(Object.values(shape).join(":"), () =>
      gradientProgram({
        config: model.config,
        frozen: trainable.frozen,
        trainable: trainable.parameters,
        adapters: trainable.adapters,
        replicas: 1,
        optimizer: { name: "sgd" },
        shape: { ...shape, packed: true, frozenSublayers: this.#frozen },
      }),
    );
  }

  #zeros(): Record<string, Float32Array> {
    return Object.fromEntries(
      this.moved.map(({ name, shape }) => [gradientName(name), new Float32Array(sizeOf(shape))]),
    );
  }
}
