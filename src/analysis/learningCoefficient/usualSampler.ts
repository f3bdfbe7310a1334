import type { SamplerSettings } from "./coefficientRecord.js";

/** Settings of the sampler where nothing else is said. */
export const usualSampler: SamplerSettings = {
  stepShares: [0.5, 0.25, 0.125],
  localization: 1,
  chains: 4,
  draws: 75,
  burnIn: 25,
  together: 8,
  seed: 0,
};

/** Most rows of the training data that the loss is over where nothing else is said. */
export const usualCoefficientRows = 64;
