import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { usualProjection } from "../../formats/directions/adapterProjector.js";
import { encodeDirections } from "../../formats/directions/directionsFile.js";
import { loraScaling } from "../../formats/peft.js";
import type { ModelConfig } from "../../model/config/modelConfig.js";
import { parameterShapes } from "../../model/config/parameters.js";
import type { Model } from "../../model/model.js";
import { checkpointFolder } from "../../runs/layout.js";
import { sizeOf } from "../../tensor/program.js";
import { everyStep, keptSteps } from "../../train/checkpointSchedule.js";
import { tokenizeDataset, withSystemTurn, type Dataset, type DatasetUse } from "../../train/data/dataset.js";
import { splitIndices } from "../../train/data/split.js";
import { optimizerSlots } from "../../train/optimizer.js";
import type { TrainableSpec } from "../../train/stepDefinition.js";
import { stepsOfEpoch } from "../../train/recipes/resolve.js";
import { adaptedModules, adapterParameters } from "../../train/trainables/loraAdapters.js";
import { weightParameters } from "../../train/trainables/modelWeights.js";
import { vectorParameters } from "../../train/trainables/trainedVectors.js";
import {
  checkTrainConfig,
  conversationsOfStep,
  isLora,
  keptForm,
  staysFull,
  type TrainConfig,
} from "../../train/trainConfig.js";
import { trainRun } from "./trainRun.js";

/** What a training will do, and what it will take. */
export interface TrainingPlan {
  readonly config: TrainConfig;
  readonly trainableParameters: number;
  readonly modelParameters: number;
  readonly conversations: {
    readonly trained: number;
    readonly heldOut: number;
    /** What becomes of the rows of the data; null where no tokenizer is there to say. */
    readonly use: DatasetUse | null;
  };
  readonly stepsPerEpoch: number;
  /** Steps whose checkpoints are kept, step 0 apart, which always is. */
  readonly checkpoints: readonly number[];
  /** Steps whose optimiser's state is kept. */
  readonly states: readonly number[];
  /** Bytes that are on disk at the end. */
  readonly bytes: {
    readonly checkpoints: number;
    readonly states: number;
    /** Files of random projections; 0 where none are kept. */
    readonly directions: number;
    readonly total: number;
  };
  /** What it takes on this machine, from steps that were really made; null where the weights are not there. */
  readonly expected: ExpectedCost | null;
}

/** Time and memory of a training, estimated from its first steps. */
export interface ExpectedCost {
  /** Number of steps that were made to measure. */
  readonly trialSteps: number;
  readonly secondsPerStep: number;
  readonly tokensPerSecond: number;
  /** Seconds of all steps, and of measuring the loss on held-out conversations. */
  readonly seconds: number;
  /** Largest resident memory of the process while the steps were made. */
  readonly memoryBytes: number;
}

/** Training to plan. */
export interface PlanRequest {
  readonly config: TrainConfig;
  readonly modelConfig: ModelConfig;
  readonly dataset: Dataset;
  /** Opened model, to measure with; null where only `config.json` is there. */
  readonly model: Model | null;
}

/** Bytes of one line of the log, about. */
const logBytes = 220;

/**
 * Says what a training will do without doing it: parameters, steps, checkpoints, bytes, and from a few steps made in a
 * temporary folder the time and memory that it takes here.
 *
 * @throws TurncoatError where the configuration does not fit
 */
export async function planTraining(request: PlanRequest): Promise<TrainingPlan> {
  const { config, modelConfig, dataset, model } = request;
  checkTrainConfig(config, modelConfig);
  const sizes = trainableSizes(config, modelConfig);
  const trainableParameters = sum(sizes);
  const modelParameters = sum([...parameterShapes(modelConfig).values()].map(sizeOf));
  const tokenized =
    model === null
      ? null
      : tokenizeDataset(
          withSystemTurn(dataset, config.systemTurn),
          model.tokenizer,
          config.maxLength,
          config,
        );
  const count = tokenized?.chats.length ?? dataset.chats.length;
  const split = splitIndices(count, { heldOut: config.heldOut?.fraction ?? 0, seed: config.seed });
  const checkpoints = keptSteps(config.checkpoints ?? everyStep, config.steps);
  const states =
    config.keepState === undefined
      ? []
      : keptSteps(config.keepState, config.steps).filter((step) => checkpoints.includes(step));
  const lengths = tokenized?.chats.map(({ ids }) => ids.length) ?? [];
  const trial = model === null ? null : await makeTrial(request, model);
  const written =
    config.method === "full" && config.savedWeights === "whole" ? modelParameters : trainableParameters;
  const checkpointBytes = trial?.checkpointBytes ?? 4 * written;
  const valueBytes = 4 * trainableParameters;
  const isThin = (step: number): boolean => step !== config.steps && !staysFull(config, step);
  const thin = checkpoints.filter(isThin).length;
  const thinBytes = keptForm(config) === "bf16" ? checkpointBytes - valueBytes / 2 : 0;
  const bytes = {
    checkpoints: checkpointBytes * (checkpoints.length + 1 - thin) + thinBytes * thin,
    // Step 0 keeps its state too; one without a checkpoint in float32 holds the trained values itself.
    states:
      config.keepState === undefined
        ? 0
        : valueBytes * optimizerSlots(config.optimizer).length * (states.length + 1) +
          valueBytes * states.filter(isThin).length,
    directions: directionsBytes(config, modelConfig) * (checkpoints.length + 1),
  };
  return {
    config,
    trainableParameters,
    modelParameters,
    conversations: {
      trained: split.train.length,
      heldOut: split.heldOut.length,
      use: tokenized?.use ?? null,
    },
    stepsPerEpoch: stepsOfEpoch(config, count),
    checkpoints,
    states,
    bytes: { ...bytes, total: bytes.checkpoints + bytes.states + bytes.directions + logBytes * config.steps },
    expected: trial === null ? null : expectedCost(config, trial, lengths, split),
  };
}

