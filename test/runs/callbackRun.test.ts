import { cpSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { readJson } from "../../src/formats/json.js";
import { readAdapter } from "../../src/formats/peft.js";
import { analyzeRun } from "../../src/index.js";
import { openRun } from "../../src/runs/openRun.js";
import { temporaryFolder } from "../support/temporaryFolder.js";

/** Written by `integrations/turncoat_callback.py` in a Trainer: `test/golden/train/makeCallbackRun.py`. */
const fixture = "test/fixtures/callback-run";

test("what the callback for the Hugging Face Trainer writes opens as a run, without a warning", () => {
  const run = openRun(fixture);
  expect(run.warnings).toEqual([]);
  expect(run.gaps).toEqual([]);
  expect(run.checkpoints.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  expect(run.log.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  for (const { loss, gradNorm, learningRate } of run.log) {
    expect([loss, gradNorm, learningRate].every((value) => Number.isFinite(value))).toBe(true);
  }
});

test("it starts at step 0, where B is zero, and is analysed", async () => {
  const [start] = openRun(fixture).checkpoints;
  const [module] = readAdapter(start?.path ?? "").modules;
  expect(module?.loraB.every((value) => value === 0)).toBe(true);
  expect(module?.loraA.some((value) => value !== 0)).toBe(true);

  const { analysis } = await analyzeRun(fixture);
  const [adapter] = analysis.adapters;
  expect(adapter?.name).toBe("model.layers.1.mlp.down_proj");
  expect(adapter?.deltaW.norm.values.length).toBe(9);
  expect(adapter?.deltaW.norm.values[0]).toBe(0);
  expect(adapter?.deltaW.norm.values[8]).toBeGreaterThan(0);
});

test("a training that goes on or died has its newest rows in the log that is appended to", () => {
  const directory = join(temporaryFolder(), "run");
  cpSync(fixture, directory, { recursive: true });
  const path = join(directory, "trainer_state.json");
  const state = readJson(path, z.looseObject({ log_history: z.array(z.looseObject({})) }));
  const lines = state.log_history.map((row, at) => `${JSON.stringify({ at, row })}\n`);
  writeFileSync(path, JSON.stringify({ ...state, global_step: 0, log_history: [] }));
  writeFileSync(join(directory, "trainer_log.jsonl"), lines.join(""));
  renameSync(join(directory, "checkpoint-8"), join(directory, ".writing-8"));

  const run = openRun(directory);
  expect(run.log).toEqual(openRun(fixture).log);
  expect(run.checkpoints.length).toBe(8);
  expect(run.warnings).toEqual([]);
  rmSync(directory, { recursive: true });
});

test("the callback comes with the package, and the page names its file", () => {
  expect(readJson("package.json", z.looseObject({ files: z.array(z.string()) })).files).toContain(
    "integrations/*.py",
  );
  const page = readFileSync("docs/training-elsewhere.md", "utf8");
  expect(page).toContain("node_modules/turncoat/integrations/turncoat_callback.py");
  expect(readFileSync("integrations/turncoat_callback.py", "utf8")).toContain("class TurncoatCallback");
});
