import { TurncoatError } from "../errors.js";
import { jsonObjectOf, type JsonObject } from "../formats/json.js";
import type { ModelConfig } from "../model/config/modelConfig.js";
import { projectionNames, type ProjectionName } from "../model/config/parameters.js";
import type { OptimizerConfig } from "./optimizer.js";
import type { ScheduleConfig, WarmupRule } from "./schedule.js";

/** Settings that every training has. */
interface TrainSettings {
  readonly optimizer: OptimizerConfig;
  readonly schedule: ScheduleConfig;
  /** Number of optimiser steps. */
  readonly steps: number;
  /** Number of conversations a step. */
  readonly batchSize: number;
  /** Largest global gradient norm; null for no clipping. */
  readonly clipNorm: number | null;
  /** Number of tokens to which longer conversations are cut. */
  readonly maxLength: number;
  /**
   * True to let a generation prompt and the tokenizer's end follow every conversation, as the published organisms were
   * trained (`docs/methods.md §2.4`).
   * @default false
   */
  readonly trailingGenerationPrompt?: boolean;
  readonly seed: number;
}

/** Settings of a LoRA training: all that decides what it computes, beside the model and the data. */
export interface LoraTrainConfig extends TrainSettings {
  readonly method?: "lora";
  readonly rank: number;
  readonly alpha: number;
  /** True where scaling is rank-stabilised: α/√r instead of α/r. */
  readonly useRslora: boolean;
  readonly targetModules: readonly ProjectionName[];
  readonly layers: readonly number[];
  /** Scale of the initial A, uniform in ±`initialScale`/√inFeatures; 1 is PEFT's default. B starts at zero. */
  readonly initialScale: number;
}

/** Content of full fine-tuning's checkpoints: the whole model, or the tensors that differ from the base's. */
export const savedWeights = ["whole", "changed"] as const;

export type SavedWeights = (typeof savedWeights)[number];

/** Settings of full fine-tuning, the training of the weights themselves: all that decides what it computes. */
export interface FullTrainConfig extends TrainSettings {
  readonly method: "full";
  /** Layers whose weights are trained; null for all, embeddings and the last norm among them. */
  readonly layers: readonly number[] | null;
  /** Projections whose weights and biases are trained; null for all. */
  readonly targetModules: readonly ProjectionName[] | null;
  readonly savedWeights: SavedWeights;
  /**
   * Steps between checkpoints; there is one at step 0 and at the last too. Each is as large as the model. An
   * interrupted training continues from its last checkpoint.
   */
  readonly checkpointEvery: number;
}

/** Settings of a training: all that decides what it computes, beside the model and the data. */
export type TrainConfig = LoraTrainConfig | FullTrainConfig;

/** Tells whether adapters are trained, or the weights themselves. */
export function methodOf({ method }: TrainConfig): "lora" | "full" {
  return method ?? "lora";
}

/**
 * Writes the settings of a training as `run.json` keeps them; there the peak learning rate is called `peak`, and a
 * warm-up without a rule is a shifted one.
 */
export function encodeTrainConfig(config: TrainConfig): JsonObject {
  const { name, peakLearningRate, warmup, ...rest } = config.schedule;
  const rule = warmup === "hugging-face" ? { warmup } : {};
  return jsonObjectOf({ ...config, schedule: { name, peak: peakLearningRate, ...rest, ...rule } });
}

/** Reads the rule of a warm-up from the settings that `encodeTrainConfig` wrote. */
export function recordedWarmup({ schedule }: JsonObject): WarmupRule {
  const record =
    typeof schedule === "object" && schedule !== null && !Array.isArray(schedule) ? schedule : {};
  return record.warmup === "hugging-face" ? "hugging-face" : "shifted";
}

/**
 * Checks a training configuration against itself and the model.
 * @throws TurncoatError naming the setting that does not fit
 */
export function checkTrainConfig(config: TrainConfig, model: ModelConfig): void {
  const { steps, batchSize, maxLength, clipNorm, schedule, layers, targetModules } = config;
  const own =
    config.method === "full"
      ? { counts: { checkpointEvery: config.checkpointEvery }, sizes: {} }
      : { counts: { rank: config.rank }, sizes: { alpha: config.alpha, initialScale: config.initialScale } };
  for (const [setting, value] of Object.entries({ ...own.counts, steps, batchSize, maxLength })) {
    if (!Number.isInteger(value) || value < 1) throw wrong(setting, "a whole number of at least 1", value);
  }
  const positive = { ...own.sizes, "learning rate": schedule.peakLearningRate, clipNorm: clipNorm ?? 1 };
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
