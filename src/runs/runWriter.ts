import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { TurncoatError, withHint } from "../errors.js";
import { writing } from "../tensor/systemFaults.js";
import type { LoraAdapter } from "../formats/peft.js";
import { encodeAdapter } from "../formats/peft.js";
import type { TrainerEvaluation, TrainerLogEntry } from "../formats/trainerState.js";
import { evaluationRow, logRow } from "../formats/trainerState.js";
import { encodeDirections, type DirectionsFile } from "../formats/directions/directionsFile.js";
import {
  fillFolderWhole,
  isHalfFile,
  recoverFolders,
  writeFileWhole,
  writeFolderWhole,
  type FileContent,
} from "./atomicFiles.js";
import { wayOn } from "./continuation.js";
import {
  checkpointFolder,
  directionsFolder,
  manifestFile,
  resumeBeforeFolder,
  resumeFolder,
  stateFolder,
  statesFolder,
  stepDirectionsFile,
  stepOfDirections,
  stepOfFolder,
  trainerStateFile,
  transitionLogFile,
} from "./layout.js";
import type { RunManifest, TrainingOrigin } from "./manifest.js";
import { encodeManifest, readManifest, trainingOrigin } from "./manifest.js";
import { readRunLog, RunLogWriter } from "./runLog.js";
import { thinCheckpoint } from "./thinCheckpoint.js";

/** Options for writing a run. */
export interface RunWriterOptions {
  /** Optimiser steps planned, for `trainer_state.json`. @default null (not said) */
  readonly maxSteps?: number | null;
}

/** Options for continuing a run. */
export interface ReopenRunOptions extends RunWriterOptions {
  /** What the training goes on with; recorded where it is not what it ran on before. @default not said */
  readonly origin?: TrainingOrigin;
}

/** Options for writing a new run. */
export interface CreateRunOptions extends RunWriterOptions {
  /** Replaces the run that is there; everything in its directory is deleted. @default false */
  readonly overwrite?: boolean;
}

/** Writer of one run directory. A kill at any moment leaves whole files and folders for readers. */
export class RunWriter {
  readonly directory: string;
  #manifest: RunManifest;
  readonly #log: RunLogWriter;
  /** Number of the run's folder in its file system: another one of the same name is not the run. */
  readonly #folder: number | undefined;
  #lastStep = -1;

  private constructor(directory: string, manifest: RunManifest, options: RunWriterOptions) {
    this.directory = directory;
    this.#manifest = manifest;
    this.#log = new RunLogWriter(directory, options.maxSteps ?? null);
    this.#folder = statSync(directory, { throwIfNoEntry: false })?.ino;
  }

  /**
   * Starts a new run in an empty or missing directory.
   *
   * @throws TurncoatError if something is there already and `overwrite` is not set, or is no run of ours
   */
  static create(directory: string, manifest: RunManifest, options: CreateRunOptions = {}): RunWriter {
    clearDirectory(directory, options.overwrite ?? false);
    const writer = new RunWriter(directory, manifest, options);
    writer.#writeManifest();
    return writer;
  }

