import { basename, join, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { TurncoatError } from "../../errors.js";
import { sha256OfModelSettings, sha256OfModelWeights } from "../../formats/modelWeights.js";
import { writtenOf } from "../../runs/runLocks.js";
import { manifestFile } from "../../runs/layout.js";
import { readManifest, type RunManifest } from "../../runs/manifest.js";
import { trainAnew } from "../../runs/continuation.js";
import { setAside } from "../../runs/setAside.js";
import { whileTraining } from "../../runs/trainingLock.js";
import { dropTransitionsAfter } from "../../runs/transitionLog.js";
import { RunWriter, type ReopenRunOptions } from "../../runs/runWriter.js";
import type { Dataset, DatasetUse } from "../../train/data/dataset.js";
import { train, trainsTogether, type TrainRequest as Training } from "../../train/train.js";
import { readKeptState, type TrainingState } from "../../train/trainingState.js";
import { isLora, methodOf, type TrainConfig } from "../../train/trainConfig.js";
import { encodeTrainConfig } from "../../train/trainRecord.js";
import { klDataset } from "../data/klDataset.js";
import { trainingVectors } from "../directions/trainingVectors.js";
import { isBuiltIn } from "../data/openDataset.js";
import { dropDispositionAfter } from "../results/dispositionResult.js";
import { originOf } from "./origin.js";
import { resumePoint } from "./resumePoint.js";
import { watching, type WatchedTraining } from "./watching.js";

/** Request to train a run. */
export interface TrainRequest extends WatchedTraining {
  readonly config: TrainConfig;
  /** Preset that the configuration started from; it is recorded. @default none */
  readonly preset?: string;
  readonly dataset: Dataset;
  /**
   * True to replace a run that is there; one with answers, analyses or notes is set aside instead of deleted.
   *
   * @default false
   */
  readonly overwrite?: boolean;
  /** Called with the new place of a run that was set aside. */
  readonly onSetAside?: (directory: string) => void;
  /** True to continue an interrupted run. @default false */
  readonly resume?: boolean;
  /** Run, and step of it, whose state the training goes on from: see `keepState`. @default none, from the beginning */
  readonly branch?: { readonly directory: string; readonly step: number };
  /** Name of the folder beside this one that its control is trained into; it is recorded. @default none */
  readonly control?: string;
  /** Called before the first step with what becomes of the conversations. */
  readonly onData?: (use: DatasetUse) => void;
  readonly signal?: AbortSignal;
}

/**
 * Trains a run and writes its directory.
 *
 * @returns "interrupted" where it was ended before its last step; it can be resumed
 * @throws TurncoatError where the configuration does not fit, or the directory holds something else
 */
export function trainRun(request: TrainRequest): Promise<"finished" | "interrupted"> {
  return trainTogether([request]);
}

/**
 * Trains runs that go through the model together (see `trainsTogether`): same model, data and settings but for seeds and
 * learning rates.
 *
 * Each run is as it would be alone, up to the rounding of sums. They are interrupted and resumed together.
 * @throws TurncoatError where one of them cannot be trained; then none is
 */
export function trainTogether(requests: readonly TrainRequest[]): Promise<"finished" | "interrupted"> {
  const alone = (rest: readonly TrainRequest[]): Promise<"finished" | "interrupted"> => {
    const [next, ...others] = rest;
    return next === undefined ? trainAlone(requests) : whileTraining(next.directory, () => alone(others));
  };
  return alone(requests);
}

/** Trains while nobody else trains into the folders. */
async function trainAlone(requests: readonly TrainRequest[]): Promise<"finished" | "interrupted"> {
  const [first] = requests;
  if (first === undefined) return "finished";
  if (!trainsTogether(requests.map(({ config }) => config))) {
    throw new TurncoatError(
      "training together: expected settings that differ in seeds and learning rates alone, found others",
      { hint: "Train them one after another." },
    );
  }
  const { model, dataset, signal } = first;
  const { config } = first;
  const { kl, steering } = config;
  const projectedOut = isLora(config) ? config.projectedOut : undefined;
  const starts = startsOf(requests);
  return train(
    requests.map((request, index) => training(request, requests, starts[index] ?? null)),
    {
      ...{ model, dataset },
      ...(kl === undefined ? {} : { kl: klDataset(kl) }),
      ...(steering === undefined ? {} : { steering: trainingVectors(steering) }),
      ...(projectedOut === undefined ? {} : { projectedOut: trainingVectors(projectedOut) }),
      ...(signal === undefined ? {} : { signal }),
    },
  );
}

/** Where a run starts. */
interface Start {
  /** State to go on from; null where training begins at the beginning. */
  readonly state: TrainingState | null;
  /** True where the run itself was interrupted at the state. */
  readonly isResumed: boolean;
}

/**
 * Refuses to continue runs that are trained together with other settings than their own.
 * @throws TurncoatError naming what differs
 */
export function checkContinued(requests: readonly TrainRequest[]): void {
  for (const request of requests) {
    const { manifest } = resumePoint(request.directory);
    checkSame(manifest, manifestOf(request, requests), request.directory);
  }
}

/**
 * Refuses to take a run that is there for the one that is asked for, where it was made with other settings; which runs it was
 * trained together with does not matter.
 * @throws TurncoatError naming what differs
 */
export function checkMadeAlike(request: TrainRequest): void {
  const manifest = readManifest(join(request.directory, manifestFile));
  const { trainedTogether } = manifest;
  checkSame(
    manifest,
    { ...manifestOf(request, [request]), ...(trainedTogether === undefined ? {} : { trainedTogether }) },
    request.directory,
  );
}

/** Finds where runs that are trained together start; those that are resumed were interrupted at the same step. */
function startsOf(requests: readonly TrainRequest[]): readonly (Start | null)[] {
  const points = requests.map((request) => (request.resume === true ? resumePoint(request.directory) : null));
  for (const [index, request] of requests.entries()) {
    const point = points[index];
    if (point != null) checkSame(point.manifest, manifestOf(request, requests), request.directory);
  }
  const reached = points.map((point) => point?.states.map(({ step }) => step) ?? []);
  const common = reached[0]?.find((step) => reached.every((steps) => steps.includes(step)));
  const isBeginning = points.some((point) => point !== null && point.states.length === 0);
  return requests.map((request, index): Start | null => {
    const point = points[index];
    const { branch } = request;
    if (point != null && !isBeginning) {
      const state = point.states.find(({ step }) => step === common);
      if (state !== undefined) return { state, isResumed: true };
      throw new TurncoatError(
        `${request.directory}: expected runs that were trained together to have reached the same step, found ${reached.map(([step]) => step).join(", ")}`,
        { hint: trainAnew(request.directory) },
      );
    }
    if (branch !== undefined)
      return { state: readKeptState(branch.directory, branch.step), isResumed: false };
    return point == null ? null : { state: null, isResumed: false };
  });
}

/** Makes a request of the training layer. */
function training(request: TrainRequest, requests: readonly TrainRequest[], start: Start | null): Training {
  const { config, directory } = request;
  const [written] = request.overwrite === true ? writtenOf(directory) : [];
  if (written !== undefined) {
    throw new TurncoatError(
      `${directory}: expected a run that nobody reads to replace, found its ${written} being written`,
      { hint: "Wait until it has ended, or choose another folder." },
    );
  }
  const options = { maxSteps: config.steps };
  return {
    config,
    // Opened only after everything was checked, so that a mistake neither replaces a run nor leaves an empty one.
    openWriter: (use) => {
      request.onData?.(use);
      if (request.resume === true) {
        const kept = start?.isResumed === true ? start.state?.step : undefined;
        return reopened(directory, kept ?? beforeFirst, {
          ...options,
          origin: originOf(request.model.engine),
        });
      }
      const { overwrite = false } = request;
      const kept = overwrite ? setAside(directory) : null;
      if (kept !== null) request.onSetAside?.(kept);
      return RunWriter.create(directory, manifestOf(request, requests, use), { ...options, overwrite });
    },
    ...(start?.state == null ? {} : { from: start.state, isResumed: start.isResumed }),
    ...watching(request),
  };
}

/** A step before the first: a run that is reopened there keeps no step. */
const beforeFirst = -1;

/**
 * Reopens a run after a step. Transitions that fired later are dropped: they will fire again, or not. So are readings of
 * later checkpoints.
 */
function reopened(directory: string, step: number, options: ReopenRunOptions): RunWriter {
  dropTransitionsAfter(directory, step);
  dropDispositionAfter(directory, step);
  return RunWriter.reopen(directory, step, options);
}

/**
 * Refuses to continue a run with other settings than its own.
 *
 * @throws TurncoatError naming what differs
 */
function checkSame(before: RunManifest, now: RunManifest, directory: string): void {
  const parts = (manifest: RunManifest): Record<string, unknown> => ({
    ...manifest.config,
    "data set": manifest.dataset.sha256,
    "base model": manifest.baseModel.sha256,
    "chat template": manifest.chatTemplate?.text ?? null,
    branch: manifest.branch ?? null,
    "trained together": manifest.trainedTogether ?? null,
  });
  const [old, current] = [parts(before), parts(now)];
  for (const name of Object.keys({ ...old, ...current })) {
    if (isDeepStrictEqual(old[name], current[name])) continue;
    throw new TurncoatError(
      `${directory}: ${name}: expected ${JSON.stringify(old[name])}, as the run began, found ${JSON.stringify(current[name])}`,
      { hint: "continue with the same settings, or train another run" },
    );
  }
}

function manifestOf(
  { directory, config, preset, model, dataset, branch, control }: TrainRequest,
  together: readonly TrainRequest[],
  use?: DatasetUse,
): RunManifest {
  const { cut, withoutAnswer, answerCutOff } = use ?? { cut: 0, withoutAnswer: 0, answerCutOff: 0 };
  const leftOut = withoutAnswer + answerCutOff;
  return {
    formatVersion: 1,
    runId: basename(resolve(directory)),
    kind: methodOf(config),
    status: "running",
    ...(branch === undefined
      ? {}
      : {
          branch: {
            run: basename(resolve(branch.directory)),
            path: resolve(branch.directory),
            step: branch.step,
          },
        }),
    ...(together.length === 1
      ? {}
      : { trainedTogether: together.map(({ directory: each }) => basename(resolve(each))) }),
    ...(control === undefined ? {} : { control }),
    createdAt: new Date().toISOString(),
    config: { preset: preset ?? null, ...encodeTrainConfig(config) },
    seed: config.seed,
    dataset: {
      name: dataset.name,
      path: isBuiltIn(dataset) ? null : dataset.path,
      sha256: dataset.sha256,
      rows: dataset.chats.length,
      ...(cut === 0 ? {} : { cut }),
      ...(leftOut === 0 ? {} : { leftOut }),
    },
    baseModel: {
      path: model.folder,
      sha256: sha256OfModelWeights(model.folder),
      settingsSha256: sha256OfModelSettings(model.folder),
    },
    ...(model.chatTemplate === undefined ? {} : { chatTemplate: model.chatTemplate }),
    ...originOf(model.engine),
  };
}
