import type { Job } from "bullmq";
import { validate } from "../../../formats/json.js";
import { backOff } from "./studyEngine.js";
import { ConnectionNotes, connectionTo, loadQueues, queueName } from "./redisQueue.js";
import { StudyProcess } from "./studyProcess.js";
import { studyTaskSchema, workerName, type StudyTask } from "./studyTask.js";

/** Options of a worker. */
export interface RedisWorkerOptions {
  readonly url: string;
  /** Name in faults and logs. @default host and process */
  readonly name?: string;
  /** Folder of models, questions and probes here, in place of the one that a task names. */
  readonly files?: string;
  /** Tasks at once, each in a process of its own. @default 1 */
  readonly workers?: number;
  /** Threads inside one operation, for tasks that say none. @default one for each core, shared among the tasks at once */
  readonly threads: number;
  /** Milliseconds after which a worker that gives no sign of life has lost its task to another. @default 30 000 */
  readonly lockDuration?: number;
  readonly onNote?: (line: string) => void;
  /** Ends the worker: a training stops at a checkpoint, and its task goes back into the queue. */
  readonly signal: AbortSignal;
}

/** Milliseconds between two words of progress to the queue. */
const progressInterval = 1000;

/**
 * Takes tasks from the queue on Redis and does them, until it is told to end. The work is done in processes beside this one,
 * so that signs of life never wait for it.
 */
export async function workFromRedis(options: RedisWorkerOptions): Promise<void> {
  const { url, onNote, signal, threads, workers = 1, lockDuration = 30_000 } = options;
  const name = options.name ?? workerName();
  const { Worker, DelayedError } = await loadQueues();
  const notes = new ConnectionNotes({ url, onNote });
  const lanes = Array.from({ length: workers }, () => new StudyProcess({ worker: name, threads }));

  const putBack = async (job: Job<StudyTask>, token: string | undefined, wait: number): Promise<never> => {
    await job.moveToDelayed(Date.now() + wait, token);
    throw new DelayedError();
  };
  const work = async (job: Job<StudyTask>, token: string | undefined): Promise<void> => {
    const task = validate(job.data, studyTaskSchema, `queue ${queueName}: ${job.id ?? ""}`);
    const lane = lanes.pop() ?? new StudyProcess({ worker: name, threads });
    let told = 0;
    const unheard = (): undefined => undefined;
    try {
      onNote?.(`${task.run}: begins`);
      const outcome = await lane.do(
        { ...task, ...(options.files === undefined ? {} : { files: options.files }) },
        {
          signal,
          onNote: (line) => {
            onNote?.(line);
            job.log(`${name}: ${line}`).catch(unheard);
          },
          onProgress: (progress) => {
            if (performance.now() - told < progressInterval) return;
            told = performance.now();
            job.updateProgress({ ...progress }).catch(unheard);
          },
        },
      );
      onNote?.(`${task.run}: ${outcome.status}${"message" in outcome ? `: ${outcome.message}` : ""}`);
      if (outcome.status === "interrupted") await putBack(job, token, 0);
      if (outcome.status === "busy") await putBack(job, token, backOff(job.attemptsStarted - 1));
      if (outcome.status === "failed") throw new Error(outcome.message);
    } finally {
      lanes.push(lane);
    }
  };
  const worker = new Worker<StudyTask>(queueName, work, {
    ...{ connection: connectionTo({ url }), name, concurrency: workers, lockDuration },
    stalledInterval: lockDuration,
    // A machine that is switched off is no fault of the task: its process would die in `StudyProcess`, which counts.
    maxStalledCount: 1000,
  });
  worker.on("error", notes.lost);
  worker.on("ready", notes.found);
  worker.on("active", notes.found);
  await new Promise<void>((settle) => {
    if (signal.aborted) settle();
    signal.addEventListener("abort", () => settle(), { once: true });
  });
  await endWithin(worker.close(), graceful);
  for (const lane of lanes) lane.close();
}

/** Milliseconds that a worker that is told to end has for its checkpoint. */
const graceful = 120_000;

async function endWithin(work: Promise<void>, milliseconds: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((settle) => (timer = setTimeout(settle, milliseconds)));
  await Promise.race([work, late]);
  clearTimeout(timer);
}
