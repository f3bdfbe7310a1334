import type { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { redisEngine } from "../../../../src/pipeline/study/engines/redisEngine.js";
import { studyTasks } from "../../../../src/pipeline/study/engines/studyTask.js";
import { runStudy } from "../../../../src/pipeline/study/runStudy.js";
import { readManifest } from "../../../../src/runs/manifest.js";
import { openRun } from "../../../../src/runs/openRun.js";
import { createEngine } from "../../../../src/tensor/engine.js";
import { cuttableWay, hasRedis, startRedis } from "../../../support/study/redisServer.js";
import { collect, startCli } from "../../../support/cli/runCli.js";
import { temporaryFolder } from "../../../support/temporaryFolder.js";
import { runBytes, writeTinyStudy } from "../../../support/study/tinyStudy.js";

/** Seconds without a sign of life after which a task is taken over. */
const lock = 2;
/** Milliseconds that the network is cut: longer than a lock. */
const cut = Number(process.env.TURNCOAT_NETWORK_CUT ?? 3000);

test.skipIf(!hasRedis)(
  "workers make the bytes that one process makes, though one is killed, one comes late, the network is cut and Redis is emptied",
  async () => {
    const [one, other] = [temporaryFolder(), temporaryFolder()].map((folder) =>
      writeTinyStudy(folder, { steps: 6 }),
    );
    if (one === undefined || other === undefined) throw new Error("no studies");
    await runStudy({ study: one, engine: await createEngine({ threads: 1 }) });

    let redis = await startRedis();
    const way = await cuttableWay(redis.port);
    const words: string[] = [];
    const startWorker = (name: string): (() => void) => {
      const child = startCli([
        ...["worker", "--redis", `redis://127.0.0.1:${way.port}`],
        ...["--name", name, "--threads", "1", "--lock", String(lock)],
      ]);
      child.stderr?.on("data", (chunk: Buffer) => words.push(`${name}: ${chunk.toString()}`));
      const kill = (): void => void child.kill("SIGKILL");
      onTestFinished(kill);
      return kill;
    };
    onTestFinished(async () => {
      way.end();
      await redis.end();
    });
    const killFirst = startWorker("first");
    startWorker("second");
    const ended: string[] = [];
    let isBegun = false;
    const tasks = studyTasks(other, []);
    const work = redisEngine({ url: `redis://127.0.0.1:${way.port}`, look: 200, firstWait: 100 }).run(tasks, {
      onProgress: () => (isBegun = true),
      onRunEnd: (run) => ended.push(run),
    });
    await expect.poll(() => isBegun || ended.length > 0).toBe(true);
    await expect.poll(() => words.some((each) => /first: .*begins/.test(each))).toBe(true);
    killFirst();
    startWorker("third");
    way.cut();
    await sleep(cut);
    way.mend();
    await expect.poll(() => ended.length).toBeGreaterThan(0);
    // Redis comes back without anything in it.
    await redis.end();
    redis = await startRedis(redis.port);

    expect(await work).toEqual({ status: "finished", faults: [] });
    expect(new Set(ended)).toEqual(new Set(tasks.map(({ run }) => run)));
    expect(runBytes(other)).toEqual(runBytes(one));
  },
);

test.skipIf(!hasRedis)(
  "a worker that is told to end stops at a checkpoint, and another one makes the same bytes of its task",
  async () => {
    const [one, other] = [temporaryFolder(), temporaryFolder()].map((folder) =>
      writeTinyStudy(folder, { seeds: [0], steps: 40 }),
    );
    if (one === undefined || other === undefined) throw new Error("no studies");
    await runStudy({ study: one, engine: await createEngine({ threads: 1 }) });
    const redis = await startRedis();
    onTestFinished(() => redis.end());
    const url = `redis://127.0.0.1:${redis.port}`;
    const startWorker = (): ChildProcess => {
      const child = startCli(["worker", "--redis", url, "--threads", "1"]);
      onTestFinished(() => void child.kill("SIGKILL"));
      return child;
    };
    const tasks = studyTasks(other, []);
    const first = startWorker();
    const ended = collect(first);
    const directory = join(other.runsRoot, tasks[0]?.run ?? "");
    const work = redisEngine({ url, look: 200, firstWait: 100 }).run(tasks, {});
    await expect.poll(() => existsSync(join(directory, "checkpoint-3"))).toBe(true);
    first.kill("SIGTERM");
    expect((await ended).stderr).toMatch(/: interrupted/);
    const { status } = readManifest(join(directory, "run.json"));
    const steps = openRun(directory).checkpoints.map(({ step }) => step);
    expect([status, steps.length]).toEqual(["interrupted", (steps.at(-1) ?? NaN) + 1]);
    expect(steps.at(-1)).toBeLessThan(40);
    startWorker();
    expect(await work).toEqual({ status: "finished", faults: [] });
    expect(runBytes(other)).toEqual(runBytes(one));
  },
);
