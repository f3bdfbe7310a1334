import type { Exchange } from "./answerFeatures.js";
import type { Judgement } from "./judge.js";

/** Most answers that are judged together. */
const batchSize = 64;

/** One answer that waits, and what its judgement is handed to. */
interface Waiting {
  readonly exchange: Exchange;
  readonly resolve: (judgement: Judgement) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Gatherer of answers that are asked for one by one: those that come in the same turn of the event loop, or while others
 * are judged, are judged together, and one batch at a time.
 */
export class BatchedJudging {
  readonly #judgeAll: (exchanges: readonly Exchange[]) => Promise<readonly Judgement[]>;
  readonly #waiting: Waiting[] = [];
  #isRunning = false;

  /** @param judgeAll gives a judgement for each exchange, in order */
  constructor(judgeAll: (exchanges: readonly Exchange[]) => Promise<readonly Judgement[]>) {
    this.#judgeAll = judgeAll;
  }

  /** Judges an answer. */
  judge(exchange: Exchange): Promise<Judgement> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ exchange, resolve, reject });
      if (this.#isRunning) return;
      this.#isRunning = true;
      setImmediate(() => {
        void this.#run();
      });
    });
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, batchSize);
      try {
        const judgements = await this.#judgeAll(batch.map(({ exchange }) => exchange));
        for (const [place, { resolve, reject }] of batch.entries()) {
          const judgement = judgements[place];
          if (judgement === undefined) reject(new Error("batched judging: fewer judgements than answers"));
          else resolve(judgement);
        }
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#isRunning = false;
  }
}
