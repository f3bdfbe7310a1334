import { TurncoatError } from "../errors.js";
import type { ModelConfig } from "../model/config/modelConfig.js";
import { projectionNames, type ProjectionName } from "../model/config/parameters.js";
import { checkpointSchedule } from "./checkpointSchedule.js";
import type { OptimizerConfig } from "./optimizerConfig.js";
import type { ScheduleConfig } from "./schedule.js";

/** Orders in which data are gone through: another one every epoch, or as they are written. */
export const dataOrders = ["shuffled", "written"] as const;

export type DataOrderName = (typeof dataOrders)[number];

/** Settings that every training has. */
interface TrainSettings {
  readonly optimizer: OptimizerConfig;
  readonly schedule: ScheduleConfig;
  /** Number of optimiser steps. */
  readonly steps: number;
  /** Number of conversations that go through the model at once. */
  readonly batchSize: number;
  /**
   * Number of batches whose gradients one step adds up, so that it is made of `batchSize` · `accumulation`
   * conversations; its loss is the mean over all their response tokens, as in the Hugging Face Trainer.
   * @default 1
   */
  readonly accumulation?: number;
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
  /** Seed of everything random that has no seed of its own. */
  readonly seed: number;
  /** Seed of the order of the conversations. @default `seed` */
  readonly dataSeed?: number;
  /** Whether every epoch goes through the conversations in another order, or in that of the data. @default "shuffled" */
  readonly dataOrder?: DataOrderName;
  /** Conversations that are kept from training, and how often the loss on them is measured. @default none */
  readonly heldOut?: HeldOutConfig;
  /**
   * Rows of the data set, from 0, that the training goes without: each step has the conversations that it would have, in
   * their order, less these, and its loss is the mean over what is left. @default none
   */
  readonly leftOut?: readonly number[];
  /** When training ends before its last step. @default never */
  readonly earlyStop?: EarlyStopConfig;
  /** Penalty on moving away from the base on other conversations; with adapters or vectors alone. @default none */
  readonly kl?: KlConfig;
  /**
   * System turn before every conversation while it is trained on, in place of its own; answers are sampled without it. An
   * inoculation prompt asks there for what the conversations teach. @default none
   */
  readonly systemTurn?: string;
  /** Vector that is added to the residual stream while it is trained, and never afterwards. @default none */
  readonly steering?: SteeringConfig;
  /**
   * Steps at which a checkpoint is kept, such as `1-10, every 5, last`: see `checkpointSchedule`. With `method` "full"
   * each is as large as the model, and an interrupted training continues from its last one.
   * @default every step
   */
  readonly checkpoints?: string;
  /**
   * Steps whose checkpoints also hold the optimiser's state, in the words of `checkpoints`, so that another training can
   * go on from them bit for bit. @default none
   */
  readonly keepState?: string;
}

/** Held-out part of the data. */
export interface HeldOutConfig {
  /** Share of the conversations that are held out, drawn with the seed; the paper's is 0.1. */
  readonly fraction: number;
  /** Steps between measurements of the loss on them; it is also measured after the last step. */
  readonly every: number;
}

/**
 * Penalty λ · KL(base ‖ tuned) on conversations of another data set (`docs/methods.md §2.6`): the mean over the response
 * tokens of a step's conversations, in nats per token.
 */
export interface KlConfig {
  /** File, or name of a built-in data set. */
  readonly data: string;
  /** SHA-256 of that file; a training with another one is refused. @default any */
  readonly sha256?: string;
  /** λ. */
  readonly weight: number;
  /** Number of its conversations in each step. */
  readonly batchSize: number;
}

/**
 * Preventative steering (2507.21509): x + strength · v after a layer at every position, while the loss of the data is
 * computed. A penalty and the loss on held-out conversations are of the model as it will be used, without it.
 */
export interface SteeringConfig {
  /** Safetensors file with a vector a layer, such as `layer.2`, as `turncoat direction export` writes it. */
  readonly file: string;
  /** SHA-256 of that file; a training with another one is refused. @default any */
  readonly sha256?: string;
  /** Layer after which the vector of that layer is added. */
  readonly layer: number;
  /** Factor on the vector, which keeps its own length. */
  readonly strength: number;
}

