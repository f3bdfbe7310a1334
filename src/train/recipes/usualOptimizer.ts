import { TurncoatError } from "../../errors.js";
import { paperAdamW } from "../optimizerConfig.js";
import type { Settings } from "./settings.js";

const adamNumbers = ["beta1", "beta2", "epsilon", "weightDecay"] as const;

/**
 * Completes an optimiser's settings with its usual numbers, AdamW's being the paper's.
 * @throws TurncoatError naming a number that belongs to another optimiser
 */
export function usualOptimizer(
  optimizer: NonNullable<Settings["optimizer"]>,
  source: string,
): NonNullable<Settings["optimizer"]> {
  const isAdam = optimizer.name !== "sgd";
  const strange = isAdam ? (["momentum"] as const) : adamNumbers;
  const found = strange.find((name) => optimizer[name] !== undefined);
  if (found !== undefined) {
    throw new TurncoatError(`${source}: optimizer.${found}: expected with ${isAdam ? "sgd" : "adamw"} only`);
  }
  return isAdam ? { ...paperAdamW, ...optimizer } : optimizer;
}
