import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { openRun } from "../../../src/runs/openRun.js";
import { callCli } from "../../support/cli/callCli.js";
import { type CliResult } from "../../support/cli/runCli.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";
import { qwen14b } from "../../support/training/qwen14b.js";

const small = ["--steps", "4", "--batch-size", "4"];
const events = ({ stdout }: CliResult) =>
  stdout
    .trim()
    .split("\n")
    .map((line) => z.looseObject({ event: z.string() }).parse(JSON.parse(line)));
const configOf = (run: string) => openRun(run).manifest?.config ?? {};

/** Bytes of the files in a folder, however deep. */
function bytesIn(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

describe("turncoat train", { timeout: 180_000 }, () => {
  test("lays flags over a file over a recipe, and tells programs of every step", async () => {
    const folder = temporaryFolder();
    const file = join(folder, "mine.yaml");
    writeFileSync(
      file,
      "batchSize: 8\nschedule: { peak: 0.5 }\nsteps: 3\nheldOut: { fraction: 0.01, every: 2 }\n",
    );
    const run = join(folder, "run");
    const result = await callCli([
      "train",
      run,
      "--recipe",
      "paper",
      "--config",
      file,
      "--steps",
      "2",
      "--json",
    ]);
    expect([result.code, result.stderr]).toEqual([0, ""]);
    expect(configOf(run)).toMatchObject({
      preset: "paper",
      steps: 2,
      batchSize: 8,
      schedule: { name: "linear", peak: 0.5, warmupSteps: 5, warmup: "hugging-face" },
      heldOut: { fraction: 0.01, every: 2 },
    });
    const told = events(result);
    expect(told.map(({ event }) => event)).toEqual(["data", "step", "step", "end"]);
    expect(told[2]).toMatchObject({ run, step: 2, steps: 2, secondsLeft: 0 });
    expect(told[2]?.heldOutLoss).toBeGreaterThan(0);
    expect(told[3]).toEqual({ event: "end", status: "finished", runs: [run] });
  });

  test("names the setting of a file that it does not know", async () => {
    const file = join(temporaryFolder(), "mine.yaml");
    writeFileSync(file, "rnak: 8\n");
    const { code, stderr } = await callCli(["train", join(temporaryFolder(), "run"), "--config", file]);
    expect(code).toBe(1);
    expect(stderr).toContain(`${file}: rnak: expected a setting of training`);
    expect(stderr).toContain("Did you mean rank?");
  });

  test("trains each seed of a list, and continues all of them", async () => {
    const run = join(temporaryFolder(), "run");
    const words = ["train", run, ...small, "--adapter-seeds", "0-1", "--data-seeds", "5"];
    expect((await callCli(words)).code).toBe(0);
    const runs = [`${run}-adapter0-data5`, `${run}-adapter1-data5`];
    expect(runs.map(configOf)).toMatchObject([{ dataSeed: 5 }, { adapterSeed: 1, dataSeed: 5 }]);
    expect(runs.map((each) => openRun(each).manifest?.trainedTogether?.length)).toEqual([2, 2]);
    const again = await callCli([...words, "--resume"]);
    expect([again.code, again.stderr]).toEqual([0, ""]);
  });

  test("goes on from a state that was kept: without a change it is the parent again", async () => {
    const folder = temporaryFolder();
    const [parent, branch, other] = ["parent", "branch", "other"].map((name) => join(folder, name));
    if (parent === undefined || branch === undefined || other === undefined) throw new Error("no folders");
    expect((await callCli(["train", parent, ...small, "--keep-state", "2"])).code).toBe(0);
    const from = join(parent, "checkpoint-2");
    expect((await callCli(["train", branch, "--from", from])).code).toBe(0);
    const weights = join("checkpoint-4", "adapter_model.safetensors");
    expect(readFileSync(join(branch, weights)).equals(readFileSync(join(parent, weights)))).toBe(true);
    expect((await callCli(["train", other, "--from", from, "--learning-rate", "1"])).code).toBe(0);
    expect(readFileSync(join(other, weights)).equals(readFileSync(join(parent, weights)))).toBe(false);
    const { code, stderr } = await callCli([
      "train",
      join(folder, "none"),
      "--from",
      join(parent, "checkpoint-3"),
    ]);
    expect(code).toBe(1);
    expect(stderr).toContain("parent");
  });

  test("--dry-run says what will be written and leaves nothing", async () => {
    const folder = temporaryFolder();
    const run = join(folder, "run");
    const words = ["train", run, ...small, "--recipe", "paper", "--keep-state", "every"];
    const planned = await callCli([...words, "--dry-run", "--json"]);
    expect(existsSync(run)).toBe(false);
    const plan = z
      .looseObject({
        trainableParameters: z.number(),
        checkpoints: z.array(z.number()),
        bytes: z.object({ total: z.number() }),
        expected: z.object({ trialSteps: z.number(), seconds: z.number() }),
      })
      .parse(JSON.parse(planned.stdout));
    expect(plan).toMatchObject({ trainableParameters: 352, checkpoints: [1, 2, 3, 4] });
    expect(plan.expected.trialSteps).toBe(4);
    expect(plan.expected.seconds).toBeGreaterThan(0);
    expect((await callCli(words)).code).toBe(0);
    // The state to resume from and the record of the run come on top of what grows with the steps.
    const written = bytesIn(run);
    expect(plan.bytes.total / written).toBeGreaterThan(0.5);
    expect(plan.bytes.total / written).toBeLessThan(1.2);
    const text = await callCli([...words, "--dry-run"]);
    expect(text.stdout).toMatch(/trainable +352 parameters/);
    expect(text.stdout).toMatch(/steps +4 of 4 conversations; 500 an epoch/);
  });

  test("keeping random projections of whole weights is refused", async () => {
    const { code, stderr } = await callCli(["train", temporaryFolder(), "--full", "--keep", "directions"]);
    expect([code, stderr]).toEqual([1, "error: training: keep: expected with LoRA only\n"]);
  });

  test("--vector trains as many numbers as the stream is wide, after each layer that is named", async () => {
    const words = ["train", join(temporaryFolder(), "run"), "--vector", "--layers", "2,3", "--alpha", "4"];
    const { code, stdout } = await callCli([
      ...words,
      "--steps",
      "2",
      "--batch-size",
      "2",
      "--dry-run",
      "--json",
    ]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      trainableParameters: 2 * 96,
      config: { method: "vector", layers: [2, 3], alpha: 4, optimizer: { weightDecay: 0 } },
    });
    const strange = await callCli([...words, "--rank", "2"]);
    expect([strange.code, strange.stderr]).toEqual([1, "error: training: rank: expected with LoRA only\n"]);
  });

  test("--dry-run does with the config of a model whose weights are elsewhere", async () => {
    const model = join(temporaryFolder(), "qwen");
    mkdirSync(model);
    writeFileSync(join(model, "config.json"), JSON.stringify(qwen14b));
    const { code, stdout } = await callCli([
      "train",
      "run",
      "--model",
      model,
      "--dry-run",
      "--recipe",
      "all-adapters",
    ]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/trainable +137 625 600 parameters/);
    expect(stdout).toMatch(/expected here +not measured/);
  });
});
