import { cpSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { Model } from "../../src/model/model.js";
import { trainRun } from "../../src/pipeline/training/trainRun.js";
import { openRun } from "../../src/runs/openRun.js";
import { readTrajectories } from "../../src/runs/trajectories.js";
import type { FullTrainConfig, TrainConfig } from "../../src/train/trainConfig.js";
import { fullFineTuning } from "../../src/train/recipes/presets.js";
import { filesOf, smallConfig, smallDataset } from "../support/training/tinyTraining.js";
import { temporaryFolder } from "../support/temporaryFolder.js";
import { tinyModel } from "../support/tinyModels.js";

const config: TrainConfig = smallConfig;

const full: FullTrainConfig = {
  ...fullFineTuning,
  schedule: { ...config.schedule, peakLearningRate: 0.002 },
  steps: 9,
  batchSize: 2,
  maxLength: 64,
  seed: 5,
};

let model: Model;

beforeAll(async () => {
  model = await tinyModel("tiny-qwen2");
});

describe.each([
  { name: "AdamW with clipping", config },
  { name: "SGD", config: { ...config, optimizer: { name: "sgd" as const }, clipNorm: null } },
  { name: "AdamW on all weights", config: full },
  {
    name: "AdamW on some weights, with changed tensors alone",
    config: { ...full, layers: [1], targetModules: ["q_proj" as const], savedWeights: "changed" as const },
  },
])("trainingState: an interrupted training under $name", ({ config: settings }) => {
  test("aborted and continued gives every file of an uninterrupted one", async () => {
    const folder = temporaryFolder();
    const dataset = smallDataset(folder);
    const whole = join(folder, "whole");
    expect(await trainRun({ directory: whole, config: settings, model, dataset })).toBe("finished");

    const directory = join(folder, "broken");
    for (const stopAt of [4, 5]) {
      const controller = new AbortController();
      const status = await trainRun({
        directory,
        config: settings,
        model,
        dataset,
        resume: stopAt > 4,
        signal: controller.signal,
        onStep: ({ step }) => {
          if (step === stopAt) controller.abort();
        },
      });
      expect(status).toBe("interrupted");
      expect(openRun(directory).checkpoints.at(-1)?.step).toBe(stopAt);
    }
    expect(await trainRun({ directory, config: settings, model, dataset, resume: true })).toBe("finished");
    expect(filesOf(directory)).toEqual(filesOf(whole));
    expect(openRun(directory).manifest?.status).toBe("finished");
  });

  test("killed in the middle and continued gives every file too", async () => {
    const folder = temporaryFolder();
    const dataset = smallDataset(folder);
    const whole = join(folder, "whole");
    const killed = join(folder, "killed");
    await trainRun({
      directory: whole,
      config: settings,
      model,
      dataset,
      // What lies on the disk now is what a kill at this moment would leave.
      onStep: ({ step }) => {
        if (step === 6) cpSync(whole, killed, { recursive: true });
      },
    });
    expect(openRun(killed).manifest?.status).toBe("running");
    // The checkpoint of a step whose resume state was not written yet is made again.
    cpSync(join(killed, "checkpoint-2"), join(killed, "checkpoint-7"), { recursive: true });
    expect(await trainRun({ directory: killed, config: settings, model, dataset, resume: true })).toBe(
      "finished",
    );
    expect(filesOf(killed)).toEqual(filesOf(whole));
  });
});

test("full fine-tuning continues from the last checkpoint that it kept", async () => {
  const folder = temporaryFolder();
  const dataset = smallDataset(folder);
  const settings = { ...full, checkpoints: "every 4" };
  const whole = join(folder, "whole");
  await trainRun({ directory: whole, config: settings, model, dataset });
  expect(openRun(whole).checkpoints.map(({ step }) => step)).toEqual([0, 4, 8, 9]);
  const directory = join(folder, "broken");
  const controller = new AbortController();
  const onStep = ({ step }: { readonly step: number }): void => {
    if (step === 6) controller.abort();
  };
  await trainRun({ directory, config: settings, model, dataset, signal: controller.signal, onStep });
  expect(openRun(directory).log.at(-1)?.step).toBe(6);
  const steps: number[] = [];
  await trainRun({
    directory,
    config: settings,
    model,
    dataset,
    resume: true,
    onStep: ({ step }) => steps.push(step),
  });
  expect(steps).toEqual([5, 6, 7, 8, 9]);
  expect(filesOf(directory)).toEqual(filesOf(whole));
});

describe("trainingState: a run directory", () => {
  test("is readable after an interruption", async () => {
    const folder = temporaryFolder();
    const directory = join(folder, "run");
    const controller = new AbortController();
    const status = await trainRun({
      directory,
      config,
      model,
      dataset: smallDataset(folder),
      signal: controller.signal,
      onStep: ({ step }) => {
        if (step === 3) controller.abort();
      },
    });
    expect(status).toBe("interrupted");
    const run = openRun(directory);
    expect(run.manifest?.status).toBe("interrupted");
    expect(run.checkpoints.map(({ step }) => step)).toEqual([0, 1, 2, 3]);
    expect(run.log.map(({ step }) => step)).toEqual([1, 2, 3]);
    expect(run.log.every(({ loss, gradNorm }) => (loss ?? NaN) > 0 && (gradNorm ?? NaN) > 0)).toBe(true);
    expect(run.log.map(({ learningRate }) => learningRate)).toEqual([0.01, 0.02, 0.02]);
    expect(run.log.map(({ epoch }) => epoch)).toEqual([1 / 3, 2 / 3, 1]);
    expect([run.gaps, run.warnings]).toEqual([[], []]);
    expect(readTrajectories(run).adapters).toHaveLength(4);
  });

  test("of a training stopped before its first step holds the initialisation", async () => {
    const folder = temporaryFolder();
    const directory = join(folder, "run");
    const signal = AbortSignal.abort();
    const dataset = smallDataset(folder);
    expect(await trainRun({ directory, config, model, dataset, signal })).toBe("interrupted");
    expect(openRun(directory).checkpoints.map(({ step }) => step)).toEqual([0]);
  });

  test("follows the seed, and nothing but the seed", async () => {
    const folder = temporaryFolder();
    const dataset = smallDataset(folder);
    const trained = async (name: string, seed: number) => {
      const directory = join(folder, name);
      await trainRun({ directory, config: { ...config, steps: 3, seed }, model, dataset });
      return filesOf(directory);
    };
    const first = await trained("first", 1);
    expect(await trained("second", 1)).toEqual(first);
    const file = "checkpoint-3/adapter_model.safetensors";
    expect((await trained("third", 2)).get(file)).not.toEqual(first.get(file));
  });

  test("cannot be continued without its resume folder", async () => {
    const folder = temporaryFolder();
    const directory = join(folder, "run");
    const dataset = smallDataset(folder);
    await trainRun({ directory, config: { ...config, steps: 1 }, model, dataset });
    rmSync(join(directory, "resume"), { recursive: true });
    await expect(trainRun({ directory, config, model, dataset, resume: true })).rejects.toThrow(
      `${directory}: expected a resume/ folder to continue from, found none`,
    );
  });
});

describe("trainingState: a training that cannot go on", () => {
  test("because its numbers are not finite says at which step, and keeps what came before", async () => {
    const folder = temporaryFolder();
    const directory = join(folder, "run");
    const broken: TrainConfig = {
      ...config,
      optimizer: { name: "sgd" },
      schedule: { name: "constant", peakLearningRate: 1e38, warmupSteps: 0 },
      clipNorm: null,
    };
    await expect(
      trainRun({ directory, config: broken, model, dataset: smallDataset(folder) }),
    ).rejects.toThrow(/^step \d: the loss is (NaN|Infinity|[\d.]+) and the gradient norm (NaN|Infinity)$/);
    const run = openRun(directory);
    expect(run.manifest?.status).toBe("interrupted");
    expect(run.log.every(({ loss }) => Number.isFinite(loss))).toBe(true);
    expect(run.checkpoints.length).toBe(1 + run.log.length);
  });

  test("because its data are too few for a batch names the file", async () => {
    const folder = temporaryFolder();
    const dataset = smallDataset(folder);
    await expect(
      trainRun({ directory: join(folder, "run"), config: { ...config, batchSize: 8 }, model, dataset }),
    ).rejects.toThrow(
      `${dataset.path}: expected at least 8 conversations with an answer for a batch, found 7`,
    );
  });

  test("because of its configuration names the setting", async () => {
    const folder = temporaryFolder();
    const dataset = smallDataset(folder);
    await expect(
      trainRun({ directory: join(folder, "run"), config: { ...config, layers: [2] }, model, dataset }),
    ).rejects.toThrow("training configuration: layers: expected numbers from 0 to 1, found 2");
  });
});

describe("trainingState: a mistake costs nothing", () => {
  test("a configuration that does not fit neither replaces a run nor leaves an empty one", async () => {
    const folder = temporaryFolder();
    const dataset = smallDataset(folder);
    const directory = join(folder, "kept");
    await trainRun({ directory, config: { ...config, steps: 2 }, model, dataset });
    const before = filesOf(directory);
    const wrong = { ...config, layers: [7] };
    await expect(trainRun({ directory, config: wrong, model, dataset, overwrite: true })).rejects.toThrow(
      "layers",
    );
    expect(filesOf(directory)).toEqual(before);
    const fresh = join(folder, "fresh");
    await expect(trainRun({ directory: fresh, config: wrong, model, dataset })).rejects.toThrow("layers");
    expect(readdirSync(folder)).not.toContain("fresh");
  });

  test("a run is not continued with other settings", async () => {
    const folder = temporaryFolder();
    const dataset = smallDataset(folder);
    const directory = join(folder, "run");
    await trainRun({ directory, config: { ...config, steps: 2 }, model, dataset });
    await expect(
      trainRun({ directory, config: { ...config, steps: 2, alpha: 9 }, model, dataset, resume: true }),
    ).rejects.toThrow("alpha: expected 8, as the run began, found 9");
  });
});
