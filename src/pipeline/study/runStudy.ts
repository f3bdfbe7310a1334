import type { Engine } from "../../tensor/program.js";
import { runOverLanes, type StudyLane } from "./engines/lanes.js";
import type { StudyOutcome } from "./engines/studyEngine.js";
import { attemptRun, attemptTogether, workerName } from "./engines/studyTask.js";
import { togetherGroups } from "./engines/togetherGroups.js";
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
  /** True to train runs that differ in seeds alone together: see `HereOptions`. @default false */
  readonly isTogether?: boolean;
}

/**
 * Does what is missing of a study, run by run: trains it, measures the likelihood of answers, reads prompts along personas,
 * and has answers sampled and judged. What is finished is passed over, what was interrupted goes on, and a run that fails does
 * not end the others.
 *
 * @returns how it ended, and one line for each run that failed
 */
export async function runStudy(request: StudyRequest): Promise<StudyOutcome> {
  const { study, only, upload, isTogether = false } = request;
  const work = new StudyWork(request);
  writeStudyPlan(study);
  const runs = studyRuns(study, only);
  const groups = togetherGroups(runs, { lanes: 1, isAsked: isTogether });
  const trainingLane: StudyLane<{ readonly run: string; readonly group: readonly StudyRun[] }> = {
    do: ({ group }, events) => attemptTogether(work, group, events),
  };
  const trainings = groups.map((group) => ({ run: group.map(({ name }) => name).join(", "), group }));
  await runOverLanes(trainings, [trainingLane], { ...request, onRunEnd: () => undefined });
  const tasks = runs.map((of) => ({ run: of.name, of }));
  const lane: StudyLane<{ readonly run: string; readonly of: StudyRun }> = {
    do: ({ of }, events) => attemptRun(work, of, { ...events, upload, worker: workerName() }),
  };
  return runOverLanes(tasks, [lane], request);
}
