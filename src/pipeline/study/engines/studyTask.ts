import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join, resolve } from "node:path";
import { z } from "zod";
import { isTurncoatError, TurncoatError } from "../../../errors.js";
import { HeldElsewhereError } from "../../../runs/writeLock.js";
import { createEngine } from "../../../tensor/engine.js";
import { executionProviders } from "../../../tensor/onnx/executionProviders.js";
import { systemFault } from "../../../tensor/systemFaults.js";
import { studyRuns, type StudyRun } from "../studyCells.js";
import { dropStudyFault, keepStudyFault } from "../studyFaults.js";
import { readStudy, type Study } from "../studyFile.js";
import { StudyWork, type StudyEvents } from "../studyWork.js";
import { uploadRun } from "./uploadRun.js";

/** Schema of a task: what a queue, a file or another process may hold of it. */
export const studyTaskSchema = z.strictObject({
  /** Absolute path of the study's file. */
  study: z.string().min(1),
  /** Name of the run. */
  run: z.string().min(1),
  /** Absolute path of the folder of models, questions and probes that are not beside the study. */
  files: z.string().optional(),
  /** Threads inside one operation. @default those of the process that does it */
  threads: z.int().positive().optional(),
  provider: z.enum(executionProviders).optional(),
  /** Shell command that takes a finished run elsewhere: see `uploadRun`. */
  upload: z.string().optional(),
});

/** One run of a study that is to be made, with what is measured after it: the unit of work of every engine. */
export type StudyTask = Readonly<z.infer<typeof studyTaskSchema>>;

/** How a task ended. What is `busy` is being written by another process, and can be tried again later. */
export type StudyTaskOutcome =
  | { readonly status: "done" | "interrupted" }
  | { readonly status: "busy" | "failed"; readonly message: string; readonly hint: string | null };

/** Lists the tasks of a study, in the order in which they are best done. */
export function studyTasks(
  study: Study,
  only: readonly string[],
  options: Pick<StudyTask, "files" | "threads" | "provider" | "upload"> = {},
): StudyTask[] {
  const { files, ...rest } = options;
  return studyRuns(study, only).map(({ name }) => ({
    ...{ study: resolve(study.source), run: name },
    ...(files === undefined ? {} : { files: resolve(files) }),
    ...rest,
  }));
}

/** Name of this process in faults and logs. */
export function workerName(): string {
  return `${hostname()}/${process.pid}`;
}

/** A study that is open. */
interface OpenStudy {
  /** File and options, with the hash of the file's content. */
  readonly key: string;
  readonly runs: readonly StudyRun[];
  readonly work: StudyWork;
}

/** Does tasks one after another, and keeps open between them what they share. */
export class StudyTasks {
  readonly #worker: string;
  readonly #threads: number | undefined;
  #open: OpenStudy | null = null;

  /**
   * @param options.worker name in faults. @default host and process
   * @param options.threads for tasks that say none. @default one for each core
   */
  constructor({ worker = workerName(), threads }: { worker?: string; threads?: number } = {}) {
    this.#worker = worker;
    this.#threads = threads;
  }

  /**
   * Does what is missing of a run. Why it could not be done is the outcome, and kept beside the runs.
   * @throws what is a defect of the program
   */
  async do(task: StudyTask, events: StudyEvents = {}): Promise<StudyTaskOutcome> {
    try {
      const { runs, work } = await this.#opened(task);
      const run = runs.find(({ name }) => name === task.run);
      if (run === undefined) {
        throw new TurncoatError(`${task.study}: expected a run ${task.run}, found none`, {
          hint: "The file has changed since: run the study again.",
        });
      }
      return await attemptRun(work, run, { ...events, upload: task.upload, worker: this.#worker });
    } catch (error) {
      return { status: "failed", ...wordsOf(error) };
    }
  }

  /** Opens the study of a task, anew where its file has changed. */
  async #opened(task: StudyTask): Promise<OpenStudy> {
    const { study: path, files, threads = this.#threads, provider } = task;
    const content = existsSync(path) ? readFileSync(path) : "";
    const hash = createHash("sha256").update(content).digest("hex");
    const key = JSON.stringify([path, hash, files, threads, provider]);
    if (this.#open?.key === key) return this.#open;
    const study = readStudy(path);
    const engine = await createEngine({
      ...(threads === undefined ? {} : { threads }),
      ...(provider === undefined ? {} : { executionProvider: provider }),
    });
    const work = new StudyWork({ study, engine, ...(files === undefined ? {} : { files }) });
    this.#open = { key, runs: studyRuns(study), work };
    return this.#open;
  }
}

/**
 * Makes a run, takes it elsewhere where that is asked for, and keeps its fault beside the runs, or drops the one that was.
 * @throws what is a defect of the program
 */
export async function attemptRun(
  work: StudyWork,
  run: StudyRun,
  {
    upload,
    worker,
    ...events
  }: StudyEvents & { readonly upload?: string | undefined; readonly worker: string },
): Promise<StudyTaskOutcome> {
  const runsRoot = join(run.directory, "..");
  try {
    if ((await work.of(run, events)) === "interrupted") return { status: "interrupted" };
    if (upload !== undefined) await uploadRun(run.directory, upload);
    dropStudyFault(runsRoot, run.name);
    return { status: "done" };
  } catch (error) {
    const words = wordsOf(error);
    if (error instanceof HeldElsewhereError) return { status: "busy", ...words };
    keepStudyFault(runsRoot, { run: run.name, ...words, worker, time: new Date().toISOString() });
    return { status: "failed", ...words };
  }
}

function wordsOf(error: unknown): { message: string; hint: string | null } {
  const known = isTurncoatError(error) ? error : systemFault(error);
  if (known === null) throw error;
  return { message: known.message, hint: known.hint ?? null };
}
