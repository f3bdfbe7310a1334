import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { TurncoatError } from "../errors.js";
import type { LoraAdapter } from "../formats/peft.js";
import { encodeAdapter } from "../formats/peft.js";
import type { TrainerEvaluation, TrainerLogEntry } from "../formats/trainerState.js";
import {
  assembleTrainerState,
  encodeEvaluation,
  encodeLogEntry,
  readTrainerState,
} from "../formats/trainerState.js";
import {
  fillFolderWhole,
  recoverFolders,
  writeFileWhole,
  writeFolderWhole,
  type FileContent,
} from "./atomicFiles.js";
import { checkpointFolder, manifestFile, resumeFolder, stepOfFolder, trainerStateFile } from "./layout.js";
import type { RunManifest } from "./manifest.js";
import { encodeManifest, readManifest } from "./manifest.js";

/** Options for writing a run. */
export interface RunWriterOptions {
  /**
   * Rewrites `trainer_state.json` at every n-th log entry (with the resume state, and at the end). @default 1
   */
  readonly flushEvery?: number;
  /** Optimiser steps planned, for `trainer_state.json`. @default null (not said) */
  readonly maxSteps?: number | null;
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
  readonly #flushEvery: number;
  readonly #maxSteps: number | null;
  /** Entries of the log, encoded once each: the whole file is written again and again. */
  readonly #entries: string[] = [];
  #lastEntry: TrainerLogEntry = { step: -1 };
  #unflushed = 0;

  private constructor(directory: string, manifest: RunManifest, options: RunWriterOptions) {
    this.directory = directory;
    this.#manifest = manifest;
    this.#flushEvery = options.flushEvery ?? 1;
    this.#maxSteps = options.maxSteps ?? null;
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
  static reopen(directory: string, step: number, options: RunWriterOptions = {}): RunWriter {
    const manifestPath = join(directory, manifestFile);
    if (!existsSync(manifestPath))
      throw new TurncoatError(`${directory}: no ${manifestFile}, so no run to continue`);
    const manifest = readManifest(manifestPath);
    recoverFolders(directory);
    for (const name of readdirSync(directory)) {
      if ((stepOfFolder(name) ?? -1) > step) rmSync(join(directory, name), { recursive: true });
    }
    const statePath = join(directory, trainerStateFile);
    const state = existsSync(statePath) ? readTrainerState(statePath) : undefined;
    const writer = new RunWriter(directory, manifest, {
      ...options,
      maxSteps: options.maxSteps ?? state?.maxSteps,
    });
    const kept = [...(state?.log ?? []), ...(state?.evaluations ?? [])].filter((entry) => entry.step <= step);
    kept.sort((one, other) => one.step - other.step);
    for (const entry of kept) {
      if ("values" in entry) writer.#entries.push(encodeEvaluation(entry));
      else writer.#keep(entry);
    }
    writer.#setStatus("running");
    writer.flush();
    return writer;
  }

  /** The manifest as it is on disk. */
  get manifest(): RunManifest {
    return this.#manifest;
  }

  /** Writes the adapter at a step; an earlier one of the same step is replaced. */
  writeCheckpoint(step: number, adapter: LoraAdapter): void {
    writeFolderWhole(join(this.directory, checkpointFolder(step)), Object.entries(encodeAdapter(adapter)));
  }

  /**
   * Writes the weights at a step; an earlier checkpoint of the same step is replaced.
   *
   * @param fill writes the files into the empty folder that it is given
   */
  writeWeights(step: number, fill: (folder: string) => Promise<void>): Promise<void> {
    return fillFolderWhole(join(this.directory, checkpointFolder(step)), fill);
  }

  /**
   * Logs what was measured at one optimiser step.
   *
   * @throws RangeError where the step is not after the one that was logged last
   */
  log(entry: TrainerLogEntry): void {
    if (entry.step <= this.#lastEntry.step) {
      throw new RangeError(`RunWriter.log: step ${entry.step} after step ${this.#lastEntry.step}`);
    }
    this.#keep(entry);
    this.#flushWhenDue();
  }

  /** Logs an evaluation that the trainer made on the way, for example of the held-out loss. */
  logEvaluation(entry: TrainerEvaluation): void {
    this.#entries.push(encodeEvaluation(entry));
    this.#flushWhenDue();
  }

  /** Writes `trainer_state.json` now. */
  flush(): void {
    const { step, epoch } = this.#lastEntry;
    const summary = { globalStep: Math.max(0, step), maxSteps: this.#maxSteps, epoch: epoch ?? null };
    writeFileWhole(join(this.directory, trainerStateFile), assembleTrainerState(summary, this.#entries));
    this.#unflushed = 0;
  }

  /**
   * Replaces the state from which training continues: any files by name (optimiser, random streams, position in the
   * data). There is one copy, replaced as a whole. The log is flushed first, so that it is never behind.
   */
  writeResume(files: ReadonlyMap<string, FileContent>): void {
    if (this.#unflushed > 0) this.flush();
    writeFolderWhole(join(this.directory, resumeFolder), files);
  }

  /** Ends the run: flushes the log and writes the final status. */
  finish(status: "finished" | "interrupted"): void {
    this.flush();
    this.#setStatus(status);
  }

  #keep(entry: TrainerLogEntry): void {
    this.#entries.push(encodeLogEntry(entry));
    this.#lastEntry = entry;
  }

  #flushWhenDue(): void {
    this.#unflushed++;
    if (this.#unflushed >= this.#flushEvery) this.flush();
  }

  #setStatus(status: RunManifest["status"]): void {
    this.#manifest = { ...this.#manifest, status };
    this.#writeManifest();
  }

  #writeManifest(): void {
    writeFileWhole(join(this.directory, manifestFile), encodeManifest(this.#manifest));
  }
}

function clearDirectory(directory: string, overwrite: boolean): void {
  const stat = statSync(directory, { throwIfNoEntry: false });
  if (stat === undefined) {
    mkdirSync(directory, { recursive: true });
    return;
  }
  if (!stat.isDirectory())
    throw new TurncoatError(`${directory}: expected a folder to write a run in, found a file`);
  const names = readdirSync(directory);
  if (names.length === 0) return;
  if (!names.includes(manifestFile)) {
    throw new TurncoatError(`${directory}: expected an empty folder or a run, found other files`, {
      hint: "Choose another folder; this one is not overwritten, because it is not a run of Turncoat.",
    });
  }
  if (!overwrite) {
    throw new TurncoatError(`${directory}: there is a run already`, {
      hint: "Choose another folder, continue the run (--resume), or replace it (--overwrite).",
    });
  }
  for (const name of names) rmSync(join(directory, name), { recursive: true, force: true });
}
