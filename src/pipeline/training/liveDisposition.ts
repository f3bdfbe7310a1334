import { join } from "node:path";
import { dispositionCurve, type DispositionCurve } from "../../analysis/directions/disposition.js";
import { messageOf } from "../../errors.js";
import type { Model } from "../../model/model.js";
import { checkpointFolder } from "../../runs/layout.js";
import { openRun } from "../../runs/openRun.js";
import { keptForm, type TrainConfig } from "../../train/trainConfig.js";
import { isOrganismBase } from "../catalog/baseModelOf.js";
import { DispositionReader } from "../measurement/dispositionReader.js";
import { promptQuestions } from "../measurement/promptQuestions.js";
import { usualPersonasOf } from "../measurement/usualPersonas.js";
import { readingOf } from "../results/dispositionResult.js";
import { livePrompts } from "./livePrompts.js";

/** Request to read the prompts of a run while it is trained. */
export interface LiveDispositionRequest {
  readonly directory: string;
  readonly model: Model;
  /** Checkpoints at steps divisible by this are read, beside the first and the last. */
  readonly every: number;
  /** What stays of the run's checkpoints. */
  readonly config: TrainConfig;
  /** Called once where prompts can no longer be read. */
  readonly onUnread?: (message: string) => void;
}

/**
 * Growth of the readings, as a share of those in the file, after which that is written again: N readings write a small
 * multiple of what they need, not N² of them.
 */
const growth = 0.1;

/** Resamples of questions behind each curve: nothing is told of a growing run that needs more. */
const resamples = 99;

/**
 * Reading of a run's prompts along the usual personas while it is trained: a few prompts, at every n-th checkpoint, kept with
 * the run after each. It reads files alone, and never ends the training: where it fails it says so and reads no more.
 */
export class LiveDisposition {
  readonly #request: LiveDispositionRequest;
  #reader: DispositionReader | null = null;
  #hasFailed = false;
  /** Number of readings in the file. */
  #written = 0;

  constructor(request: LiveDispositionRequest) {
    this.#request = request;
  }

  /**
   * Reads a checkpoint that has just been written, where it is one of those that are read.
   *
   * @returns the curve so far; null where nothing was read
   */
  async follow(step: number, isLast: boolean): Promise<DispositionCurve | null> {
    if (this.#hasFailed) return null;
    try {
      const isFirst = this.#reader === null;
      const reader = (this.#reader ??= await this.#open());
      const isWanted = isLast || step % this.#request.every === 0;
      if (!isWanted && !isFirst) return null;
      const path = join(this.#request.directory, checkpointFolder(step));
      if (isWanted) await reader.read({ step, path });
      const result = reader.result();
      const isDue = result.steps.length >= (1 + growth) * this.#written;
      // What a kill loses is read again, but not where the checkpoint does not stay as it was.
      if (isLast || isDue || keptForm(this.#request.config) !== "full") {
        reader.write();
        this.#written = result.steps.length;
      }
      return dispositionCurve(readingOf(result), { resamples });
    } catch (error) {
      this.#hasFailed = true;
      this.#request.onUnread?.(messageOf(error));
      return null;
    }
  }

  /** Finds the personas in the first checkpoint, and reads what a run that is continued lacks. */
  async #open(): Promise<DispositionReader> {
    const { directory, model, every } = this.#request;
    const run = openRun(directory);
    const [first, ...others] = run.checkpoints;
    if (first === undefined) throw new RangeError("LiveDisposition: no checkpoint is written");
    const isOrganism = isOrganismBase(run, model.folder);
    const directions = [await usualPersonasOf(run, model, isOrganism)];
    const questions = promptQuestions(run, isOrganism, { limit: livePrompts });
    const reader = await DispositionReader.open({ run: directory, model, directions, questions }, first);
    for (const checkpoint of others) if (checkpoint.step % every === 0) await reader.read(checkpoint);
    return reader;
  }
}
