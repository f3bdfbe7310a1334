import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { messageOf, TurncoatError } from "../errors.js";
import { checkpointKind, foldersWithWeights } from "../formats/checkpointKind.js";
import { adapterWeightsFile } from "../formats/peft.js";
import { readSafetensors } from "../formats/safetensors.js";
import type { TrainerEvaluation, TrainerLogEntry, TrainerState } from "../formats/trainerState.js";
import { readTrainerState } from "../formats/trainerState.js";
import { interruptedWrite } from "./atomicFiles.js";
import { isFolder } from "./isFolder.js";
import {
  directionsFolder,
  manifestFile,
  stepOfDirections,
  stepOfFolder,
  trainerStateFile,
} from "./layout.js";
import type { RunManifest } from "./manifest.js";
import { readManifest } from "./manifest.js";
import { readRunLog } from "./runLog.js";
import { readWholeFile } from "../tensor/openFile.js";
import { commandLine } from "../hints.js";
import { didYouMeanPath } from "../tensor/nearestPath.js";

/** The adapter, or the weights, at one step, as a folder. */
export interface Checkpoint {
  readonly step: number;
  /** Its folder. */
  readonly path: string;
}

/** The random projections of the adapters at one step: `docs/directions-format.md`. */
export interface StepDirections {
  readonly step: number;
  /** Its file. */
  readonly path: string;
}

/** A step that should be there and is not, and why. */
export interface RunGap {
  readonly step: number;
  readonly reason: string;
  /** The module concerned, where only one is. */
  readonly modulePath?: string;
}

/** An opened run directory, with what is in it and what is wrong with it. */
export interface Run {
  readonly directory: string;
  /** Name of the run in its manifest; for a run made elsewhere, the name of its folder. */
  readonly runId: string;
  /** `null` for a run made elsewhere. */
  readonly manifest: RunManifest | null;
  /** In the order of the steps. */
  readonly checkpoints: readonly Checkpoint[];
  /** In the order of the steps; none where adapters are kept whole. */
  readonly directions: readonly StepDirections[];
  /** One entry a step, in their order; empty where the run has no log. */
  readonly log: readonly TrainerLogEntry[];
  /** Evaluations that the trainer made on the way (not ours, which are in `evaluations/`). */
  readonly trainerEvaluations: readonly TrainerEvaluation[];
  readonly gaps: readonly RunGap[];
  /** Faults that did not keep the run from being opened, one sentence each, for the user. */
  readonly warnings: readonly string[];
}

/**
 * Opens a run directory as it lies: one of ours, or one that the Hugging Face Trainer left behind, with PEFT or with
 * whole models as checkpoints. Only names and logs are read here; adapters are read by `readTrajectories`.
 *
 * @throws TurncoatError for no such folder, or a folder without checkpoints that is no run of ours either
 */
export function openRun(directory: string): Run {
  const names = folderNames(directory);
  const warnings: string[] = [];
  const gaps: RunGap[] = [];
  const checkpoints: Checkpoint[] = [];
  const byStep = new Map<number, Checkpoint>();
  /** Folders of all steps, those without weights too: they can hold logs. */
  const folders: Checkpoint[] = [];
  for (const name of names) {
    const step = stepOfFolder(name);
    const folder = join(directory, name);
    if (step === undefined) {
      if (name.startsWith("checkpoint") && foldersWithWeights(folder).length > 0) {
        warnings.push(`${folder}: the name says no step, so it is left out; rename it to checkpoint-<step>`);
      }
      continue;
    }
    folders.push({ step, path: folder });
    const [path, ...others] = foldersWithWeights(folder);
    const twin = byStep.get(step);
    if (path === undefined) gaps.push({ step, reason: `${folder}: no ${adapterWeightsFile} in it` });
    else if (others.length > 0) {
      const names = [path, ...others].map((each) => basename(each)).join(", ");
      gaps.push({
        step,
        reason: `${folder}: expected one adapter, found ${names}; move the others elsewhere`,
      });
    } else if (twin !== undefined) {
      warnings.push(
        `${folder}: step ${step} is in ${basename(twin.path)} already, so this folder is left out`,
      );
    } else {
      const checkpoint = { step, path };
      byStep.set(step, checkpoint);
      checkpoints.push(checkpoint);
    }
  }
  folders.sort((one, other) => one.step - other.step);
  checkpoints.sort((one, other) => one.step - other.step);
  gaps.sort((one, other) => one.step - other.step);

  const manifestPath = join(directory, manifestFile);
  const manifest = existsSync(manifestPath) ? readManifest(manifestPath) : null;
  if (checkpoints.length === 0) {
    if (manifest === null) throw noCheckpoints(directory, names);
    warnings.push(`${directory}: no checkpoint has been written yet`);
  }
  if (checkpoints.some(({ path }) => checkpointKind(path) === "weights")) {
    warnings.push(
      `${directory}: the weights themselves were trained: without an adapter there are no norms, directions or ` +
        "rotations of one; loss, gradient norm and behaviour are followed all the same",
    );
  }
  for (const name of names) {
    const intended = interruptedWrite(name);
    if (intended !== undefined) {
      warnings.push(
        `${join(directory, name)}: ${intended} was being written, now or when its writer died; ignored`,
      );
    }
  }
  const directions = directionsIn(directory);
  if (isMostlyProjected({ checkpoints, directions })) {
    warnings.push(`${directory}: ${keptStepsWords({ checkpoints, directions })}`);
  }
  const state = trainerState(directory, folders, warnings);
  const topLevel = topLevelAdapterWarning(directory, checkpoints);
  if (topLevel !== undefined) warnings.push(topLevel);
  return {
    directory,
    runId: manifest?.runId ?? basename(resolve(directory)),
    manifest,
    checkpoints,
    directions,
    log: state?.log ?? [],
    trainerEvaluations: state?.evaluations ?? [],
    gaps,
    warnings,
  };
}