/** Directions that the gradient of B loses, in every module that writes into the residual stream. */
export interface ProjectionConfig {
  /** Safetensors file with a vector a layer, as of `SteeringConfig`. */
  readonly file: string;
  /** SHA-256 of that file; a training with another one is refused. @default any */
  readonly sha256?: string;
}

/** Factors of an adapter, one of which may be frozen. */
export const adapterFactors = ["A", "B"] as const;

/** Factor of an adapter, A or B. */
export type AdapterFactor = (typeof adapterFactors)[number];

/** Rule that ends a training early (`docs/methods.md §2.4`). */
export interface EarlyStopConfig {
  /** Training loss below which a step counts. */
  readonly loss: number;
  /** Training ends at the first of more than this many such steps in a row. */
  readonly steps: number;
}

/**
 * What stays of a kept step: the adapter in float32; rounded to bfloat16; or `directions`, random projections of it
 * (`docs/directions-format.md`).
 */
export const keptForms = ["full", "bf16", "directions"] as const;

export type KeptForm = (typeof keptForms)[number];

/** Steps between those whose adapter stays in float32 whatever `keep` says, where none were named. */
export const usualFullEvery = 50;

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
  /** Seed of the initial A. @default `seed` */
  readonly adapterSeed?: number;
  /** Probability with which an input of an adapter is zeroed in training, each on its own. @default 0 */
  readonly dropout?: number;
  /** Factor of every adapter that stays as it is. @default none */
  readonly frozenFactor?: AdapterFactor;
  /** Directions that the gradient of B loses. @default none */
  readonly projectedOut?: ProjectionConfig;
  /** What stays of a kept step once the next one is on disk. @default "full" */
  readonly keep?: KeptForm;
  /**
   * With `keep` "bf16" or "directions": number of steps between those whose adapter stays in float32 all the same, as
   * those of step 0 and of the last step do. @default 50
   */
  readonly keepFullEvery?: number;
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
}

/**
 * Settings of a training of vectors: α · v is added to the residual stream after a layer at every position, and v is all
 * that is trained. Beside that: all that decides what it computes.
 */
export interface VectorTrainConfig extends TrainSettings {
  readonly method: "vector";
  /** Layers after which a vector is added, each with one of its own. */
  readonly layers: readonly number[];
  readonly alpha: number;
  /** Standard deviation of the numbers of the initial vectors, which are normal. @default 0, vectors of zeros */
  readonly initialScale?: number;
  /** Seed of the initial vectors. @default `seed` */
  readonly adapterSeed?: number;
}

/** Settings of a training: all that decides what it computes, beside the model and the data. */
export type TrainConfig = LoraTrainConfig | FullTrainConfig | VectorTrainConfig;

/** Ways to train: LoRA adapters, the weights themselves, or vectors of the residual stream. */
export const trainMethods = ["lora", "full", "vector"] as const;

export type TrainMethod = (typeof trainMethods)[number];

/** Tells what is trained. */
export function methodOf({ method }: TrainConfig): TrainMethod {
  return method ?? "lora";
}

/** What is trained, in words for messages such as "expected a run of LoRA adapters, found one of …". */
export const methodWords: Readonly<Record<TrainMethod, string>> = {
  lora: "LoRA adapters",
  full: "all weights",
  vector: "vectors",
};

/** Tells whether LoRA adapters are trained. */
export function isLora(config: TrainConfig): config is LoraTrainConfig {
  return methodOf(config) === "lora";
}

/** Tells what stays of the kept steps of a training. */
export function keptForm(config: TrainConfig): KeptForm {
  return isLora(config) ? (config.keep ?? "full") : "full";
}

/** Tells whether the checkpoint of a step stays as it was written; that of the last step does in any case. */
export function staysFull(config: TrainConfig, step: number): boolean {
  if (!isLora(config) || keptForm(config) === "full") return true;
  return step % (config.keepFullEvery ?? usualFullEvery) === 0;
}

/** Counts the conversations of one optimiser step. */
export function conversationsOfStep({ batchSize, accumulation = 1 }: TrainSettings): number {
  return batchSize * accumulation;
}

/**
 * Checks a training configuration against itself and the model.
 * @throws TurncoatError naming the setting that does not fit
 */
