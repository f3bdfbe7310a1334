import { availableParallelism } from "node:os";
import { studyRuns } from "../studyCells.js";
import { readStudy } from "../studyFile.js";
import { runOverLanes } from "./lanes.js";
import type { StudyEngine } from "./studyEngine.js";
import { StudyProcess } from "./studyProcess.js";
import type { StudyTask } from "./studyTask.js";
import { togetherGroups } from "./togetherGroups.js";

/** Options of the engine of this machine. */
export interface HereOptions {
  /** Number of processes. @default one for each core */
  readonly workers?: number;
  /**
   * True to train runs that differ in seeds alone together. It is quicker, and rounds sums otherwise than one run alone does, so that
   * the bytes are not those of other engines. @default false
   */
  readonly isTogether?: boolean;
}

/** Engine that makes runs on this machine, in several processes at once, with the cores shared among them. */
export function hereEngine({
  workers = availableParallelism(),
  isTogether = false,
}: HereOptions): StudyEngine {
  return {
    async run(tasks, events) {
      const count = Math.max(1, Math.min(workers, tasks.length));
      const threads = Math.max(1, Math.floor(availableParallelism() / count));
      const lanes = Array.from({ length: count }, () => new StudyProcess({ threads }));
      try {
        const first = togetherTasks(tasks, { lanes: count, isAsked: isTogether });
        await runOverLanes(first, lanes, { ...events, onRunEnd: () => undefined });
        return await runOverLanes(tasks, lanes, events);
      } finally {
        for (const lane of lanes) lane.close();
      }
    },
  };
}

/** The trainings of several runs at once that come before what else is to be done of them. */
function togetherTasks(
  tasks: readonly StudyTask[],
  options: { readonly lanes: number; readonly isAsked: boolean },
): StudyTask[] {
  const [first] = tasks;
  if (first === undefined) return [];
  const wanted = new Set(tasks.map(({ run }) => run));
  const runs = studyRuns(readStudy(first.study)).filter(({ name }) => wanted.has(name));
  return togetherGroups(runs, options).map((group) => {
    const [run = "", ...beside] = group.map(({ name }) => name);
    return { ...first, run, beside };
  });
}
