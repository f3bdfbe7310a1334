import { availableParallelism } from "node:os";
import { basename, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { TransitionEvent } from "../../analysis/transitions/transitionWatch.js";
import { TurncoatError } from "../../errors.js";
import { sha256OfModelWeights } from "../../formats/modelWeights.js";
import type { Model } from "../../model/model.js";
import { evaluationsAtWork } from "../../runs/evaluationLock.js";
import type { RunManifest } from "../../runs/manifest.js";
import { setAside } from "../../runs/setAside.js";
import { whileTraining } from "../../runs/trainingLock.js";
import { appendTransitions, dropTransitionsAfter, type FiredTransition } from "../../runs/transitionLog.js";
import { RunWriter, type RunWriterOptions } from "../../runs/runWriter.js";
import type { Dataset, DatasetUse } from "../../train/data/dataset.js";
import { train, type StepReport, type TrainContext } from "../../train/train.js";
import { encodeTrainConfig, methodOf, type TrainConfig } from "../../train/trainConfig.js";
import { packageVersion } from "../packageRoot.js";
import { resumePoint } from "./resumePoint.js";
import { TrainingWatch } from "./trainingWatch.js";

/** Request to train a run. */
export interface TrainRequest {
  readonly directory: string;
  readonly config: TrainConfig;
  /** Preset that the configuration started from; it is recorded. @default none */
  readonly preset?: string;
  readonly model: Model;
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
  /** Called before the first step with what becomes of the conversations. */
  readonly onData?: (use: DatasetUse) => void;
  readonly onStep?: (report: StepReport) => void;
  /**
   * Called when a transition detector first fires on what has been trained; each is kept in `transitions.jsonl`. A
   * resumed run is watched from where it resumes.
   */
  readonly onTransition?: (event: TransitionEvent) => void;
  readonly signal?: AbortSignal;
}

/**
 * Trains a run and writes its directory.
 *
 * @returns "interrupted" where it was ended before its last step; it can be resumed
 * @throws TurncoatError where the configuration does not fit, or the directory holds something else
 */
export function trainRun(request: TrainRequest): Promise<"finished" | "interrupted"> {
  return whileTraining(request.directory, () => trainAlone(request));
}

/** Trains while nobody else trains into the folder. */
async function trainAlone(request: TrainRequest): Promise<"finished" | "interrupted"> {
  const { config, model, dataset, directory } = request;
  const [evaluated] = request.overwrite === true ? evaluationsAtWork(directory) : [];
  if (evaluated !== undefined) {
    throw new TurncoatError(
      `${directory}: expected a run that nobody reads to replace, found its evaluation ${evaluated} being written`,
      { hint: "Wait until it has ended, or choose another folder." },
    );
  }
  const from = request.resume === true ? resumePoint(directory) : null;
  if (from !== null) checkSame(from.manifest, manifestOf(request), directory);
  const options = { maxSteps: config.steps };
  return train(config, {
    model,
    dataset,
    // Opened only after everything was checked, so that a mistake neither replaces a run nor leaves an empty one.
    openWriter: (use) => {
      request.onData?.(use);
      if (from !== null) return reopened(directory, from.state?.step ?? beforeFirst, options);
      const { overwrite = false } = request;
      const kept = overwrite ? setAside(directory) : null;
      if (kept !== null) request.onSetAside?.(kept);
      return RunWriter.create(directory, manifestOf(request, use), { ...options, overwrite });
    },
    ...(from?.state == null ? {} : { resume: from.state }),
    ...watching(request),
    ...(request.signal === undefined ? {} : { signal: request.signal }),
  });
}

/** A step before the first: a run that is reopened there keeps no step. */
const beforeFirst = -1;

/** Reopens a run after a step. Transitions that fired later are dropped: they will fire again, or not. */
function reopened(directory: string, step: number, options: RunWriterOptions): RunWriter {
  dropTransitionsAfter(directory, step);
  return RunWriter.reopen(directory, step, options);
}

/** Makes what training reports to: the caller, and the transition detectors where the caller wants to know. */
function watching({
  directory,
  onStep,
  onTransition,
}: TrainRequest): Pick<TrainContext, "onStep" | "onCheckpoint"> {
  if (onTransition === undefined) return onStep === undefined ? {} : { onStep };
  const watch = new TrainingWatch();
  return {
    onCheckpoint: (step, adapter) => watch.addCheckpoint(step, adapter),
    onStep: (report) => {
      onStep?.(report);
      const events = watch.addStep(report.step, report.gradientNorm);
      appendTransitions(directory, events.map(firedTransition));
      for (const event of events) onTransition(event);
    },
  };
}

/** Converts a transition to the form that is kept with the run. */
function firedTransition({ knownAt, transition }: TransitionEvent): FiredTransition {
  const { indicator, step, interval, adapter, method } = transition;
  return { knownAt, indicator, step, interval, ...(adapter === undefined ? {} : { adapter }), method };
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
  { directory, config, preset, model, dataset }: TrainRequest,
  use?: DatasetUse,
): RunManifest {
  const { description } = model.engine;
  const { cut, withoutAnswer, answerCutOff } = use ?? { cut: 0, withoutAnswer: 0, answerCutOff: 0 };
  const leftOut = withoutAnswer + answerCutOff;
  return {
    formatVersion: 1,
    runId: basename(resolve(directory)),
    kind: methodOf(config),
    status: "running",
    createdAt: new Date().toISOString(),
    config: { preset: preset ?? null, ...encodeTrainConfig(config) },
    seed: config.seed,
    dataset: {
      name: dataset.name,
      path: dataset.path,
      sha256: dataset.sha256,
      rows: dataset.chats.length,
      ...(cut === 0 ? {} : { cut }),
      ...(leftOut === 0 ? {} : { leftOut }),
    },
    baseModel: { path: model.folder, sha256: sha256OfModelWeights(model.folder) },
    ...(model.chatTemplate === undefined ? {} : { chatTemplate: model.chatTemplate }),
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