/** Counts the numbers of each parameter that is trained. */
function trainableSizes(config: TrainConfig, model: ModelConfig): number[] {
  return trainableSpecs(config, model).map(({ shape }) => sizeOf(shape));
}

function trainableSpecs(config: TrainConfig, model: ModelConfig): TrainableSpec[] {
  if (config.method === "full") return weightParameters(model, config);
  if (config.method === "vector") return vectorParameters(config, model);
  return adapterParameters(config, adaptedModules(config, model));
}

/** Bytes of one file of random projections; 0 where none are kept. */
function directionsBytes(config: TrainConfig, model: ModelConfig): number {
  if (!isLora(config) || keptForm(config) !== "directions") return 0;
  const none = new Float32Array(usualProjection.numbers);
  const adapters = adaptedModules(config, model).map((module) => ({
    ...module,
    rank: config.rank,
    scaling: loraScaling(config),
    update: none,
    A: none,
    B: none,
  }));
  return encodeDirections({ step: config.steps, projection: usualProjection, adapters }).length;
}

/** First steps of a training as they were made. */
interface Trial {
  /** Seconds and tokens of each step. */
  readonly steps: readonly { readonly seconds: number; readonly tokens: number }[];
  readonly memoryBytes: number;
  readonly checkpointBytes: number;
}

const trialSteps = 6;
/** Seconds after which a trial ends, once it has made the fewest steps that say anything. */
const trialSeconds = 60;
const fewestSteps = 3;

/** Makes the first steps in a temporary folder. */
async function makeTrial({ config, dataset }: PlanRequest, model: Model): Promise<Trial> {
  const folder = mkdtempSync(join(tmpdir(), "turncoat-plan-"));
  const directory = join(folder, "trial");
  const controller = new AbortController();
  const steps: { seconds: number; tokens: number }[] = [];
  // It ends before its last step, after which the loss on held-out conversations would be measured.
  const wanted = Math.min(trialSteps, config.steps);
  try {
    const began = performance.now();
    let before = began;
    await trainRun({
      directory,
      config: {
        ...config,
        steps: wanted + 1,
        ...(config.heldOut === undefined ? {} : { heldOut: { ...config.heldOut, every: wanted + 2 } }),
      },
      model,
      dataset,
      signal: controller.signal,
      onData: () => {
        before = performance.now();
      },
      onStep: ({ tokens }) => {
        const now = performance.now();
        steps.push({ seconds: (now - before) / 1000, tokens });
        before = now;
        const isLong = steps.length >= fewestSteps && now - began > 1000 * trialSeconds;
        if (steps.length === wanted || isLong) controller.abort();
      },
    });
    return {
      steps,
      memoryBytes: process.resourceUsage().maxRSS * 1024,
      checkpointBytes: bytesIn(join(directory, checkpointFolder(0))),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function bytesIn(folder: string): number {
  return sum(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => statSync(join(entry.parentPath, entry.name)).size),
  );
}

/** What a forward pass costs of a whole step, about: held-out conversations need no more. */
const forwardShare = 0.5;

function expectedCost(
  config: TrainConfig,
  { steps, memoryBytes }: Trial,
  lengths: readonly number[],
  split: { readonly train: readonly number[]; readonly heldOut: readonly number[] },
): ExpectedCost {
  // The first steps also compile programs, as later ones seldom do.
  const settled = steps.length > fewestSteps ? steps.slice(fewestSteps - 1) : steps.slice(-1);
  const secondsPerToken =
    sum(settled.map(({ seconds }) => seconds)) / sum(settled.map(({ tokens }) => tokens));
  const tokensOf = (rows: readonly number[]) => sum(rows.map((row) => lengths[row] ?? 0));
  const stepTokens = (tokensOf(split.train) / split.train.length) * conversationsOfStep(config);
  const starting = sum(steps.slice(0, fewestSteps - 1).map(({ seconds }) => seconds));
  const evaluations = config.heldOut === undefined ? 0 : Math.ceil(config.steps / config.heldOut.every);
  const evaluating = evaluations * tokensOf(split.heldOut) * secondsPerToken * forwardShare;
  const secondsPerStep = secondsPerToken * stepTokens;
  return {
    trialSteps: steps.length,
    secondsPerStep,
    tokensPerSecond: 1 / secondsPerToken,
    seconds: starting + secondsPerStep * config.steps + evaluating,
    memoryBytes,
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