  /**
   * Continues a run after `step`: log entries and checkpoints of later steps are dropped, because they will
   * be written again.
   *
   * @throws TurncoatError if there is no run of ours in the directory
   */
  static reopen(directory: string, step: number, options: ReopenRunOptions = {}): RunWriter {
    const manifestPath = join(directory, manifestFile);
    if (!existsSync(manifestPath))
      throw new TurncoatError(`${directory}: no ${manifestFile}, so no run to continue`);
    const manifest = resumedManifest(readManifest(manifestPath), step, options.origin);
    // Read before anything is dropped: a run whose log is damaged stays as it is.
    const state = withHint(
      `To continue without the log of the steps before, move ${trainerStateFile} elsewhere.`,
      () => readRunLog(directory)?.state,
    );
    recoverFolders(directory, ownFiles);
    const states = join(directory, statesFolder);
    if (existsSync(states)) recoverFolders(states);
    for (const folder of existsSync(states) ? [directory, states] : [directory]) {
      for (const name of readdirSync(folder)) {
        if ((stepOfFolder(name) ?? -1) > step) rmSync(join(folder, name), { recursive: true });
      }
    }
    dropDirectionsAfter(join(directory, directionsFolder), step);
    const writer = new RunWriter(directory, manifest, {
      ...options,
      maxSteps: options.maxSteps ?? state?.maxSteps,
    });
    const kept = [...(state?.log ?? []), ...(state?.evaluations ?? [])].filter((entry) => entry.step <= step);
    kept.sort((one, other) => one.step - other.step);
    writer.#log.take(kept.map((entry) => ("values" in entry ? evaluationRow(entry) : logRow(entry))));
    writer.#lastStep = kept.findLast((entry) => !("values" in entry))?.step ?? -1;
    writer.#setStatus("running");
    writer.#log.writeWhole();
    return writer;
  }

  /** The manifest as it is on disk. */
  get manifest(): RunManifest {
    return this.#manifest;
  }

  /** Writes the adapter at a step; an earlier one of the same step is replaced. */
  writeCheckpoint(step: number, adapter: LoraAdapter): void {
    this.writeFiles(step, Object.entries(encodeAdapter(adapter)));
  }

  /** Writes the files of a checkpoint of another kind, by name; an earlier one of the same step is replaced. */
  writeFiles(step: number, files: Iterable<readonly [string, FileContent]>): void {
    this.#checkThere();
    writeFolderWhole(join(this.directory, checkpointFolder(step)), files);
  }

  /** Writes the random projections of the adapter at a step. */
  writeDirections(file: DirectionsFile): void {
    this.#checkThere();
    writeFileWhole(join(this.directory, stepDirectionsFile(file.step)), encodeDirections(file));
  }

  /** Lists the steps whose checkpoints are there, in their order. */
  checkpointSteps(): number[] {
    return readdirSync(this.directory)
      .flatMap((name) => stepOfFolder(name) ?? [])
      .sort((one, other) => one - other);
  }

  /** Leaves of the checkpoint of a step what a form of keeping says: see `thinCheckpoint`. */
  thinCheckpoint(step: number, form: "bf16" | "directions"): void {
    this.#checkThere();
    thinCheckpoint(this.directory, step, form);
  }

  /**
   * Writes the weights at a step; an earlier checkpoint of the same step is replaced.
   *
   * @param fill writes the files into the empty folder that it is given
   */
  async writeWeights(step: number, fill: (folder: string) => Promise<void>): Promise<void> {
    this.#checkThere();
    await fillFolderWhole(join(this.directory, checkpointFolder(step)), fill);
  }

  /**
   * Logs what was measured at one optimiser step.
   *
   * @throws RangeError where the step is not after the one that was logged last
   */
  log(entry: TrainerLogEntry): void {
    if (entry.step <= this.#lastStep) {
      throw new RangeError(`RunWriter.log: step ${entry.step} after step ${this.#lastStep}`);
    }
    this.#checkThere();
    this.#lastStep = entry.step;
    this.#log.add(logRow(entry));
  }

  /** Logs an evaluation that the trainer made on the way, for example of the held-out loss. */
  logEvaluation(entry: TrainerEvaluation): void {
    this.#log.add(evaluationRow(entry));
  }

  /**
   * Replaces the state from which training continues: any files by name (optimiser, random streams, position in the
   * data). There is one copy, replaced as a whole; or two where the one before is kept too.
   */
  writeResume(files: ReadonlyMap<string, FileContent>, { keepsBefore = false } = {}): void {
    const folder = join(this.directory, resumeFolder);
    const before = join(this.directory, resumeBeforeFolder);
    if (keepsBefore && existsSync(folder)) {
      rmSync(before, { recursive: true, force: true });
      renameSync(folder, before);
    }
    writeFolderWhole(folder, files);
  }

