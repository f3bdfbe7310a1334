import type { StudyEvents } from "../studyWork.js";
import type { StudyTask } from "./studyTask.js";

/** How the work on the tasks of a study ended. */
export interface StudyOutcome {
  /** `submitted` where others do the work and nobody waits. */
  readonly status: "finished" | "interrupted" | "submitted";
  /** One line for each run that could not be made. */
  readonly faults: readonly string[];
}

/**
 * Place where the runs of a study are made. Whatever an engine knows beside the run directories may be lost: a task does only
 * what is missing, so that doing one again costs a look.
 */
export interface StudyEngine {
  /**
   * Does tasks, and tries those again whose run another process is writing, or whose own process has died.
   * @throws TurncoatError where the engine itself is not there
   */
  run(tasks: readonly StudyTask[], events: StudyEvents): Promise<StudyOutcome>;
}

/** Milliseconds before a try: twice as long each time, from a second to half a minute. */
export function backOff(tries: number, first = 1000): number {
  return Math.min(30_000, first * 2 ** Math.min(tries, 10));
}
