import type { Model } from "../model/model.js";
import type { TokenizedChat } from "../model/tokenizer/chatTokenizer.js";
import { sizeOf } from "../tensor/program.js";
import { ProgramCache } from "../tensor/programCache.js";
import type { TensorValues } from "../tensor/tensorData.js";
import { responseBatch, responseTokens, type BatchShape } from "./batches/batches.js";
import { rowCount, slotsFor } from "./batches/packRows.js";
import { frozenSublayers, PrefixCache } from "./batches/prefixCache.js";
import { gradientName, type TrainableSpec } from "./stepDefinition.js";
import { gradientProgram } from "./stepProgram.js";
import { batchFeeds } from "./stepper.js";
import type { ParameterValues, Trainable } from "./trainables/trainable.js";

/** Most examples whose gradients are computed together, and most rows that these may have. */
const mostTogether = 16;
const mostRows = 4096;

/** Number of classes of lengths, each of which has one program. */
const mostClasses = 6;

/** Conversations and the adapter whose gradients are wanted. */
export interface ExampleGradientsOptions {
  readonly model: Model;
  /** What is trained: adapters. */
  readonly trainable: Pick<Trainable, "parameters" | "adapters" | "frozen">;
  readonly chats: readonly TokenizedChat[];
}

/** Loss of one example and its gradient. */
export interface ExampleGradient {
  readonly example: number;
  /** Mean cross-entropy over the response tokens of the example, in nats. */
  readonly loss: number;
  /** Of the parameters in their order, one after another; valid until the next example. */
  readonly gradient: Float32Array;
}

/** Examples of similar length, which run together in one shape. */
interface LengthClass {
  readonly together: number;
  readonly shape: BatchShape;
}

/**
 * Computes the gradient of every example's own loss over an adapter, exactly and without dropout: the examples of a batch
 * are replicas that share the frozen weights, each with a copy of the adapter, so that their gradients stay apart.
 */
export class ExampleGradients {
  readonly #options: ExampleGradientsOptions;
  readonly #programs: ProgramCache;
  readonly #prefix: PrefixCache | null;
  readonly #frozen: number;
  /** Classes from the shortest examples to the longest, and the class of each example. */
  readonly #classes: readonly LengthClass[];
  readonly #classOf: readonly number[];

  constructor(options: ExampleGradientsOptions) {
    const { model, trainable, chats } = options;
    this.#options = options;
    this.#programs = new ProgramCache(model.engine, mostClasses);
    const names = trainable.parameters.map(({ name }) => name);
    this.#frozen = frozenSublayers(model.config, names);
    this.#prefix =
      this.#frozen === 0
        ? null
        : new PrefixCache(model, chats, { sublayers: this.#frozen, batchSize: mostTogether });
    const { classes, classOf } = lengthClasses(chats);
    this.#classes = classes;
    this.#classOf = classOf;
  }

  /** Numbers of one gradient. */
  get size(): number {
    return this.#options.trainable.parameters.reduce((total, { shape }) => total + sizeOf(shape), 0);
  }

  /**
   * Computes the gradients of some examples.
   * @param values of the adapter at which they are taken
   * @param examples places of the conversations among the chats
   * @param visit is called once an example, in an order of its own
   * @param signal ends the work after what is being run; examples that were not reached are not visited
   */
  async of(
    values: ParameterValues,
    examples: readonly number[],
    visit: (found: ExampleGradient) => void,
    signal?: AbortSignal,
  ): Promise<void> {
    for (const [kind, lengthClass] of this.#classes.entries()) {
      const own = examples.filter((example) => this.#classOf[example] === kind);
      for (let start = 0; start < own.length; start += lengthClass.together) {
        if (signal?.aborted === true) return;
        await this.#ofGroup(lengthClass, values, own.slice(start, start + lengthClass.together), visit);
      }
    }
  }

  async dispose(): Promise<void> {
    await this.#programs.dispose();
  }

  async #ofGroup(
    { together, shape }: LengthClass,
    values: ParameterValues,
    examples: readonly number[],
    visit: (found: ExampleGradient) => void,
  ): Promise<void> {
    const { model, trainable, chats } = this.#options;
    // A group that is not full runs its first example again in the places that are left.
    const full = Array.from({ length: together }, (_, place) => examples[place] ?? examples[0] ?? 0);
    const own = full.flatMap((example) => chats[example] ?? []);
    const packed = responseBatch(own, model.tokenizer.paddingId, together, { shape });
    const batch =
      this.#prefix === null
        ? packed
        : await this.#prefix.extend(packed, { examples: full, replicas: together });
    const specs = trainable.parameters.map((spec): TrainableSpec => ({
      ...spec,
      shape: [together, ...spec.shape.slice(1)],
    }));
    const program = await this.#programs.get(
      [together, shape.length, shape.rows, shape.answers].join(":"),
      () =>
        gradientProgram({
          config: model.config,
          frozen: trainable.frozen,
          trainable: specs,
          adapters: trainable.adapters,
          replicas: together,
          optimizer: { name: "sgd" },
          shape: { ...shape, packed: true, frozenSublayers: this.#frozen },
        }),
    );
    const feeds: Record<string, TensorValues> = {};
    for (const { name, shape: replicated } of specs) {
      const value = values[name] ?? new Float32Array();
      const copies = new Float32Array(sizeOf(replicated));
      for (let replica = 0; replica < together; replica++) copies.set(value, replica * value.length);
      feeds[name] = copies;
      feeds[gradientName(name)] = new Float32Array(copies.length);
    }
    const found = await program.run({ ...batchFeeds(batch), ...feeds });
    const gradient = new Float32Array(this.size);
    for (const [replica, example] of examples.entries()) {
      let at = 0;
      for (const { name, shape: replicated } of specs) {
        const size = sizeOf(replicated) / together;
        const sums = found[gradientName(name)]?.data ?? [];
        for (let index = 0; index < size; index++) gradient[at++] = sums[replica * size + index] ?? NaN;
      }
      visit({ example, loss: found.loss?.data[replica] ?? NaN, gradient });
    }
  }
}

/** Divides conversations by their lengths into classes of about as many, each with a shape that holds any of its own. */
function lengthClasses(chats: readonly TokenizedChat[]): {
  readonly classes: readonly LengthClass[];
  readonly classOf: readonly number[];
} {
  const order = [...chats.keys()].toSorted((one, other) => rowsAt(chats, one) - rowsAt(chats, other));
  const size = Math.ceil(order.length / mostClasses);
  const classOf = new Array<number>(chats.length).fill(0);
  const classes: LengthClass[] = [];
  for (let start = 0; start < order.length; start += size) {
    const own = order.slice(start, start + size);
    for (const example of own) classOf[example] = classes.length;
    const rows = Math.max(...own.map((example) => rowsAt(chats, example)));
    const answers = Math.max(...own.map((example) => responseTokens(chats.slice(example, example + 1))));
    const together = Math.min(mostTogether, own.length, Math.max(1, Math.floor(mostRows / rows)));
    const shape = {
      batch: together,
      length: slotsFor(rows),
      // One of each is padding.
      rows: together * (rows + 1),
      answers: together * (answers + 1),
      shared: 0,
    };
    classes.push({ together, shape });
  }
  return { classes, classOf };
}

function rowsAt(chats: readonly TokenizedChat[], example: number): number {
  const chat = chats[example];
  return chat === undefined ? 0 : rowCount(chat);
}
