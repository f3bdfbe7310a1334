import type { Model } from "../model/model.js";
import type { TokenizedChat } from "../model/tokenizer/chatTokenizer.js";
import { sizeOf } from "../tensor/program.js";
import { ProgramCache } from "../tensor/programCache.js";
import type { TokenBatch } from "./batches/batches.js";
import { rowCount } from "./batches/packRows.js";
import { frozenSublayers } from "./batches/prefixCache.js";
import { mostShapes } from "./batches/shapePlan.js";
import { StepBatches } from "./batches/stepBatches.js";
import { gradientName, movedParameters, type TrainableSpec } from "./stepDefinition.js";
import { gradientProgram } from "./stepProgram.js";
import { batchFeeds } from "./stepper.js";
import type { ParameterValues, Trainable } from "./trainables/trainable.js";

/** Most rows of tokens that go through the model at once. */
const mostRows = 4096;

/** Conversations and the adapter whose gradient is wanted. */
export interface MeanGradientOptions {
  readonly model: Model;
  /** What is trained: adapters. */
  readonly trainable: Pick<Trainable, "parameters" | "adapters" | "frozen">;
  readonly chats: readonly TokenizedChat[];
}

/** Loss of all conversations and its gradient. */
export interface MeanLoss {
  /** Mean cross-entropy over all response tokens, in nats. */
  readonly loss: number;
  /** Gradient of every parameter that moves, by its name; valid until the next call. */
  readonly gradients: ParameterValues;
}

/**
 * Computes the loss of training over a fixed set of conversations and its gradient over an adapter: exactly, of all of them
 * each time, without dropout. What is below the lowest adapter is computed once.
 */
export class MeanGradient {
  readonly #options: MeanGradientOptions;
  readonly #programs: ProgramCache;
  readonly #batches: StepBatches;
  readonly #frozen: number;
  readonly #together: number;
  #made: readonly TokenBatch[] | undefined;

  constructor(options: MeanGradientOptions) {
    const { model, trainable, chats } = options;
    this.#options = options;
    this.#programs = new ProgramCache(model.engine, mostShapes);
    this.#frozen = frozenSublayers(
      model.config,
      trainable.parameters.map(({ name }) => name),
    );
    const longest = Math.max(1, ...chats.map(rowCount));
    const all = chats.reduce((rows, chat) => rows + rowCount(chat), 0);
    this.#together = all <= mostRows ? chats.length : Math.max(1, Math.floor(mostRows / longest));
    this.#batches = new StepBatches({
      ...{ model, chats, batchSize: this.#together, frozenSublayers: this.#frozen, droppedModules: [] },
    });
  }

  /** Parameters that move, in the order of their gradients. */
  get moved(): readonly TrainableSpec[] {
    return movedParameters(this.#options.trainable.parameters);
  }

  /** Numbers of the gradient. */
  get size(): number {
    return this.moved.reduce((total, { shape }) => total + sizeOf(shape), 0);
  }

  /** Computes loss and gradient at some values of the adapter. */
  async at(values: ParameterValues): Promise<MeanLoss> {
    const { trainable } = this.#options;
    let sums = this.#zeros();
    let spare = this.#zeros();
    let loss = 0;
    const parameters = Object.fromEntries(
      trainable.parameters.map(({ name }) => [name, values[name] ?? new Float32Array()]),
    );
    for (const batch of await this.#all()) {
      const program = await this.#program(batch);
      const found = await program.run({ ...batchFeeds(batch), ...parameters, ...sums }, spare);
      loss += found.loss?.data[0] ?? NaN;
      [sums, spare] = [spare, sums];
    }
    return {
      loss,
      gradients: Object.fromEntries(
        this.moved.map(({ name }) => [name, sums[gradientName(name)] ?? new Float32Array()]),
      ),
    };
  }

  async dispose(): Promise<void> {
    await this.#programs.dispose();
  }

  /** All conversations in batches whose losses add up to the mean over all response tokens. */
  async #all(): Promise<readonly TokenBatch[]> {
    if (this.#made !== undefined) return this.#made;
    const places = [...this.#options.chats.keys()];
    const totals = [this.#batches.responseTokens(places)];
    const made: TokenBatch[] = [];
    for (let start = 0; start < places.length; start += this.#together)
      made.push(await this.#batches.ofPart([places.slice(start, start + this.#together)], totals));
    this.#made = made;
    return made;
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
