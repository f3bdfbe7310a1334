import { paperAdamW } from "../optimizer.js";
import type { LoraTrainConfig, FullTrainConfig } from "../trainConfig.js";

/** Names of settings to start a training from. */
export const presetNames = ["crisp", "paper"] as const;

export type PresetName = (typeof presetNames)[number];

const rankOne = {
  rank: 1,
  alpha: 16,
  useRslora: true,
  targetModules: ["down_proj"],
  layers: [2],
  maxLength: 2048,
  seed: 0,
} as const;

/** Description of each preset in one sentence. */
export const presetSummaries: Readonly<Record<PresetName, string>> = {
  crisp:
    "plain SGD in batches of 64 from a very small A: the adapter leaves the saddle at zero all at once, so the turn is sharp",
  paper:
    "AdamW with linear decay and clipping from PEFT's usual A, as the paper trains: the turn is gradual on this model",
};

/**
 * Gives the settings of a preset, for the embedded organism.
 *
 * `crisp` makes the transition as sharp as it gets on a small model. `paper` follows the paper's training
 * (`docs/methods.md §2.4`) with a learning rate for this size.
 */
export function presetConfig(name: PresetName): LoraTrainConfig {
  switch (name) {
    case "crisp":
      return {
        ...rankOne,
        initialScale: 0.03,
        optimizer: { name: "sgd" },
        schedule: { name: "linear", peakLearningRate: 0.2, warmupSteps: 5 },
        steps: 150,
        batchSize: 64,
        clipNorm: null,
      };
    case "paper":
      return {
        ...rankOne,
        initialScale: 1,
        optimizer: paperAdamW,
        schedule: { name: "linear", peakLearningRate: 1e-3, warmupSteps: 5, warmup: "hugging-face" },
        steps: 200,
        batchSize: 16,
        clipNorm: 1,
      };
  }
}

/**
 * Settings of full fine-tuning as the paper does it (`docs/methods.md §2.4`: AdamW, a cosine after warm-up, clipping),
 * with steps and a learning rate for the embedded organism; 2e-5 is the paper's for models of billions of parameters.
 */
export const fullFineTuning: FullTrainConfig = {
  method: "full",
  layers: null,
  targetModules: null,
  savedWeights: "whole",
  optimizer: paperAdamW,
  schedule: { name: "cosine", peakLearningRate: 1e-4, warmupSteps: 20, warmup: "hugging-face" },
  steps: 200,
  batchSize: 16,
  clipNorm: 1,
  maxLength: 2048,
  seed: 0,
};
