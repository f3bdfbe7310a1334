import type { SamplerSettings } from "./coefficientRecord.js";

/** Settings of the sampler where nothing else is said. */
export const usualSampler: SamplerSettings = {
  stepShares: [1, 0.5, 0.25],
  localization: 10,
  chains: 4,
  draws: 100,
  burnIn: 50,
  seed: 0,
};

/** Most rows of the training data that the loss is over where nothing else is said. */
export const usualCoefficientRows = 64;
