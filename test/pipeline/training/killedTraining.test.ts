import { spawn, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { z } from "zod";
import { parseJson } from "../../../src/formats/json.js";
import { openRun } from "../../../src/runs/openRun.js";
import { Random } from "../../../src/tensor/random.js";
import type { KeptForm } from "../../../src/train/trainConfig.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";
import { tinyModel } from "../../support/tinyModels.js";
import { filesOf, smallDataset } from "../../support/training/tinyTraining.js";
import { killedConfig, trained } from "../../support/training/smallRuns.js";

const program = join(import.meta.dirname, "..", "..", "support", "training", "killedTraining.ts");

/** How a process ended, the first step that it made, and what it said of errors. */
interface Ended {
  readonly end: number | NodeJS.Signals | null;
  readonly first: number | null;
  readonly said: string;
}

/** Starts the training, or goes on with it, and waits for its end. */
async function train(
  words: readonly string[],
  onStep: (child: ChildProcess) => void = () => undefined,
): Promise<Ended> {
  const child = spawn(process.execPath, ["--import", "tsx", program, ...words], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  let first: number | null = null;
  createInterface(child.stdout).on("line", (line) => {
    first ??= Number(line.replace("step ", ""));
    onStep(child);
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ end: signal ?? code, first, said }));
  });
}

/** The manifest without what two runs differ in: when they began, and what they are called. */
function record(run: string): unknown {
  const manifest = parseJson(readFileSync(join(run, "run.json"), "utf8"), z.looseObject({}), "run.json");
  return { ...manifest, createdAt: "", runId: "" };
}

/** Trains undisturbed in this process. */
async function undisturbed(keep: KeptForm): Promise<{ readonly whole: string; readonly data: string }> {
  const dataset = smallDataset(temporaryFolder());
  const whole = await trained(await tinyModel("tiny-qwen2"), dataset, "whole", killedConfig(keep));
  return { whole, data: dataset.path };
}

function expectSame(run: string, whole: string): void {
  const [found, expected] = [filesOf(run), filesOf(whole)];
  expect([...expected.keys()].some((path) => path.startsWith("states/checkpoint-18/"))).toBe(true);
  expect([...found.keys()]).toEqual([...expected.keys()]);
  for (const [path, content] of expected) expect(found.get(path), path).toBe(content);
  expect(record(run)).toEqual(record(whole));
  expect(openRun(run).manifest?.status).toBe("finished");
}

test.each([
  ["full", 350],
  ["bf16", 450],
  ["directions", 450],
] as const)(
  "a training that keeps %s, killed before some change of the disk, three times, goes on to the same bytes",
  async (keep, changes) => {
    const { whole, data } = await undisturbed(keep);
    const run = join(temporaryFolder(), basename(whole));
    const random = new Random(1);
    for (let kills = 0; kills < 3; kills++) {
      const { end, said } = await train([run, data, keep, `${1 + random.integer(changes)}`]);
      expect(end, said).toBe("SIGKILL");
    }
    const { end, first } = await train([run, data, keep]);
    expect(end).toBe(0);
    // The kills came at different steps, and what was made before each was not made again.
    expect(first).toBeGreaterThan(5);
    expectSame(run, whole);
  },
);

test("a training killed at any instant soon after a step goes on to the same bytes", async () => {
  const keep = "directions";
  const { whole, data } = await undisturbed(keep);
  const run = join(temporaryFolder(), basename(whole));
  const random = new Random(3);
  for (const last of [3, 1]) {
    const wait = 10 * random.uniform();
    let made = 0;
    const kill = async (child: ChildProcess): Promise<void> => {
      made++;
      if (made !== last) return;
      await delay(wait);
      child.kill("SIGKILL");
    };
    const { end, said } = await train([run, data, keep], (child) => void kill(child));
    // A fast machine may have finished it within those milliseconds.
    expect(["SIGKILL", 0], said).toContain(end);
  }
  expect((await train([run, data, keep])).end).toBe(0);
  expectSame(run, whole);
});
