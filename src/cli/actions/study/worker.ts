import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { workFromRedis } from "../../../pipeline/study/engines/redisWorker.js";
import { interruptible } from "../../interrupt.js";
import { tell } from "../../output/terminal.js";

interface WorkerFlags {
  readonly redis: string;
  readonly files?: string;
  readonly name?: string;
  readonly workers: number;
  readonly threads?: number;
  readonly lock?: number;
}

/** Runs `turncoat worker`. */
export async function workerAction({
  redis,
  files,
  name,
  workers,
  threads,
  lock,
}: WorkerFlags): Promise<void> {
  tell(`waiting for tasks at ${redis.replace(/\/\/[^@/]*@/, "//")}; Ctrl-C ends at a checkpoint`);
  await interruptible((signal) =>
    workFromRedis({
      ...{ url: redis, workers, signal, onNote: tell },
      threads: threads ?? Math.max(1, Math.floor(availableParallelism() / workers)),
      ...(files === undefined ? {} : { files: resolve(files) }),
      ...(name === undefined ? {} : { name }),
      ...(lock === undefined ? {} : { lockDuration: 1000 * lock }),
    }),
  );
}
