import { basename, dirname, join, resolve } from "node:path";
import { TurncoatError } from "../../errors.js";
import type { Model } from "../../model/model.js";
import { manifestFile } from "../../runs/layout.js";
import type { RunManifest } from "../../runs/manifest.js";
import { openRun, type Run } from "../../runs/openRun.js";
import type { Dataset } from "../../train/data/dataset.js";
import type { TrainConfig } from "../../train/trainConfig.js";
import { decodeTrainConfig } from "../../train/trainRecord.js";
import { recordedDataset } from "../data/recordedDataset.js";

/** Run that branches go on from. */
export interface BranchParent {
  readonly directory: string;
  readonly name: string;
  readonly run: Run;
  readonly manifest: RunManifest;
  readonly model: Model;
  readonly dataset: Dataset;
  /** Settings of its training, without those that say what is kept. */
  readonly config: TrainConfig;
  /** Last step that it was trained to. */
  readonly last: number;
  /** Folder of its branches, beside it. */
  readonly folder: string;
  /** Data with careful answers to the same prompts, where they were named. */
  readonly careful?: string;
}

/** What a training that goes on differs in. */
export interface TrainingChange {
  readonly config: TrainConfig;
  /** @default the run's own data */
  readonly dataset?: Dataset;
}

/** Settings that say what a run keeps. */
const kept: ReadonlySet<string> = new Set(["checkpoints", "keepState", "keep", "keepFullEvery"]);

/** Folder of the branches of a run: beside it, under its name and `-branches`. */
export function branchesFolder(directory: string): string {
  return `${resolve(directory)}-branches`;
}

/**
 * Opens a run that branches go on from.
 * @throws TurncoatError where it was not trained here to its end, or its data are not there
 */
export function openParent(
  directory: string,
  model: Model,
  given: { readonly data?: string; readonly careful?: string } = {},
): BranchParent {
  const run = openRun(directory);
  const { manifest } = run;
  if (manifest?.status !== "finished") {
    throw new TurncoatError(
      `${directory}: expected a run that was trained here to its end, found ${manifest === null ? "one from elsewhere" : `one that is ${manifest.status}`}`,
    );
  }
  // What a branch keeps is its last adapter, whole.
  const settings = Object.entries(manifest.config).filter(([name]) => !kept.has(name));
  const config = decodeTrainConfig(
    { ...Object.fromEntries(settings), checkpoints: "last" },
    join(directory, manifestFile),
  );
  const last = run.checkpoints.at(-1)?.step ?? 0;
  return {
    directory,
    name: basename(resolve(directory)),
    run,
    manifest,
    model,
    dataset: recordedDataset(directory, manifest, given.data),
    config,
    last,
    folder: branchesFolder(directory),
    ...(given.careful === undefined ? {} : { careful: given.careful }),
  };
}

/** The folder in which a control that a run names lies; undefined where it names none. */
export function namedControl({ directory, manifest }: BranchParent): string | undefined {
  return manifest.control === undefined
    ? undefined
    : join(dirname(resolve(directory)), basename(manifest.control));
}
