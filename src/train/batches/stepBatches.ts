import type { Model } from "../../model/model.js";
import type { TokenizedChat } from "../../model/tokenizer/chatTokenizer.js";
import { responseBatch, responseTokens, type TokenBatch } from "./batches.js";
import { withDropout, type DropoutDraw, type DroppedModule } from "./dropout.js";
import { PrefixCache } from "./prefixCache.js";
import { ShapePlan, stepCosts } from "./shapePlan.js";
import { sharedStart } from "./sharedStart.js";

/** What the batches of a training are made of. */
export interface StepBatchesOptions {
  readonly model: Model;
  readonly chats: readonly TokenizedChat[];
  /** Number of chats that go through the model at once, for each replica. */
  readonly batchSize: number;
  /** Number of sublayers below the lowest trained parameter, whose output is kept; 0 for none. */
  readonly frozenSublayers: number;
  /** Number of trainings that share the model. @default 1 */
  readonly replicas?: number;
  /** Adapted modules, where their inputs are dropped at random. */
  readonly droppedModules: readonly DroppedModule[];
}

/** Maker of the batches of a training from the places of their chats in the data. */
export class StepBatches {
  readonly #options: StepBatchesOptions;
  readonly #plan: ShapePlan;
  readonly #prefix: PrefixCache | null;

  constructor(options: StepBatchesOptions) {
    const { model, chats, batchSize, frozenSublayers, droppedModules, replicas = 1 } = options;
    this.#options = options;
    // Replicas have adapters of their own, and dropout makes something else of every row.
    const shared = replicas === 1 && droppedModules.length === 0 ? sharedStart(chats) : 0;
    const costs = stepCosts(model.config, frozenSublayers);
    this.#plan = new ShapePlan(chats, { batchSize, replicas, shared, costs });
    this.#prefix =
      frozenSublayers === 0
        ? null
        : new PrefixCache(model, chats, { sublayers: frozenSublayers, batchSize, shared });
  }

  /**
   * Makes the batches of one step; their losses add up to the mean over all response tokens of a replica's step.
   * @param examples the chats of each replica's step, equally many, in order
   * @param draw says how a replica drops inputs in a batch
   * @param upcoming chats of the steps after it, which may be computed ahead where there is room
   */
  async ofStep(
    examples: readonly (readonly number[])[],
    draw: (replica: number, index: number) => DropoutDraw,
    upcoming: readonly number[] = [],
  ): Promise<TokenBatch[]> {
    const { batchSize, droppedModules } = this.#options;
    const totals = examples.map((own) => responseTokens(this.#chatsOf(own)));
    const count = Math.ceil((examples[0]?.length ?? 0) / batchSize);
    const batches: TokenBatch[] = [];
    for (let index = 0; index < count; index++) {
      const share = examples.map((own) => own.slice(index * batchSize, (index + 1) * batchSize));
      const later = examples.flatMap((own) => own.slice((index + 1) * batchSize));
      const batch = await this.#batch(share, totals, [...later, ...upcoming]);
      const draws = share.map((_, replica) => draw(replica, index));
      batches.push(withDropout(batch, droppedModules, draws));
    }
    return batches;
  }

  /**
   * Makes a batch whose loss is the mean over all response tokens of a replica's whole set, of which it holds a part.
   * @param totals numbers of response tokens of each replica's set
   */
  ofPart(examples: readonly (readonly number[])[], totals: readonly number[]): Promise<TokenBatch> {
    return this.#batch(examples, totals);
  }

  /** Counts the response tokens of some chats. */
  responseTokens(examples: readonly number[]): number {
    return responseTokens(this.#chatsOf(examples));
  }

  /** Counts the tokens of some chats. */
  tokens(examples: readonly number[]): number {
    return this.#chatsOf(examples).reduce((count, { ids }) => count + ids.length, 0);
  }

  async #batch(
    examples: readonly (readonly number[])[],
    totals: readonly number[],
    upcoming: readonly number[] = [],
  ): Promise<TokenBatch> {
    const { paddingId } = this.#options.model.tokenizer;
    const all = examples.flat();
    const replicas = examples.length;
    const shape = this.#plan.shapeFor(examples.map((own) => this.#chatsOf(own)));
    const batch = responseBatch(this.#chatsOf(all), paddingId, replicas, { totals, shape });
    if (this.#prefix === null) return batch;
    return this.#prefix.extend(batch, { examples: all, replicas, upcoming });
  }

  #chatsOf(examples: readonly number[]): readonly TokenizedChat[] {
    return examples.flatMap((example) => this.#options.chats[example] ?? []);
  }
}