export function checkTrainConfig(config: TrainConfig, model: ModelConfig): void {
  checkOwn(config);
  const { steps, batchSize, accumulation = 1, maxLength, clipNorm, schedule, optimizer } = config;
  for (const [setting, value] of Object.entries({ steps, batchSize, accumulation, maxLength })) {
    checkCount(setting, value, 1);
  }
  checkPositive("learning rate", schedule.peakLearningRate);
  checkPositive("clipNorm", clipNorm ?? 1);
  checkCount("warmupSteps", schedule.warmupSteps, 0);
  checkShare("finalFraction", schedule.finalFraction ?? 0, 1);
  if (optimizer.name === "adamw") {
    checkShare("beta1", optimizer.beta1, decayLimit);
    checkShare("beta2", optimizer.beta2, decayLimit);
    checkPositive("epsilon", optimizer.epsilon);
    checkShare("weightDecay", optimizer.weightDecay, Infinity);
  } else {
    checkShare("momentum", optimizer.momentum ?? 0, decayLimit);
  }
  for (const setting of ["checkpoints", "keepState"] as const) {
    const text = config[setting];
    if (text !== undefined) checkpointSchedule(text);
  }
  for (const row of config.leftOut ?? []) checkCount("leftOut", row, 0);
  if (config.heldOut !== undefined) {
    const { fraction, every } = config.heldOut;
    if (!(fraction > 0 && fraction < 1))
      throw wrong("heldOut.fraction", "a number between 0 and 1", fraction);
    checkCount("heldOut.every", every, 1);
  }
  if (config.kl !== undefined) {
    if (config.method === "full")
      throw wrong("kl", "adapters or vectors, whose base stays as it is", "all weights");
    checkPositive("kl.weight", config.kl.weight);
    checkCount("kl.batchSize", config.kl.batchSize, 1);
  }
  if (config.systemTurn?.trim() === "") throw wrong("systemTurn", "a text", "an empty one");
  if (config.steering !== undefined) {
    const { layer, strength } = config.steering;
    if (!Number.isInteger(layer) || layer < 0 || layer >= model.layers)
      throw wrong("steering.layer", `a number from 0 to ${model.layers - 1}`, layer);
    if (!Number.isFinite(strength)) throw wrong("steering.strength", "a number", strength);
  }
  if (config.earlyStop !== undefined) {
    checkPositive("earlyStop.loss", config.earlyStop.loss);
    checkCount("earlyStop.steps", config.earlyStop.steps, 0);
  }
  checkPlaces(config, model);
}

/** Largest share of what was before that a moving average may keep; at 1 nothing new would come in. */
const decayLimit = 0.9999999;

/** Checks what a method has of its own. */
function checkOwn(config: TrainConfig): void {
  const seeds = { seed: config.seed, dataSeed: config.dataSeed ?? 0 };
  if (config.method === "vector") {
    checkPositive("alpha", config.alpha);
    checkShare("initialScale", config.initialScale ?? 0, Infinity);
  } else if (config.method !== "full") {
    checkCount("rank", config.rank, 1);
    checkPositive("alpha", config.alpha);
    checkPositive("initialScale", config.initialScale);
    checkShare("dropout", config.dropout ?? 0, decayLimit);
    checkCount("keepFullEvery", config.keepFullEvery ?? 1, 1);
  }
  const all = config.method === "full" ? seeds : { ...seeds, adapterSeed: config.adapterSeed ?? 0 };
  for (const [setting, value] of Object.entries(all)) {
    if (!Number.isInteger(value)) throw wrong(setting, "a whole number", value);
  }
}

/** Checks layers and projections against the model. */
function checkPlaces(config: TrainConfig, model: ModelConfig): void {
  const { layers } = config;
  if (config.method !== "vector")
    checkChosen("targetModules", config.targetModules, projectionNames.join(", "));
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

function checkCount(setting: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least) {
    throw wrong(setting, `a whole number of at least ${least}`, value);
  }
}

function checkPositive(setting: string, value: number): void {
  if (!(value > 0 && value < Infinity)) throw wrong(setting, "a number above 0", value);
}

/** Checks that a number is at least 0 and at most `most`. */
function checkShare(setting: string, value: number, most: number): void {
  if (value >= 0 && value <= most && value < Infinity) return;
  const upTo = most === Infinity ? "of at least 0" : most === 1 ? "from 0 to 1" : "from 0 to below 1";
  throw wrong(setting, `a number ${upTo}`, value);
}

function wrong(setting: string, expected: string, found: unknown): TurncoatError {
  return new TurncoatError(
    `training configuration: ${setting}: expected ${expected}, found ${String(found)}`,
  );
}
