import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { sha256OfModelSettings } from "../../formats/modelWeights.js";
import { jsonObjectOf, type JsonValue } from "../../formats/json.js";
import type { Model } from "../../model/model.js";
import { configDiff } from "../../runs/configDiff.js";
import { readableManifest } from "../../runs/continuation.js";
import { isFolder } from "../../runs/isFolder.js";
import { checkpointFolder, manifestFile, stateFolder, stepDirectionsFile } from "../../runs/layout.js";
import { readManifest, trainingOrigin, type RunManifest, type TrainingOrigin } from "../../runs/manifest.js";
import { readRunLog } from "../../runs/runLog.js";
import { isRounded, thinCheckpoint } from "../../runs/thinCheckpoint.js";
import type { Dataset } from "../../train/data/dataset.js";
import type { StepReport } from "../../train/train.js";
import { keptForm, staysFull } from "../../train/trainConfig.js";
import { decodeTrainConfig } from "../../train/trainRecord.js";
import { originOf } from "./origin.js";
import { recordedParent } from "./recordedSources.js";
import { trainTogether, type TrainRequest } from "./trainRun.js";
import { RunComparison, type ComparedRuns } from "./verifyRun.js";

/** Request to train a run again and compare it. */
export interface VerifyRequest {
  readonly directory: string;
  readonly model: Model;
  readonly dataset: Dataset;
  /** Number of the run's first steps to verify. @default all */
  readonly steps?: number;
  /** True to go on after the first difference. @default false */
  readonly goesOn?: boolean;
  readonly onStep?: (report: StepReport, last: number) => void;
  readonly signal?: AbortSignal;
}

/** Setting of what a training ran on that is not the same now. */
export interface OriginDifference {
  /** Such as `engine.threads`. */
  readonly setting: string;
  readonly run: JsonValue;
  /** Null where there is none now. */
  readonly now: JsonValue;
  /** Step after which the run went on with it; 0 where it began so. */
  readonly afterStep: number;
}

/** What came of verifying a run. */
export interface Verification extends ComparedRuns {
  readonly run: string;
  /** `interrupted`: nothing differed until then. */
  readonly status: "same" | "different" | "interrupted";
  /** Step that training began at, the last one compared, and the last one of the run. */
  readonly steps: { readonly first: number; readonly compared: number; readonly last: number };
  /** What the run was trained on that is not the same now; a run of an earlier version does not say everything. */
  readonly origin: readonly OriginDifference[];
  /** What the comparison rests on or cannot tell, one sentence each. */
  readonly notes: readonly string[];
}

/**
 * Trains a run again from its `run.json` in a temporary folder, and compares every step with it. Runs that were trained
 * together are trained together again, where the others are still beside it.
 * @throws TurncoatError where the run does not say how it was trained, or began from a state that is not there
 */
