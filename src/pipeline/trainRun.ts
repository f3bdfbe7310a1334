import { availableParallelism } from "node:os";
import { basename, join, resolve } from "node:path";
import { sha256OfFile } from "../formats/fileHash.js";
import { jsonObjectOf } from "../formats/json.js";
import type { Model } from "../model/model.js";
import type { RunManifest } from "../runs/manifest.js";
import { RunWriter } from "../runs/runWriter.js";
import type { Dataset } from "../train/dataset.js";
import { readResumeState } from "../train/resumeState.js";
import { train, type StepReport } from "../train/train.js";
import { checkTrainConfig, type TrainConfig } from "../train/trainConfig.js";
import { packageVersion } from "./packageRoot.js";

/** A training to do. */
export interface TrainRequest {
  readonly directory: string;
  readonly config: TrainConfig;
  /** The preset that the configuration started from; recorded. @default none */
  readonly preset?: string;
  readonly model: Model;
  readonly dataset: Dataset;
  /** Replaces a run that is there. @default false */
  readonly overwrite?: boolean;
  /** Continues an interrupted run. @default false */
  readonly resume?: boolean;
  readonly onStep?: (report: StepReport) => void;
  readonly signal?: AbortSignal;
}

/**
 * Trains a run and writes its directory.
 * @throws TurncoatError where the configuration does not fit, or the directory holds something else
 */
export async function trainRun(request: TrainRequest): Promise<"finished" | "interrupted"> {
  const { config, model, dataset, directory } = request;
  // Before anything is written, so that a mistake leaves no empty run behind.
  checkTrainConfig(config, model.config);
  const resume = request.resume === true ? readResumeState(directory) : undefined;
  const options = { maxSteps: config.steps, flushEvery: Math.max(1, Math.floor(config.steps / 2000)) };
  const writer =
    resume === undefined
      ? RunWriter.create(directory, manifestOf(request), { ...options, overwrite: request.overwrite })
      : RunWriter.reopen(directory, resume.step, options);
  return train(config, {
    model,
    dataset,
    writer,
    ...(resume === undefined ? {} : { resume }),
    ...(request.onStep === undefined ? {} : { onStep: request.onStep }),
    ...(request.signal === undefined ? {} : { signal: request.signal }),
  });
}

function manifestOf({ directory, config, preset, model, dataset }: TrainRequest): RunManifest {
  const { description } = model.engine;
  return {
    formatVersion: 1,
    runId: basename(resolve(directory)),
    kind: "lora",
    status: "running",
    createdAt: new Date().toISOString(),
    config: jsonObjectOf({ preset: preset ?? null, ...config }),
    seed: config.seed,
    dataset: {
      name: dataset.name,
      path: dataset.path,
      sha256: dataset.sha256,
      rows: dataset.chats.length,
    },
    baseModel: { path: model.folder, sha256: sha256OfFile(join(model.folder, "model.safetensors")) },
    engine: {
      name: description.name,
      executionProvider: description.executionProvider,
      threads: description.threads ?? availableParallelism(),
    },
    versions: {
      turncoat: packageVersion(),
      node: process.versions.node,
      [description.name]: description.version,
    },
  };
}