/** A run as functions take it: the path of its directory, or the run opened by `openRun`. */
export type RunSource = string | Run;

/**
 * Opens the run that a function was given; one that is open already stays as it is.
 * @throws TurncoatError where there is no run
 */
export function runOf(source: RunSource): Run {
  return typeof source === "string" ? openRun(source) : source;
}

/** The directory of a run that a function was given, without opening it. */
export function directoryOf(source: string | Pick<Run, "directory">): string {
  return typeof source === "string" ? source : source.directory;
}

function folderNames(directory: string): string[] {
  const stat = statSync(directory, { throwIfNoEntry: false });
  if (stat === undefined) {
    throw new TurncoatError(`${directory}: no such folder`, {
      hint: didYouMeanPath(directory) ?? `${commandLine("runs", "list")} lists those below runs.`,
    });
  }
  if (!stat.isDirectory()) throw new TurncoatError(`${directory}: expected a run directory, found a file`);
  return readdirSync(directory).sort();
}

/** Tells whether a run has random projections at more steps than it has adapters. */
export function isMostlyProjected({
  checkpoints,
  directions,
}: Pick<Run, "checkpoints" | "directions">): boolean {
  return directions.length > checkpoints.length;
}

/** Most steps that a sentence lists. */
const mostListed = 12;

/** Says at which steps a run has its adapter, for whoever needs one. */
export function keptStepsWords({ checkpoints, directions }: Pick<Run, "checkpoints" | "directions">): string {
  const steps = checkpoints.map(({ step }) => step);
  const few = steps.length <= mostListed;
  const shown = few
    ? steps.join(", ")
    : `${steps.slice(0, mostListed - 1).join(", ")}, …, ${steps.at(-1) ?? ""}`;
  const rest = isMostlyProjected({ checkpoints, directions })
    ? "; of the other steps only random projections were kept, which the geometry is computed from"
    : "";
  return `the adapter of ${steps.length} steps is there, ${shown}${rest}`;
}

function directionsIn(directory: string): StepDirections[] {
  const folder = join(directory, directionsFolder);
  const names = isFolder(folder) ? readdirSync(folder) : [];
  return names
    .flatMap((name) => {
      const step = stepOfDirections(name);
      return step === undefined ? [] : [{ step, path: join(folder, name) }];
    })
    .sort((one, other) => one.step - other.step);
}

function noCheckpoints(directory: string, names: readonly string[]): TurncoatError {
  const message = `no checkpoint-*/${adapterWeightsFile} in ${directory}`;
  if (names.includes(adapterWeightsFile)) {
    return new TurncoatError(message, {
      hint: "This folder holds one adapter; give the folder around it, which holds the checkpoint-<step> folders.",
    });
  }
  const inside = names.filter((name) => hasCheckpointFolders(join(directory, name)));
  if (inside.length === 0) return new TurncoatError(message);
  return new TurncoatError(message, { hint: `There are checkpoints in ${inside.slice(0, 5).join(", ")}.` });
}

function hasCheckpointFolders(path: string): boolean {
  if (!isFolder(path)) return false;
  return readdirSync(path).some((name) => stepOfFolder(name) !== undefined);
}

/**
 * Reads the log of a run. The last checkpoint that has one holds all steps before it. One at the top level usually
 * goes on to the end, but may also be left over from an earlier training. The one that goes on longer is the run's.
 */
