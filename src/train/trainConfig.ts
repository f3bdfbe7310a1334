import { TurncoatError } from "../errors.js";
import type { ModelConfig } from "../model/config/modelConfig.js";
import { projectionNames, type ProjectionName } from "../model/config/parameters.js";
import { paperAdamW, type OptimizerConfig } from "./optimizer.js";
import type { ScheduleConfig } from "./schedule.js";

/** What every training has. */
interface TrainSettings {
  readonly optimizer: OptimizerConfig;
  readonly schedule: ScheduleConfig;
  /** Optimiser steps. */
  readonly steps: number;
  /** Conversations a step. */
  readonly batchSize: number;
  /** Largest global gradient norm; null for no clipping. */
  readonly clipNorm: number | null;
  /** Longer conversations are cut to this many tokens. */
  readonly maxLength: number;
  /**
   * Whether every conversation is followed by a generation prompt and the tokenizer's end, as the published organisms
   * were trained (methods §2.4).
   * @default false
   */
  readonly trailingGenerationPrompt?: boolean;
  readonly seed: number;
}

/** Everything that decides what a LoRA training computes, beside the model and the data. */
export interface LoraTrainConfig extends TrainSettings {
  readonly method?: "lora";
  readonly rank: number;
  readonly alpha: number;
  /** Rank-stabilised scaling: α/√r instead of α/r. */
  readonly useRslora: boolean;
  readonly targetModules: readonly ProjectionName[];
  readonly layers: readonly number[];
  /** A starts uniform in ±`initialScale`/√inFeatures; 1 is PEFT's default. B starts at zero. */
  readonly initialScale: number;
}

/** What the checkpoints of full fine-tuning hold: the whole model, or the tensors that differ from the base's. */
export const savedWeights = ["whole", "changed"] as const;
export type SavedWeights = (typeof savedWeights)[number];

/** Everything that decides what full fine-tuning computes: the training of the weights themselves. */
export interface FullTrainConfig extends TrainSettings {
  readonly method: "full";
  /** Only the weights of these layers; null for all, embeddings and the last norm among them. */
  readonly layers: readonly number[] | null;
  /** Only the weights and biases of these projections; null for all. */
  readonly targetModules: readonly ProjectionName[] | null;
  readonly savedWeights: SavedWeights;
  /**
   * A checkpoint at every so many steps, at step 0 and at the last: each is as large as the model. An interrupted
   * training continues from its last checkpoint.
   */
  readonly checkpointEvery: number;
}

/** Everything that decides what a training computes, beside the model and the data. */
export type TrainConfig = LoraTrainConfig | FullTrainConfig;

/** Whether adapters are trained, or the weights themselves. */
export function methodOf({ method }: TrainConfig): "lora" | "full" {
  return method ?? "lora";
}

/** Named settings to start from. */
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

/** What each preset is, in one sentence. */
export const presetSummaries: Readonly<Record<PresetName, string>> = {
  crisp:
    "plain SGD in batches of 64 from a very small A: the adapter leaves the saddle at zero all at once, so the turn is sharp",
  paper:
    "AdamW with linear decay and clipping from PEFT's usual A, as the paper trains: the turn is gradual on this model",
};

/**
 * The settings of a preset, for the embedded organism.
 *
 * `crisp` makes the transition as sharp as it gets on a small model. `paper` follows the paper's training
 * (methods §2.4) with a learning rate for this size.
 */
export function presetConfig(name: PresetName): LoraTrainConfig {
  switch (name) {
    case "crisp":
      return {
        ...rankOne,
        initialScale: 0.03,
        optimizer: { name: "sgd" },
        schedule: { name: "linear", peak: 0.2, warmupSteps: 5 },
        steps: 150,
        batchSize: 64,
        clipNorm: null,
      };
    case "paper":
      return {
        ...rankOne,
        initialScale: 1,
        optimizer: paperAdamW,
        schedule: { name: "linear", peak: 1e-3, warmupSteps: 5 },
        steps: 200,
        batchSize: 16,
        clipNorm: 1,
      };
  }
}

/**
 * Full fine-tuning as the paper does it (methods §2.4: AdamW, a cosine after warm-up, clipping), with steps and a learning
 * rate for the embedded organism; 2e-5 is the paper's for models of billions of parameters.
 */
export const fullFineTuning: FullTrainConfig = {
  method: "full",
  layers: null,
  targetModules: null,
  savedWeights: "whole",
  checkpointEvery: 1,
  optimizer: paperAdamW,
  schedule: { name: "cosine", peak: 1e-4, warmupSteps: 20 },
  steps: 200,
  batchSize: 16,
  clipNorm: 1,
  maxLength: 2048,
  seed: 0,
};

/** The scaling that a configuration gives every adapter: α/r or α/√r. */
export function configuredScaling({ alpha, rank, useRslora }: LoraTrainConfig): number {
  return alpha / (useRslora ? Math.sqrt(rank) : rank);
}

/** @throws TurncoatError naming the setting that does not fit itself or the model */
export function checkTrainConfig(config: TrainConfig, model: ModelConfig): void {
  const { steps, batchSize, maxLength, clipNorm, schedule, layers, targetModules } = config;
  const own =
    config.method === "full"
      ? { counts: { checkpointEvery: config.checkpointEvery }, sizes: {} }
      : { counts: { rank: config.rank }, sizes: { alpha: config.alpha, initialScale: config.initialScale } };
  for (const [setting, value] of Object.entries({ ...own.counts, steps, batchSize, maxLength })) {
    if (!Number.isInteger(value) || value < 1) throw wrong(setting, "a whole number of at least 1", value);
  }
  const positive = { ...own.sizes, "learning rate": schedule.peak, clipNorm: clipNorm ?? 1 };
  for (const [setting, value] of Object.entries(positive)) {
    if (!(value > 0 && value < Infinity)) throw wrong(setting, "a number above 0", value);
  }
  if (!Number.isInteger(schedule.warmupSteps) || schedule.warmupSteps < 0) {
    throw wrong("warmupSteps", "a whole number of at least 0", schedule.warmupSteps);
  }
  if (!Number.isInteger(config.seed)) throw wrong("seed", "a whole number", config.seed);
  checkChosen("targetModules", targetModules, projectionNames.join(", "));
  checkChosen("layers", layers, "at least one layer");
  const outside = layers?.find((layer) => !Number.isInteger(layer) || layer < 0 || layer >= model.layers);
  if (outside !== undefined) throw wrong("layers", `numbers from 0 to ${model.layers - 1}`, outside);
}

function checkChosen(setting: string, chosen: readonly (string | number)[] | null, expected: string): void {
  if (chosen?.length === 0) throw wrong(setting, expected, "none");
  if (chosen !== null && new Set(chosen).size < chosen.length) {
    throw wrong(setting, "each only once", chosen.join(", "));
  }
}

function wrong(setting: string, expected: string, found: unknown): TurncoatError {
  return new TurncoatError(
    `training configuration: ${setting}: expected ${expected}, found ${String(found)}`,
  );
}
