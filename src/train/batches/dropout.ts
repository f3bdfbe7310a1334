import { Random } from "../../tensor/random.js";
import type { TokenBatch } from "./batches.js";

/** Module whose inputs are dropped. */
export interface DroppedModule {
  readonly modulePath: string;
  readonly inFeatures: number;
}

/** Dropout of one replica's adapters in one batch of a step. */
export interface DropoutDraw {
  /** Probability with which an input is dropped. */
  readonly probability: number;
  readonly seed: number;
  readonly step: number;
  /** Number of the batch in its step, from 0. */
  readonly index: number;
}

/**
 * Draws the factors of dropout for each adapted module: 0 with the probability p, else 1 / (1 − p), as PEFT's
 * `lora_dropout` in training. They follow from seed, step and place in the batch alone.
 * @param draws one a replica, in the order of the batch's shares
 */
export function withDropout(
  batch: TokenBatch,
  modules: readonly DroppedModule[],
  draws: readonly DropoutDraw[],
): TokenBatch {
  if (draws.every(({ probability }) => probability === 0)) return batch;
  const rows = batch.tokens.length;
  const share = rows / draws.length;
  const dropout = modules.map(({ modulePath, inFeatures }): [string, Float32Array] => {
    const factors = new Float32Array(rows * inFeatures);
    for (const [replica, { probability, seed, step, index }] of draws.entries()) {
      const random = new Random(seed).fork("dropout").fork(step).fork(index).fork(modulePath);
      const kept = 1 / (1 - probability);
      const end = (replica + 1) * share * inFeatures;
      for (let at = replica * share * inFeatures; at < end; at++) {
        factors[at] = random.uniform() < probability ? 0 : kept;
      }
    }
    return [modulePath, factors];
  });
  return { ...batch, dropout: Object.fromEntries(dropout) };
}