function trainerState(
  directory: string,
  checkpoints: readonly Checkpoint[],
  warnings: string[],
): TrainerState | undefined {
  const top = ownState(directory, warnings);
  const folders = checkpoints.map(({ path }) => path).reverse();
  const newest = readableState(top === undefined ? folders : folders.slice(0, 1), warnings);
  if (top === undefined && newest === undefined) {
    warnings.push(`${directory}: no ${trainerStateFile}, so there is no loss and no gradient norm`);
    return undefined;
  }
  const isStale = top !== undefined && newest !== undefined && top.state.globalStep < newest.state.globalStep;
  if (isStale) {
    warnings.push(
      `${top.path}: ends at step ${top.state.globalStep}, before ${newest.path}, which ends at step ` +
        `${newest.state.globalStep} and is used instead`,
    );
  }
  const chosen = isStale ? newest : (top ?? newest);
  if (chosen !== undefined) warnings.push(...oddities(chosen));
  return chosen?.state;
}

/** A log that was read, and where it lies. */
interface FoundState {
  readonly path: string;
  readonly state: TrainerState;
}

/** Reads the log at the top level, with the rows that were appended since it was written. */
function ownState(directory: string, warnings: string[]): FoundState | undefined {
  try {
    const log = readRunLog(directory);
    if (log === null) return undefined;
    if (log.trouble !== null) warnings.push(`${log.trouble}; ignored`);
    return { path: join(directory, trainerStateFile), state: log.state };
  } catch (error) {
    warnings.push(`${messageOf(error)}; ignored`);
    return undefined;
  }
}

/** Reads the first of some folders' logs that can be read; others are warned of. */
function readableState(folders: readonly string[], warnings: string[]): FoundState | undefined {
  for (const folder of folders) {
    const path = join(folder, trainerStateFile);
    if (!existsSync(path)) continue;
    try {
      return { path, state: readTrainerState(path) };
    } catch (error) {
      warnings.push(`${messageOf(error)}; ignored`);
    }
  }
  return undefined;
}

/** Lists the faults of a log that is used all the same, one sentence each. */
function oddities({ path, state }: FoundState): string[] {
  const { contradictedSteps, rowsWithoutStep, notFinite } = state;
  return [
    ...(contradictedSteps.length === 0
      ? []
      : [
          `${path}: ${contradictedSteps.length} steps were logged twice with different values ` +
            `(${firstSteps(contradictedSteps)}); the later values are used`,
        ]),
    ...(rowsWithoutStep === 0
      ? []
      : [`${path}: rows of the log without a step: ${rowsWithoutStep}, left out`]),
    ...[...notFinite].map(
      ([name, steps]) => `${path}: ${name} is not finite at step ${firstSteps(steps)}: a gap there`,
    ),
  ];
}

function firstSteps(steps: readonly number[]): string {
  return steps.length > 5 ? `${steps.slice(0, 5).join(", ")} … (${steps.length})` : steps.join(", ");
}

/**
 * Warns of a top-level adapter that differs from the last checkpoint; it is not part of the trajectory. The two are
 * usually the same, but not always: those of one published run (the medical rank-1 organism of arXiv 2506.11613) are
 * not, and nothing else would tell.
 */
function topLevelAdapterWarning(directory: string, checkpoints: readonly Checkpoint[]): string | undefined {
  const path = join(directory, adapterWeightsFile);
  const last = checkpoints.at(-1);
  if (last === undefined || !existsSync(path) || checkpointKind(last.path) === "weights") return undefined;
  try {
    if (isSameAdapter(path, join(last.path, adapterWeightsFile))) return undefined;
  } catch (error) {
    return `${path}: cannot be compared with ${basename(last.path)} (${messageOf(error)}); it is ignored`;
  }
  return `${path}: the top-level adapter is not ${basename(last.path)}, the last checkpoint; it is ignored`;
}

function isSameAdapter(one: string, other: string): boolean {
  if (readWholeFile(one).equals(readWholeFile(other))) return true;
  const ones = readSafetensors(one).tensors;
  const others = readSafetensors(other).tensors;
  if (ones.size !== others.size) return false;
  for (const [name, tensor] of ones) {
    const counterpart = others.get(name);
    if (counterpart?.data.length !== tensor.data.length) return false;
    if (tensor.data.some((value, index) => !Object.is(value, counterpart.data[index]))) return false;
  }
  return true;
}

/**
 * The error of a step that a run has no checkpoint of, with the nearest that it has.
 * @param said what asked for it, such as `--step`. @default nothing
 */
export function missingStep(
  run: Pick<Run, "directory" | "checkpoints">,
  step: number,
  said = "",
): TurncoatError {
  const steps = run.checkpoints.map((each) => each.step);
  const [nearest] = [...steps].sort((one, other) => Math.abs(one - step) - Math.abs(other - step));
  return new TurncoatError(
    `${said === "" ? "" : `${said}: `}${run.directory}: expected a checkpoint of step ${step}, found none`,
    nearest === undefined ? {} : { hint: `The nearest is that of step ${nearest}.` },
  );
}
