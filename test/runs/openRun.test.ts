import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { isTurncoatError } from "../../src/errors.js";
import { readJson } from "../../src/formats/json.js";
import { encodeSafetensors, readSafetensors } from "../../src/formats/safetensors.js";
import { openRun } from "../../src/runs/openRun.js";
import { RunWriter } from "../../src/runs/runWriter.js";
import { readTrajectories } from "../../src/runs/trajectories.js";
import { temporaryFolder } from "../support/temporaryFolder.js";
import { exampleAdapter, manifest } from "../support/exampleRunDirectory.js";

const rslora = "test/fixtures/peft-run-rslora-bf16";
const rank1 = "test/fixtures/peft-run-rank1-f32";
const savedSteps = [1, 2, 3, 4, 5, 8, 10, 15, 20, 25, 30, 33];

function copyOf(fixture: string): string {
  const directory = join(temporaryFolder(), "run");
  cpSync(fixture, directory, { recursive: true });
  return directory;
}

function hintOf(action: () => unknown): string | undefined {
  try {
    action();
  } catch (error) {
    if (isTurncoatError(error)) return error.hint;
  }
  return undefined;
}

const matrix = z.object({
  shape: z.tuple([z.number(), z.number()]),
  first: z.array(z.number()),
  last: z.number(),
  norm: z.number(),
  sum: z.number(),
});
const goldenSchema = z.record(
  z.string(),
  z.object({
    scaling: z.number(),
    steps: z.array(
      z.object({
        step: z.number(),
        modules: z.record(z.string(), z.object({ lora_A: matrix, lora_B: matrix })),
      }),
    ),
  }),
);

function expectMatrix(
  values: Float32Array | undefined,
  rows: number,
  columns: number,
  golden: z.infer<typeof matrix>,
): void {
  const numbers = [...(values ?? [])];
  expect([rows, columns]).toEqual(golden.shape);
  expect(numbers).toHaveLength(rows * columns);
  // Both sides decode the same bits, so the values are equal; sums are taken in float64 on both sides.
  expect(numbers.slice(0, golden.first.length)).toEqual(golden.first);
  expect(numbers.at(-1)).toBe(golden.last);
  expect(Math.abs(Math.hypot(...numbers) - golden.norm)).toBeLessThan(1e-7);
  expect(Math.abs(numbers.reduce((sum, value) => sum + value, 0) - golden.sum)).toBeLessThan(1e-7);
}

