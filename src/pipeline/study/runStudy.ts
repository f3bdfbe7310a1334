import type { Engine } from "../../tensor/program.js";
import { runOverLanes, type StudyLane } from "./engines/lanes.js";
import type { StudyOutcome } from "./engines/studyEngine.js";
import { attemptRun, workerName } from "./engines/studyTask.js";
import { studyRuns, type StudyRun } from "./studyCells.js";
import type { Study } from "./studyFile.js";
import { writeStudyPlan } from "./studyPlan.js";
import { StudyWork, type StudyEvents } from "./studyWork.js";

/** Request to do what is missing of a study, in this process. */
export interface StudyRequest extends StudyEvents {
  readonly study: Study;
  readonly engine: Engine;
  /** Words that the names of the runs must all hold. @default none: every run */
  readonly only?: readonly string[];
  /** Folder of models, questions and probes that are not beside the study. @default none */
  readonly files?: string;
  /** Shell command that takes a finished run elsewhere. @default none */
  readonly upload?: string;
}

/**
 * Does what is missing of a study, run by run: trains it, measures the likelihood of answers, reads prompts along personas,
 * and has answers sampled and judged. What is finished is passed over, what was interrupted goes on, and a run that fails does
 * not end the others.
 *
 * @returns how it ended, and one line for each run that failed
 */
export function runStudy(request: StudyRequest): Promise<StudyOutcome> {
  const { study, only, upload } = request;
  const work = new StudyWork(request);
  writeStudyPlan(study);
  const tasks = studyRuns(study, only).map((of) => ({ run: of.name, of }));
  const lane: StudyLane<{ readonly run: string; readonly of: StudyRun }> = {
    do: ({ of }, events) => attemptRun(work, of, { ...events, upload, worker: workerName() }),
  };
  return runOverLanes(tasks, [lane], request);
}
