import { availableParallelism } from "node:os";
import { runOverLanes } from "./lanes.js";
import type { StudyEngine } from "./studyEngine.js";
import { StudyProcess } from "./studyProcess.js";

/**
 * Engine that makes runs on this machine, in several processes at once, with the cores shared among them. Each run is made
 * by itself: replicas that go through the model together would round sums otherwise than one alone, and the same file
 * would not give the same bytes.
 * @param options.workers number of processes. @default one for each core
 */
export function hereEngine({ workers = availableParallelism() }: { readonly workers?: number }): StudyEngine {
  return {
    async run(tasks, events) {
      const count = Math.max(1, Math.min(workers, tasks.length));
      const threads = Math.max(1, Math.floor(availableParallelism() / count));
      const lanes = Array.from({ length: count }, () => new StudyProcess({ threads }));
      try {
        return await runOverLanes(tasks, lanes, events);
      } finally {
        for (const lane of lanes) lane.close();
      }
    },
  };
}