describe("openRun: runs made by the Hugging Face Trainer and PEFT", () => {
  test.each([rslora, rank1])("%s has the values that Python reads", (fixture) => {
    const golden = readJson("test/golden/train/peftRun.json", goldenSchema)[
      fixture.replace("test/fixtures/", "")
    ];
    const { adapters, gaps } = readTrajectories(openRun(fixture));
    expect(gaps).toEqual([]);
    expect(adapters).toHaveLength(2);
    for (const adapter of adapters) {
      expect(adapter.steps).toEqual(savedSteps);
      expect(Math.abs(adapter.scaling - (golden?.scaling ?? NaN))).toBeLessThan(1e-7);
      for (const [index, { step, modules }] of (golden?.steps ?? []).entries()) {
        expect(adapter.steps[index]).toBe(step);
        const expected = modules[adapter.modulePath];
        if (expected === undefined) throw new Error(`no golden values of ${adapter.modulePath}`);
        expectMatrix(adapter.loraA[index], adapter.rank, adapter.inFeatures, expected.lora_A);
        expectMatrix(adapter.loraB[index], adapter.outFeatures, adapter.rank, expected.lora_B);
      }
    }
  });

  test("modules, layers and shapes", () => {
    const shape = ({
      modulePath,
      layer,
      rank,
      inFeatures,
      outFeatures,
    }: Record<string, unknown>): unknown[] => [modulePath, layer, rank, inFeatures, outFeatures];
    expect(readTrajectories(openRun(rank1)).adapters.map((adapter) => shape({ ...adapter }))).toEqual([
      ["model.layers.0.mlp.down_proj", 0, 1, 24, 16],
      ["model.layers.2.mlp.down_proj", 2, 1, 24, 16],
    ]);
    expect(readTrajectories(openRun(rslora)).adapters.map((adapter) => shape({ ...adapter }))).toEqual([
      ["model.layers.1.mlp.down_proj", 1, 2, 24, 16],
      ["model.layers.1.self_attn.o_proj", 1, 2, 16, 16],
    ]);
  });

  test("the log comes from the last checkpoint; there is no manifest", () => {
    const run = openRun(rank1);
    expect(run.manifest).toBeNull();
    expect(run.runId).toBe("peft-run-rank1-f32");
    expect(run.log).toHaveLength(33);
    expect(run.trainerEvaluations.map(({ step }) => step)).toEqual([15, 30]);
    expect(run.warnings).toEqual([]);
  });

  test("a top-level adapter that is not the last checkpoint is noticed", () => {
    expect(openRun(rslora).warnings).toEqual([
      `${rslora}/adapter_model.safetensors: the top-level adapter is not checkpoint-33, the last checkpoint; it is ignored`,
    ]);
  });

  test("a top-level adapter of equal values in other bytes is the last checkpoint", () => {
    const directory = copyOf(rank1);
    const path = join(directory, "adapter_model.safetensors");
    writeFileSync(path, encodeSafetensors(readSafetensors(path).tensors));
    expect(readFileSync(path)).not.toEqual(
      readFileSync(join(directory, "checkpoint-33/adapter_model.safetensors")),
    );
    expect(openRun(directory).warnings).toEqual([]);
    truncateSync(path, 100);
    expect(openRun(directory).warnings.join()).toContain("cannot be compared with checkpoint-33");
  });

  test("a missing or damaged log is a warning, and the next best one is taken", () => {
    const directory = copyOf(rank1);
    writeFileSync(join(directory, "trainer_state.json"), `{"log_history":`);
    const run = openRun(directory);
    expect(run.log).toHaveLength(33);
    expect(run.warnings.join()).toContain(`${directory}/trainer_state.json: expected JSON`);
    rmSync(join(directory, "trainer_state.json"));
    rmSync(join(directory, "checkpoint-33/trainer_state.json"));
    expect(openRun(directory).log).toEqual([]);
    expect(openRun(directory).warnings.join()).toContain("no trainer_state.json, so there is no loss");
  });

  test("names that only look like checkpoints are left alone", () => {
    const directory = copyOf(rank1);
    for (const name of ["checkpoint-40-old", "checkpoint-", "checkpoint-x", "checkpoint--1"]) {
      cpSync(join(directory, "checkpoint-33"), join(directory, name), { recursive: true });
    }
    expect(openRun(directory).checkpoints.map(({ step }) => step)).toEqual(savedSteps);
  });
});

describe("openRun: gaps", () => {
  test("each unreadable checkpoint is named with its reason, the others are read", () => {
    const directory = copyOf(rank1);
    truncateSync(join(directory, "checkpoint-4/adapter_model.safetensors"), 700);
    rmSync(join(directory, "checkpoint-8/adapter_model.safetensors"));
    rmSync(join(directory, "checkpoint-10/adapter_config.json"));
    rmSync(join(directory, "checkpoint-15"), { recursive: true });
    const run = openRun(directory);
    expect(run.gaps).toEqual([
      { step: 8, reason: `${directory}/checkpoint-8: no adapter_model.safetensors in it` },
    ]);
    const { adapters, gaps } = readTrajectories(run);
    expect(adapters[0]?.steps).toEqual([1, 2, 3, 5, 20, 25, 30, 33]);
    expect(adapters[0]?.loraA).toHaveLength(8);
    expect(gaps.map(({ step }) => step)).toEqual([4, 8, 10]);
    expect(gaps[0]?.reason).toContain("checkpoint-4/adapter_model.safetensors: ");
    expect(gaps[2]?.reason).toContain("checkpoint-10/adapter_config.json: no such file");
  });

  test("another shape, another scaling, a missing module", () => {
    const directory = temporaryFolder();
    const writer = RunWriter.create(directory, manifest);
    const both = ["model.layers.1.mlp.down_proj", "model.layers.2.mlp.down_proj"];
    writer.writeCheckpoint(1, exampleAdapter(1, both));
    writer.writeCheckpoint(2, exampleAdapter(2, both, 5));
    writer.writeCheckpoint(3, exampleAdapter(3, both.slice(1)));
    const stronger = exampleAdapter(4, both);
    const modules = stronger.modules.map((module) => ({ ...module, scaling: 9 }));
    writer.writeCheckpoint(4, { config: { ...stronger.config, alpha: 9 }, modules });
    writer.writeCheckpoint(5, exampleAdapter(5, both));
    const { adapters, gaps } = readTrajectories(openRun(directory));
    expect(adapters.map(({ steps }) => steps)).toEqual([
      [1, 5],
      [1, 3, 5],
    ]);
    const [first, second] = both;
    expect(gaps).toEqual([
      { step: 2, modulePath: first, reason: `${first ?? ""}: expected inFeatures 3 as at step 1, found 5` },
      { step: 2, modulePath: second, reason: `${second ?? ""}: expected inFeatures 3 as at step 1, found 5` },
      { step: 3, modulePath: first, reason: `${first ?? ""} is not in the checkpoint` },
      { step: 4, modulePath: first, reason: `${first ?? ""}: expected scaling 4 as at step 1, found 9` },
      { step: 4, modulePath: second, reason: `${second ?? ""}: expected scaling 4 as at step 1, found 9` },
    ]);
  });

  test("only the steps and modules asked for are read", () => {
    const run = openRun(copyOf(rank1));
    truncateSync(join(run.directory, "checkpoint-4/adapter_model.safetensors"), 700);
    const { adapters, gaps } = readTrajectories(run, {
      modulePaths: ["model.layers.2.mlp.down_proj"],
      isStepWanted: (step) => step % 5 === 0,
    });
    expect(adapters.map(({ modulePath }) => modulePath)).toEqual(["model.layers.2.mlp.down_proj"]);
    expect(adapters[0]?.steps).toEqual([5, 10, 15, 20, 25, 30]);
    expect(gaps).toEqual([]);
    expect(() => readTrajectories(run, { isStepWanted: () => false })).toThrow(
      "no checkpoint at the steps asked for",
    );
    const wrong = { modulePaths: ["model.layers.1.mlp.down_proj"] };
    expect(() => readTrajectories(run, wrong)).toThrow(
      "no module model.layers.1.mlp.down_proj in any checkpoint",
    );
    expect(hintOf(() => readTrajectories(run, wrong))).toContain(
      "model.layers.0.mlp.down_proj, model.layers.2.mlp.down_proj",
    );
  });

  test("nothing readable is an error with the first reason", () => {
    const directory = temporaryFolder();
    for (const step of [1, 2]) {
      mkdirSync(join(directory, `checkpoint-${step}`));
      writeFileSync(join(directory, `checkpoint-${step}`, "adapter_model.safetensors"), "");
    }
    expect(() => readTrajectories(openRun(directory))).toThrow(
      /none of 2 checkpoints can be read; the first: .*checkpoint-1/,
    );
  });
});

