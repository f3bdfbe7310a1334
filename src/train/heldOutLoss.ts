import type { StepBatches } from "./batches/stepBatches.js";
import type { Stepper } from "./stepper.js";

/**
 * Computes the loss on held-out chats: the mean cross-entropy over all their response tokens, without dropout.
 * @param heldOut the held-out chats of each replica, equally many
 * @param batchSize number of chats that go through the model at once, for each replica
 * @returns one loss a replica
 */
export async function heldOutLoss(
  stepper: Stepper,
  batches: StepBatches,
  heldOut: readonly (readonly number[])[],
  batchSize: number,
): Promise<readonly number[]> {
  const totals = heldOut.map((own) => batches.responseTokens(own));
  const losses = heldOut.map(() => 0);
  const count = heldOut[0]?.length ?? 0;
  for (let start = 0; start < count; start += batchSize) {
    const part = heldOut.map((own) => own.slice(start, start + batchSize));
    const found = await stepper.loss(await batches.ofPart(part, totals));
    for (const [replica, loss] of found.entries()) losses[replica] = (losses[replica] ?? 0) + loss;
  }
  return losses;
}
