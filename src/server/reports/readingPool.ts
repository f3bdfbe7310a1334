import { readdirSync } from "node:fs";
import { join } from "node:path";
import { LRUCache } from "lru-cache";
import { TurncoatError } from "../../errors.js";
import { ProcessLane } from "../../pipeline/processes/processLane.js";
import { isFolder, statusOf } from "../../runs/isFolder.js";
import { checkpointFolder, notesFile, stepOfFolder } from "../../runs/layout.js";
import { threadFile } from "../../tensor/threadFile.js";
import { BadRequest, Busy } from "../requestErrors.js";
import type { Reading, ReadingAnswer, ReadingName, ReadingTask, ReadRuns } from "./readings.js";
import { runFingerprint, watchedFiles } from "../../pipeline/processes/runFingerprint.js";

/** Options of the processes. */
export interface ReadingPoolOptions {
  /** Folder out of which no link of a run is followed. @default links are followed */
  readonly runsRoot?: string | undefined;
  /** Milliseconds after which a reading is ended. @default 4000 */
  readonly longest?: number;
  /** Milliseconds beyond it that a request waits for its turn. @default 500 */
  readonly patience?: number;
}

/** Work of runs that are read in no time, in bytes. */
const littleWork = 8 * 1024 * 1024;
/** Bytes that could be read in the time that opening a file takes, and looking for a checkpoint. */
const [workOfFile, workOfCheckpoint] = [8192, 1024];
/** Most memory that a reading may take of a process's heap, in MB. */
const [smallHeap, largeHeap] = [96, 192];
/** What of a run's checkpoints a reading looks at: nothing, their names, or one of them too. */
type CheckpointsRead = "none" | "names" | "one";
/** Of the readings that look at no more than their names, and those that look at none. @default one is opened */
const checkpointsRead: Readonly<Partial<Record<ReadingName, CheckpointsRead>>> = {
  config: "names",
  notes: "none",
  addNote: "none",
  removeNote: "none",
  answers: "none",
  along: "none",
  answerFacets: "none",
  answerTable: "none",
  numberedAnswer: "none",
};
/** Readings whose work does not follow from the size of the run: a summary is an analysis, of others little is read. */
const isAlwaysSmall: Readonly<Partial<Record<ReadingName, boolean>>> = {
  summary: false,
  controls: true,
  diff: true,
  part: true,
  paths: false,
};
const program = threadFile(import.meta.url, "readingProcess");

/**
 * Processes that read runs, so that a run of any content holds up nobody: two for small runs, one for large ones. A
 * reading that takes too long, or too much memory, is ended with its process, and not begun again until the run changes.
 */
export class ReadingPool {
  readonly #small = [1, 2].map(
    () => new ProcessLane(program, { isEager: true, isUrgent: true, heap: smallHeap }),
  );
  readonly #large = new ProcessLane(program, { heap: largeHeap });
  readonly #runsRoot: string | undefined;
  readonly #longest: number;
  readonly #patience: number;
  /** Readings that were ended, and of which state of their runs. */
  readonly #ended = new LRUCache<string, { readonly state: string; readonly error: TurncoatError }>({
    max: 500,
  });

  constructor({ runsRoot, longest = 4000, patience = 500 }: ReadingPoolOptions = {}) {
    this.#runsRoot = runsRoot;
    this.#longest = longest;
    this.#patience = patience;
  }

  /**
   * Reads something of runs in a process.
   * @throws TurncoatError where they cannot be read, or only in more time or memory than there is; Busy where others
   *   are read first
   */
  readonly read: ReadRuns = async (name, given, directories) => {
    const key = [name, ...directories].join("\n");
    const state = directories.map(runFingerprint).join("\n");
    const ended = this.#ended.get(key);
    if (ended?.state === state) throw ended.error;
    const isSmall =
      isAlwaysSmall[name] ??
      directories.reduce((sum, each) => sum + workOf(each, checkpointsRead[name] ?? "one"), 0) <= littleWork;
    const task = { name, given, runsRoot: this.#runsRoot };
    const reading = this.#inProcess(isSmall ? this.#freest() : this.#large, task, directories).catch(
      (error: unknown) => {
        // What is of no run in particular has no state that could change.
        if (error instanceof TooMuch && directories.length > 0) this.#ended.set(key, { state, error });
        throw error;
      },
    );
    return withPatience(reading, this.#longest + this.#patience);
  };

  /** Ends the processes, whatever they are doing. */
  close(): void {
    for (const lane of [...this.#small, this.#large]) lane.close();
  }

  /** Of those for small runs the one with least in hand: one that is ended, and starts anew, holds up nobody. */
  #freest(): ProcessLane {
    return this.#small.reduce((one, other) => (other.tasks < one.tasks ? other : one));
  }

  async #inProcess<K extends ReadingName>(
    lane: ProcessLane,
    task: ReadingTask<K>,
    directories: readonly string[],
  ): Promise<Reading<K>> {
    const hint = "The other runs do not need it; turncoat analyze reads it without these limits.";
    const where = directories.join(", ");
    const found = await lane.run("read", task, this.#longest).catch((error: unknown) => {
      if (error instanceof TurncoatError) throw new TooMuch(`${where}: ${error.message}`, { hint });
      throw error;
    });
    if (found === null) {
      const seconds = Math.round(this.#longest / 1000);
      throw new TooMuch(`${where}: reading it takes longer than ${seconds} seconds`, { hint });
    }
    const { answer } = found;
    if (!isAnswerOf(task.name, answer)) throw new TypeError("reading process: expected an answer");
    if ("read" in answer) return answer.read;
    const { message, hint: advice, isBadRequest } = answer.refused;
    const options = advice === undefined ? {} : { hint: advice };
    throw isBadRequest ? new BadRequest(message, options) : new TurncoatError(message, options);
  }
}

/** Error thrown where reading a run takes more time or memory than a request may. */
class TooMuch extends TurncoatError {}

/** Waits for a reading for a while. @throws Busy after that */
async function withPatience<T>(reading: Promise<T>, milliseconds: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Busy("other runs are being read first", { hint: "Ask again in a while." })),
      milliseconds,
    );
  });
  // It goes on for who asks again.
  reading.catch(() => undefined);
  return Promise.race([reading, late]).finally(() => clearTimeout(timer));
}

/** Estimates the work of reading a run, in bytes: its small files, its answers and analyses, and of its checkpoints what is read. */
function workOf(directory: string, read: CheckpointsRead): number {
  const files = [notesFile, ...watchedFiles(directory)].map((name) => join(directory, name));
  const steps =
    read !== "none" && isFolder(directory)
      ? readdirSync(directory).flatMap((name) => stepOfFolder(name) ?? [])
      : [];
  const last = steps.reduce((largest, step) => Math.max(largest, step), -1);
  const checkpoint = join(directory, checkpointFolder(last));
  const weights =
    read === "one" && isFolder(checkpoint)
      ? readdirSync(checkpoint).map((name) => join(checkpoint, name))
      : [];
  const bytes = [...files, ...weights].reduce((sum, path) => sum + (statusOf(path)?.size ?? 0), 0);
  return bytes + workOfFile * files.length + workOfCheckpoint * steps.length;
}

/** Tells the compiler what a process of this build answers. */
function isAnswerOf<K extends ReadingName>(_name: K, value: unknown): value is ReadingAnswer<K> {
  return typeof value === "object" && value !== null && ("read" in value || "refused" in value);
}
