import { createHash } from "node:crypto";
import type * as BullMq from "bullmq";
import { messageOf, TurncoatError } from "../../../errors.js";
import type { StudyTask } from "./studyTask.js";

/** Name of the queue on Redis; workers do the tasks of every study in it. */
export const queueName = "turncoat-studies";

/** Options of a connection to Redis. */
export interface RedisAddress {
  /** Such as `redis://host:6379`. */
  readonly url: string;
  /** Receives what a person should know, one line each. */
  readonly onNote?: ((line: string) => void) | undefined;
}

/**
 * Loads BullMQ.
 * @throws TurncoatError where it is not installed, or too old
 */
export async function loadQueues(): Promise<Pick<typeof BullMq, "Queue" | "Worker" | "DelayedError">> {
  try {
    await import("ioredis");
    return await import("bullmq");
  } catch (cause) {
    throw new TurncoatError(`bullmq and ioredis do not load: ${messageOf(cause).split("\n")[0] ?? ""}`, {
      hint: 'Install them beside Turncoat with "npm install bullmq ioredis".',
      cause,
    });
  }
}

/** Options of a connection that waits for Redis, however long it is away, and notices when it says nothing. */
export function connectionTo({ url }: RedisAddress) {
  if (!/^rediss?:\/\//.test(url)) {
    throw new TurncoatError(`--redis: expected an address such as redis://localhost:6379, found ${url}`);
  }
  return {
    url,
    maxRetriesPerRequest: null,
    retryStrategy: (times: number): number => Math.min(2000, 100 * times),
    // Longer than a worker waits for a task in one request.
    socketTimeout: 20_000,
  };
}

/** Says once that Redis is away, until it answers again. */
export class ConnectionNotes {
  readonly #address: RedisAddress;
  #isAway = false;

  constructor(address: RedisAddress) {
    this.#address = address;
  }

  readonly lost = (error: Error): void => {
    if (this.#isAway) return;
    this.#isAway = true;
    this.#address.onNote?.(`Redis is away (${messageOf(error)}); waiting for it`);
  };

  readonly found = (): void => {
    if (this.#isAway) this.#address.onNote?.("Redis is there again");
    this.#isAway = false;
  };
}

/** Id of a task's job: the same one is never in the queue twice. */
export function jobIdOf({ study, run }: StudyTask): string {
  return `${run}@${createHash("sha256").update(study).digest("hex").slice(0, 12)}`;
}
