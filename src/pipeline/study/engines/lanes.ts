import { setTimeout as sleep } from "node:timers/promises";
import type { StudyEvents } from "../studyWork.js";
import { backOff, type StudyOutcome } from "./studyEngine.js";
import type { StudyTaskOutcome } from "./studyTask.js";

/** What does one task at a time. */
export interface StudyLane<Task> {
  /** @throws LaneDeath where it died at the task; it can be given another */
  do(task: Task, events: StudyEvents): Promise<StudyTaskOutcome>;
}

/** End of a lane's process in the middle of a task. */
export class LaneDeath extends Error {}

/** Times that a task is given to a process, where each dies of it. */
const mostDeaths = 3;

/**
 * Does tasks on several lanes, each taking the next when it is free. A task whose lane dies goes to another one, three
 * times at most; one whose run another process writes waits, and does not hold up the others.
 */
export async function runOverLanes<Task extends { readonly run: string }>(
  tasks: readonly Task[],
  lanes: readonly StudyLane<Task>[],
  events: StudyEvents,
): Promise<StudyOutcome> {
  interface Waiting {
    readonly task: Task;
    readonly deaths: number;
    readonly refusals: number;
    /** Moment before which it is not tried. */
    readonly from: number;
  }
  const waiting: Waiting[] = tasks.map((task) => ({ task, deaths: 0, refusals: 0, from: 0 }));
  const faults: string[] = [];
  let underWay = 0;
  const isAborted = (): boolean => events.signal?.aborted === true;
  const fail = (message: string): void => {
    faults.push(message);
    events.onNote?.(`failed: ${message}`);
  };
  const settle = (each: Waiting, outcome: StudyTaskOutcome): void => {
    if (outcome.status === "failed") fail(outcome.message);
    if (outcome.status === "done" || outcome.status === "failed") events.onRunEnd?.(each.task.run);
    if (outcome.status !== "busy") return;
    if (each.refusals === 0) events.onNote?.(`${each.task.run} waits: ${outcome.message}`);
    const from = performance.now() + backOff(each.refusals);
    waiting.push({ ...each, refusals: each.refusals + 1, from });
  };
  const work = async (lane: StudyLane<Task>): Promise<void> => {
    for (;;) {
      if (isAborted() || (waiting.length === 0 && underWay === 0)) return;
      const index = waiting.findIndex(({ from }) => from <= performance.now());
      const [each] = index < 0 ? [] : waiting.splice(index, 1);
      if (each === undefined) {
        await sleep(50);
        continue;
      }
      underWay++;
      try {
        settle(each, await lane.do(each.task, events));
      } catch (error) {
        if (!(error instanceof LaneDeath)) throw error;
        if (isAborted()) continue;
        if (each.deaths + 1 >= mostDeaths) fail(`${each.task.run}: ${error.message}, ${mostDeaths} times`);
        else {
          events.onNote?.(`${each.task.run}: ${error.message}; it is done again`);
          waiting.push({ ...each, deaths: each.deaths + 1 });
        }
      } finally {
        underWay--;
      }
    }
  };
  await Promise.all(lanes.map(work));
  return { status: isAborted() ? "interrupted" : "finished", faults };
}