export async function retrainRun(request: VerifyRequest): Promise<Verification> {
  const { directory, model, steps: wanted = Infinity, goesOn = false, signal } = request;
  const manifest = readManifest(join(directory, manifestFile));
  const { members, notes } = membersOf(directory, manifest);
  const work = mkdtempSync(join(tmpdir(), "turncoat-verify-"));
  try {
    const requests = members.map((member, index) => requestOf(member, join(work, `${index}`), request));
    const own = requests[members.findIndex((member) => member.directory === directory)];
    if (own === undefined) throw new RangeError("retrainRun: the run is not among its members");
    const first = manifest.branch?.step ?? 0;
    const last = Math.max(first, lastStepOf(directory, manifest, own.config.steps));
    const end = Math.min(last, first + wanted);
    const comparison = new RunComparison({ run: directory, again: own.directory });
    const stop = new AbortController();
    if (end === first) stop.abort();
    const pace = new LogPace();
    let compared = first;
    const isComplete = (step: number): boolean => step < last || manifest.status === "finished";
    const onStep = (report: StepReport): void => {
      const { step } = report;
      compared = step;
      thinAsIn(directory, own, step, last);
      comparison.compareTensors(step, isComplete(step));
      if (pace.isDue(step) || comparison.differences.length > 0) comparison.compareLog(step);
      for (const each of requests) forgetStep(each.directory, step);
      request.onStep?.(report, end);
      if (step >= end || (!goesOn && comparison.differences.length > 0)) stop.abort();
    };
    const signals = [stop.signal, ...(signal === undefined ? [] : [signal])];
    await trainTogether(
      requests.map((each) => ({
        ...each,
        signal: AbortSignal.any(signals),
        ...(each === own ? { onStep } : {}),
      })),
    );
    thinAsIn(directory, own, compared, last);
    comparison.compareTensors(compared, isComplete(compared));
    comparison.compareLog(compared);
    const result = comparison.result();
    const isCut = compared < end && result.differences.length === 0;
    return {
      run: directory,
      status: result.differences.length > 0 ? "different" : isCut ? "interrupted" : "same",
      steps: { first, compared, last },
      ...result,
      origin: originDifferences(manifest, model),
      notes,
    };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** One of the runs that are trained again. */
interface Member {
  readonly directory: string;
  readonly manifest: RunManifest;
}

/** Finds the runs to train again: the run, and those that it was trained together with. */
function membersOf(
  directory: string,
  manifest: RunManifest,
): { readonly members: readonly Member[]; readonly notes: readonly string[] } {
  const own = { directory, manifest };
  const from = manifest.branch;
  const notes =
    from === undefined
      ? []
      : [`It went on from the state of ${from.run} at step ${from.step}, which is taken as it is.`];
  const names = manifest.trainedTogether ?? [manifest.runId];
  const members = names.map((name): Member | null => {
    if (name === manifest.runId) return own;
    const beside = join(dirname(resolve(directory)), basename(name));
    const other = readableManifest(beside);
    return other !== null && wasTrainedWith(other, manifest) ? { directory: beside, manifest: other } : null;
  });
  const missing = names.filter((_, index) => members[index] === null);
  const there = members.filter((member) => member !== null);
  if (missing.length === 0 && there.includes(own)) return { members: there, notes };
  const alone =
    `It was trained together with ${names.filter((name) => name !== manifest.runId).join(", ")}; ` +
    `${missing.join(", ")} not being beside it, it is trained alone, where sums may round otherwise.`;
  return { members: [own], notes: [...notes, alone] };
}

function wasTrainedWith(other: RunManifest, manifest: RunManifest): boolean {
  return (
    isDeepStrictEqual(other.trainedTogether, manifest.trainedTogether) &&
    other.dataset.sha256 === manifest.dataset.sha256 &&
    other.baseModel.sha256 === manifest.baseModel.sha256 &&
    other.branch?.step === manifest.branch?.step
  );
}

function requestOf(
  { directory, manifest }: Member,
  work: string,
  { model, dataset }: VerifyRequest,
): TrainRequest {
  const { branch } = manifest;
  return {
    directory: work,
    config: decodeTrainConfig(manifest.config, join(directory, manifestFile)),
    model,
    dataset,
    ...(branch === undefined
      ? {}
      : { branch: { directory: recordedParent(directory, branch), step: branch.step } }),
  };
}

/** The last step of a run: that of its settings or of the rule that ended it, or the last that an unfinished one logged. */
function lastStepOf(directory: string, { status, endedEarly }: RunManifest, planned: number): number {
  if (status === "finished") return endedEarly?.step ?? planned;
  return readRunLog(directory)?.state.log.at(-1)?.step ?? 0;
}

/** Says when the log is read again: each time it has grown by a tenth, since it is read from its beginning. */
class LogPace {
  #next = 1;

  isDue(step: number): boolean {
    if (step < this.#next) return false;
    this.#next = step + Math.max(1, step / 10);
    return true;
  }
}

/**
 * Makes the checkpoint of a step as small as the run has made its own, where the settings say that it may be. What the run
 * lacks beyond that is a difference.
 */
function thinAsIn(run: string, { directory, config }: TrainRequest, step: number, last: number): void {
  const form = keptForm(config);
  if (form === "full" || staysFull(config, step) || step === last) return;
  const own = join(run, checkpointFolder(step));
  const isThin = form === "bf16" ? isFolder(own) && isRounded(own) : !isFolder(own);
  if (isThin) thinCheckpoint(directory, step, form);
}

/** Removes what was compared: checkpoints of whole models would fill the disk. */
function forgetStep(directory: string, step: number): void {
  for (const part of [checkpointFolder(step), stateFolder(step), stepDirectionsFile(step)]) {
    rmSync(join(directory, part), { recursive: true, force: true });
  }
}

/** Lists what a run was trained on, and resumed on, that is not the same now. */
function originDifferences(manifest: RunManifest, model: Model): OriginDifference[] {
  const now = originOf(model.engine);
  const since = (record: TrainingOrigin, afterStep: number, more: object = {}, moreNow: object = {}) =>
    configDiff([
      jsonObjectOf({ ...trainingOrigin(record), ...more }),
      jsonObjectOf({ ...now, ...moreNow }),
    ]).differences.flatMap(({ setting, values: [run, current = null] }): OriginDifference[] =>
      // A run of an earlier version does not say it.
      run === undefined ? [] : [{ setting, run, now: current, afterStep }],
    );
  const { settingsSha256 } = manifest.baseModel;
  const settings = settingsSha256 === undefined ? {} : { baseModel: { settingsSha256 } };
  const settingsNow = { baseModel: { settingsSha256: sha256OfModelSettings(model.folder) } };
  return [
    ...since(manifest, 0, settings, settingsNow),
    ...(manifest.resumedOn ?? []).flatMap((record) => since(record, record.step)),
  ];
}