describe("openRun: what is no run", () => {
  test("no folder, a file, a folder without checkpoints", () => {
    expect(() => openRun("/nowhere/run")).toThrow("/nowhere/run: no such folder");
    expect(() => openRun("package.json")).toThrow("package.json: expected a run directory, found a file");
    const empty = temporaryFolder();
    expect(() => openRun(empty)).toThrow(`no checkpoint-*/adapter_model.safetensors in ${empty}`);
  });

  test("a checkpoint, or a folder of runs, is pointed out", () => {
    expect(hintOf(() => openRun(join(rank1, "checkpoint-33")))).toContain("give the folder around it");
    expect(hintOf(() => openRun("test/fixtures"))).toContain("peft-run-rank1-f32");
  });

  test("a run of ours that has only begun is one", () => {
    const directory = temporaryFolder();
    RunWriter.create(directory, manifest).log({ step: 1, loss: 2 });
    const run = openRun(directory);
    expect(run.checkpoints).toEqual([]);
    expect(run.log).toEqual([{ step: 1, loss: 2 }]);
    expect(run.warnings).toEqual([`${directory}: no checkpoint has been written yet`]);
    expect(() => readTrajectories(run)).toThrow("no checkpoint at the steps asked for");
  });
});

describe("800 checkpoints of 76 kB", () => {
  function longRun(): string {
    const directory = temporaryFolder();
    const writer = RunWriter.create(directory, manifest);
    for (let step = 0; step < 800; step++) {
      writer.writeCheckpoint(step, exampleAdapter(step, ["model.layers.21.mlp.down_proj"], 18_942));
    }
    return directory;
  }

  test("are read, each at its step", () => {
    const { adapters } = readTrajectories(openRun(longRun()));
    expect(adapters[0]?.steps).toHaveLength(800);
    expect(adapters[0]?.loraA[799]?.[18_941]).toBe(799);
  });

  // How long that takes is measured by bench/analysis.
  test.skipIf(!existsSync("/proc/self/io"))("are read once: as many bytes as their files have", () => {
    const directory = longRun();
    const read = (): number => Number(/^rchar: (\d+)$/m.exec(readFileSync("/proc/self/io", "utf8"))?.[1]);
    const before = read();
    readTrajectories(openRun(directory));
    const bytes = read() - before;
    const files = readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
    expect(bytes).toBeGreaterThan(0.9 * files);
    expect(bytes).toBeLessThan(1.5 * files);
  });
});
