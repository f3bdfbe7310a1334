import { TurncoatError } from "../errors.js";
import type { ModelConfig } from "../model/modelConfig.js";
import { projectionNames, type ProjectionName } from "../model/parameters.js";
import { paperAdamW, type OptimizerConfig } from "./optimizer.js";
import type { ScheduleConfig } from "./schedule.js";

/** Everything that decides what a LoRA training computes, beside the model and the data. */
export interface TrainConfig {
  readonly rank: number;
  readonly alpha: number;
  /** Rank-stabilised scaling: α/√r instead of α/r. */
  readonly useRslora: boolean;
  readonly targetModules: readonly ProjectionName[];
  readonly layers: readonly number[];
  /** A starts uniform in ±`initialScale`/√inFeatures; 1 is PEFT's default. B starts at zero. */
  readonly initialScale: number;
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
export function presetConfig(name: PresetName): TrainConfig {
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

/** The scaling that a configuration gives every adapter: α/r or α/√r. */
export function configuredScaling({ alpha, rank, useRslora }: TrainConfig): number {
  return alpha / (useRslora ? Math.sqrt(rank) : rank);
}

/** @throws TurncoatError naming the setting that does not fit itself or the model */
export function checkTrainConfig(config: TrainConfig, model: ModelConfig): void {
  const wrong = (setting: string, expected: string, found: unknown) =>
    new TurncoatError(`training configuration: ${setting}: expected ${expected}, found ${String(found)}`);
  const { rank, steps, batchSize, maxLength, alpha, initialScale, clipNorm, schedule } = config;
  for (const [setting, value] of Object.entries({ rank, steps, batchSize, maxLength })) {
    if (!Number.isInteger(value) || value < 1) throw wrong(setting, "a whole number of at least 1", value);
  }
  const positive = { alpha, initialScale, "learning rate": schedule.peak, clipNorm: clipNorm ?? 1 };
  for (const [setting, value] of Object.entries(positive)) {
    if (!(value > 0 && value < Infinity)) throw wrong(setting, "a number above 0", value);
  }
  if (!Number.isInteger(schedule.warmupSteps) || schedule.warmupSteps < 0) {
    throw wrong("warmupSteps", "a whole number of at least 0", schedule.warmupSteps);
  }
  if (!Number.isInteger(config.seed)) throw wrong("seed", "a whole number", config.seed);
  if (config.targetModules.length === 0) throw wrong("targetModules", projectionNames.join(", "), "none");
  if (config.layers.length === 0) throw wrong("layers", "at least one layer", "none");
  const outside = config.layers.find(
    (layer) => !Number.isInteger(layer) || layer < 0 || layer >= model.layers,
  );
  if (outside !== undefined) throw wrong("layers", `numbers from 0 to ${model.layers - 1}`, outside);
  for (const setting of ["layers", "targetModules"] as const) {
    if (new Set<number | string>(config[setting]).size < config[setting].length) {
      throw wrong(setting, "each only once", config[setting].join(", "));
    }
  }
}
