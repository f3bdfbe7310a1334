import { join } from "node:path";
import { readAdapter } from "../../../src/formats/peft.js";
import type { Model } from "../../../src/model/model.js";
import { trainRun, type TrainRequest } from "../../../src/pipeline/training/trainRun.js";
import { openRun } from "../../../src/runs/openRun.js";
import type { Dataset } from "../../../src/train/data/dataset.js";
import type { KeptForm, LoraTrainConfig, TrainConfig } from "../../../src/train/trainConfig.js";
import { largestDifference } from "../tinyModels.js";
import { smallConfig } from "./tinyTraining.js";

/** Trains a run of this name beside its data and returns its folder. */
export async function trained(
  model: Model,
  dataset: Dataset,
  name: string,
  config: TrainConfig,
  more: Partial<TrainRequest> = {},
): Promise<string> {
  const directory = join(dataset.path, "..", name);
  await trainRun({ directory, config, model, dataset, ...more });
  return directory;
}

/** The losses of a run's steps. */
export function lossesOf(directory: string): number[] {
  return openRun(directory).log.map(({ loss }) => loss ?? NaN);
}

/** The largest difference between B in the adapters of two runs at a step. */
export function adapterDifference(one: string, other: string, step: number): number {
  const modules = (run: string) => readAdapter(join(run, `checkpoint-${step}`)).modules;
  const others = modules(other);
  return Math.max(
    ...modules(one).map(({ loraB }, index) => largestDifference(loraB, others[index]?.loraB ?? [])),
  );
}

/** Everything that a step can do beside a plain one. */
export const everything: LoraTrainConfig = {
  ...smallConfig,
  batchSize: 1,
  accumulation: 2,
  dropout: 0.3,
  heldOut: { fraction: 0.2, every: 2 },
  checkpoints: "1-2, every 4",
  keepState: "every 4",
  dataSeed: 7,
  adapterSeed: 8,
};

/** What a training that is killed does: states kept, several batches a step, and dropped inputs. */
export const killedConfig = (keep: KeptForm): LoraTrainConfig => ({
  ...everything,
  steps: 24,
  checkpoints: "1-3, every 2",
  keepState: "every 3",
  keep,
  keepFullEvery: 10,
});