  /** Keeps the state of the training at a step, from which another one can go on. */
  writeState(step: number, files: ReadonlyMap<string, FileContent>): void {
    this.#checkThere();
    const folder = join(this.directory, stateFolder(step));
    mkdirSync(dirname(folder), { recursive: true });
    writeFolderWhole(folder, files);
  }

  /**
   * Ends the run: writes the whole log and the final status.
   * @param endedEarly the step at which a rule ended the training, and the rule in words
   */
  finish(status: "finished" | "interrupted", endedEarly?: RunManifest["endedEarly"]): void {
    this.#checkThere();
    this.#log.writeWhole();
    if (endedEarly !== undefined) this.#manifest = { ...this.#manifest, endedEarly };
    this.#setStatus(status);
  }

  /** Refuses to write into a folder that is not the one the run began in: a part of a run would look like one. */
  #checkThere(): void {
    const now = statSync(this.directory, { throwIfNoEntry: false })?.ino;
    if (now === this.#folder) return;
    const what = now === undefined ? "removed" : "replaced by another";
    throw new TurncoatError(`${this.directory}: the run's folder was ${what} while it was written`, {
      hint: "Nothing more of the run is written; train it again where nobody takes it away.",
    });
  }

  #setStatus(status: RunManifest["status"]): void {
    this.#manifest = { ...this.#manifest, status };
    this.#writeManifest();
  }

  #writeManifest(): void {
    writeFileWhole(join(this.directory, manifestFile), encodeManifest(this.#manifest));
  }
}

/** Adds what a training is resumed on to its record, where that is not what it ran on; resumptions of dropped steps go. */
function resumedManifest(
  { resumedOn = [], ...manifest }: RunManifest,
  step: number,
  origin: TrainingOrigin | undefined,
): RunManifest {
  const earlier = resumedOn.filter((each) => each.step < step);
  const before = trainingOrigin(earlier.at(-1) ?? manifest);
  const isSame = origin === undefined || isDeepStrictEqual(before, origin);
  const all = isSame ? earlier : [...earlier, { step: Math.max(step, 0), ...origin }];
  return all.length === 0 ? manifest : { ...manifest, resumedOn: all };
}

/** Files that are written whole while a run is trained. */
const ownFiles = [manifestFile, trainerStateFile, transitionLogFile];

/** Drops the random projections of steps that will be made again, and what a writer that died left half written. */
function dropDirectionsAfter(folder: string, step: number): void {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    const isHalf =
      stepOfDirections(name.replace(/\.\d+$/, "")) !== undefined && stepOfDirections(name) === undefined;
    if (isHalf || (stepOfDirections(name) ?? -1) > step) rmSync(join(folder, name), { force: true });
  }
}

function clearDirectory(directory: string, overwrite: boolean): void {
  const stat = writing(directory, () => statSync(directory, { throwIfNoEntry: false }));
  if (stat === undefined) {
    writing(directory, () => mkdirSync(directory, { recursive: true }));
    return;
  }
  if (!stat.isDirectory())
    throw new TurncoatError(`${directory}: expected a folder to write a run in, found a file`, {
      hint: "Choose another folder.",
    });
  for (const name of readdirSync(directory)) {
    if (isHalfFile(name, ownFiles)) rmSync(join(directory, name), { force: true });
  }
  const names = readdirSync(directory);
  if (names.length === 0) return;
  if (!names.includes(manifestFile)) {
    throw new TurncoatError(`${directory}: expected an empty folder or a run, found other files`, {
      hint: "Choose another folder; this one is not overwritten, because it is not a run of Turncoat.",
    });
  }
  if (!overwrite) {
    throw new TurncoatError(`${directory}: there is a run already`, { hint: wayOn(directory) });
  }
  for (const name of names) {
    const path = join(directory, name);
    writing(path, () => rmSync(path, { recursive: true, force: true }));
  }
}
