import { setTimeout as sleep } from "node:timers/promises";
import type { Job, JobType, Queue } from "bullmq";
import { z } from "zod";
import type { StudyEvents, StudyProgress } from "../studyWork.js";
import { ConnectionNotes, connectionTo, jobIdOf, loadQueues, queueName } from "./redisQueue.js";
import type { StudyEngine, StudyOutcome } from "./studyEngine.js";
import type { StudyTask } from "./studyTask.js";

/** Options of the queue. */
export interface RedisEngineOptions {
  readonly url: string;
  /** Milliseconds between two looks at the queue. @default 1000 */
  readonly look?: number;
  /** Tries of a task that fails. @default 3 */
  readonly attempts?: number;
  /** Milliseconds before the second try; each later one waits twice as long. @default 1000 */
  readonly firstWait?: number;
}

const progressSchema = z.object({
  stage: z.enum(["training", "likelihood", "prompts", "answers"]),
  run: z.string(),
  done: z.number(),
  total: z.number(),
}) satisfies z.ZodType<StudyProgress>;

/** States of a job that is not over. */
const open = ["active", "waiting", "delayed", "prioritized"] as const satisfies JobType[];

/**
 * Engine that puts tasks into a queue on Redis, from which workers on any machine that sees the same files take them. The
 * queue is only a way to share work out: what it has lost, by a restart without its data, is put into it again, and the
 * workers find in the run directories how far it is.
 */
export function redisEngine(options: RedisEngineOptions): StudyEngine {
  const { url, look = 1000, attempts = 3, firstWait = 1000 } = options;
  return {
    async run(tasks, events) {
      const { Queue } = await loadQueues();
      const notes = new ConnectionNotes({ url, onNote: events.onNote });
      const queue = new Queue<StudyTask>(queueName, {
        connection: connectionTo({ url }),
        defaultJobOptions: { attempts, backoff: { type: "exponential", delay: firstWait } },
      });
      queue.on("error", notes.lost);
      const aborted = new Promise<"aborted">((settle) => {
        if (events.signal?.aborted === true) settle("aborted");
        events.signal?.addEventListener("abort", () => settle("aborted"), { once: true });
      });
      const following = new FollowedTasks(queue, tasks, events);
      try {
        // Redis may be away for long: nobody who wants to end waits for it.
        const first = await Promise.race([following.begin(), aborted]);
        if (first === "aborted") return { status: "interrupted", faults: [] };
        for (;;) {
          const left = await Promise.race([following.look(), aborted]);
          if (left === "aborted") {
            await Promise.race([following.withdraw(), sleep(2000)]);
            return { status: "interrupted", faults: following.faults };
          }
          notes.found();
          if (left === 0) return { status: "finished", faults: following.faults };
          await Promise.race([sleep(look), aborted]);
        }
      } finally {
        await Promise.race([queue.close(), sleep(1000)]);
        await queue.disconnect().catch(() => undefined);
      }
    },
  };
}

/** Tasks of one study in the queue, until all of them are over. */
class FollowedTasks {
  readonly #queue: Queue<StudyTask>;
  readonly #left: Map<string, StudyTask>;
  readonly #events: StudyEvents;
  readonly #faults: string[] = [];

  constructor(queue: Queue<StudyTask>, tasks: readonly StudyTask[], events: StudyEvents) {
    this.#queue = queue;
    this.#left = new Map(tasks.map((task) => [jobIdOf(task), task]));
    this.#events = events;
  }

  get faults(): StudyOutcome["faults"] {
    return this.#faults;
  }

  /** Forgets what came out of these tasks for somebody who asked before: whether they are done is told by the run directories. */
  async begin(): Promise<void> {
    for (const job of await this.#own("completed", "failed")) await job.remove();
  }

  /** Takes in what is over, and puts into the queue what is not in it. @returns the number of tasks that are left */
  async look(): Promise<number> {
    const known = new Set<string>();
    for (const job of await this.#own(...open)) {
      known.add(job.id ?? "");
      const progress = progressSchema.safeParse(job.progress);
      if (progress.success) this.#events.onProgress?.(progress.data);
    }
    // Read after the others: a job that ends meanwhile is in one of the two lists.
    for (const job of await this.#own("completed")) await this.#takeIn(job, null);
    for (const job of await this.#own("failed")) await this.#takeIn(job, job.failedReason);
    const missing = [...this.#left].filter(([id]) => !known.has(id));
    if (missing.length > 0) {
      // One that is there after all, since it moved between two lists, is left as it is.
      await this.#queue.addBulk(missing.map(([jobId, data]) => ({ name: data.run, data, opts: { jobId } })));
    }
    return this.#left.size;
  }

  /** Takes back what no worker has begun. */
  async withdraw(): Promise<void> {
    for (const job of await this.#own("waiting", "delayed")) await job.remove().catch(() => undefined);
  }

  async #takeIn(job: Job<StudyTask>, fault: string | null): Promise<void> {
    this.#left.delete(job.id ?? "");
    if (fault !== null) {
      this.#faults.push(fault);
      this.#events.onNote?.(`failed: ${fault}`);
    }
    this.#events.onRunEnd?.(job.data.run);
    await job.remove();
  }

  async #own(...states: JobType[]): Promise<Job<StudyTask>[]> {
    // One that another process removes meanwhile is listed without anything.
    const jobs: readonly (Job<StudyTask> | undefined)[] = await this.#queue.getJobs(states);
    return jobs.flatMap((job) => (job !== undefined && this.#left.has(job.id ?? "") ? [job] : []));
  }
}
