import { TurncoatError } from "../errors.js";
import type { Model } from "../model/model.js";
import type { TokenBatch } from "./batches/batches.js";
import { DataOrder } from "./batches/dataOrder.js";
import { StepBatches } from "./batches/stepBatches.js";
import { tokenizeDataset, type Dataset } from "./data/dataset.js";
import type { KlConfig, TrainConfig } from "./trainConfig.js";

/**
 * Maker of the batches of a penalty λ · KL(base ‖ tuned) on other conversations (2602.07852; `docs/methods.md §2.6`): the mean
 * over the response tokens of a step's conversations, in nats per token. What a step has follows from its number and the
 * seed alone.
 */
export class KlPenalty {
  readonly #batches: StepBatches;
  readonly #order: DataOrder;
  readonly #weight: number;

  /** @throws TurncoatError where there is no data, or too little for a step */
  constructor(
    { dataSeed, seed, maxLength, ...config }: TrainConfig,
    { weight, batchSize, data }: KlConfig,
    { model, kl }: { readonly model: Model; readonly kl?: Dataset },
  ) {
    if (kl === undefined) throw new RangeError(`KlPenalty: ${data} was not opened`);
    const { chats } = tokenizeDataset(kl, model.tokenizer, maxLength, config);
    if (chats.length < batchSize) {
      throw new TurncoatError(
        `${kl.path}: expected at least ${batchSize} conversations with an answer for the penalty of a step, found ${chats.length}`,
      );
    }
    this.#batches = new StepBatches({ model, chats, batchSize, frozenSublayers: 0, droppedModules: [] });
    this.#order = new DataOrder(dataSeed ?? seed, chats.length, batchSize);
    this.#weight = weight;
  }

  /** Makes the batch of a step, whose weights hold λ. */
  async ofStep(step: number): Promise<TokenBatch> {
    const examples = this.#order.examples(step);
    const batch = await this.#batches.ofPart([examples], [this.#batches.responseTokens(examples)]);
    return { ...batch, weights: batch.weights.map((share) => this.#weight * share) };
  }
}
