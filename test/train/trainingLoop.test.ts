import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { readAdapter } from "../../src/formats/peft.js";
import type { Model } from "../../src/model/model.js";
import { openRun } from "../../src/runs/openRun.js";
import type { Dataset } from "../../src/train/data/dataset.js";
import { splitIndices } from "../../src/train/data/split.js";
import { fullFineTuning } from "../../src/train/recipes/presets.js";
import type { LoraTrainConfig, TrainConfig } from "../../src/train/trainConfig.js";
import { adapterDifference, everything, lossesOf, trained } from "../support/training/smallRuns.js";
import { filesOf, smallConfig, smallDataset } from "../support/training/tinyTraining.js";
import { largestDifference, tinyModel } from "../support/tinyModels.js";
import { temporaryFolder } from "../support/temporaryFolder.js";

let model: Model;

beforeAll(async () => {
  model = await tinyModel("tiny-qwen2");
});

describe("accumulation", () => {
  test("of two batches of two is a batch of four, whatever their lengths", async () => {
    const dataset = smallDataset(temporaryFolder());
    const config = { ...smallConfig, steps: 5 };
    const whole = await trained(model, dataset, "whole", { ...config, batchSize: 4 });
    const summed = await trained(model, dataset, "summed", { ...config, batchSize: 2, accumulation: 2 });
    // The same sums in another order.
    expect(largestDifference(lossesOf(whole), lossesOf(summed))).toBeLessThan(2e-6);
    expect(adapterDifference(whole, summed, 5)).toBeLessThan(2e-5);
    expect(openRun(summed).log.at(-1)?.epoch).toBe(5);
  });

  test("needs as many conversations as a step has", async () => {
    const dataset = smallDataset(temporaryFolder());
    await expect(trained(model, dataset, "run", { ...smallConfig, accumulation: 4 })).rejects.toThrow(
      `${dataset.path}: expected at least 8 conversations with an answer for a batch, found 7`,
    );
  });
});

describe("seeds", () => {
  test("of the adapter's start and of the data's order are told apart", async () => {
    const dataset = smallDataset(temporaryFolder());
    const config = { ...smallConfig, steps: 3 };
    const start = (run: string) => readAdapter(join(run, "checkpoint-0")).modules.map(({ loraA }) => loraA);
    const one = await trained(model, dataset, "one", config);
    const otherOrder = await trained(model, dataset, "order", { ...config, dataSeed: 6 });
    const otherStart = await trained(model, dataset, "start", { ...config, adapterSeed: 6 });
    expect(start(otherOrder)).toEqual(start(one));
    expect(start(otherStart)).not.toEqual(start(one));
    // B is zero at the start, so that the first loss is the base model's on whatever comes first.
    expect(lossesOf(otherStart)[0]).toBe(lossesOf(one)[0]);
    expect(lossesOf(otherOrder)[0]).not.toBe(lossesOf(one)[0]);
  });
});

describe("held-out conversations", () => {
  test("have their loss measured every so many steps and after the last, under the Trainer's name", async () => {
    const dataset = smallDataset(temporaryFolder());
    const config: LoraTrainConfig = { ...smallConfig, steps: 5, heldOut: { fraction: 0.2, every: 2 } };
    const directory = await trained(model, dataset, "run", config);
    const run = openRun(directory);
    expect(run.trainerEvaluations.map(({ step }) => step)).toEqual([2, 4, 5]);
    expect(run.trainerEvaluations.map(({ values }) => Object.keys(values))).toEqual(
      Array.from({ length: 3 }, () => ["eval_loss"]),
    );
    expect(run.log).toHaveLength(5);
    // Five of seven are left to train on: two batches of two an epoch.
    expect(run.log.map(({ epoch }) => epoch)).toEqual([0.5, 1, 1.5, 2, 2.5]);
  });

  test("at a learning rate too small to change anything have the loss of the base", async () => {
    const dataset = smallDataset(temporaryFolder());
    const schedule = { name: "constant" as const, peakLearningRate: 1e-30, warmupSteps: 0 };
    const config: LoraTrainConfig = { ...smallConfig, schedule, steps: 2, dropout: 0.5 };
    const run = openRun(
      await trained(model, dataset, "run", { ...config, heldOut: { fraction: 0.4, every: 1 } }),
    );
    const { heldOut } = splitIndices(dataset.chats.length, { heldOut: 0.4, seed: config.seed });
    const left: Dataset = { ...dataset, chats: heldOut.flatMap((row) => dataset.chats[row] ?? []) };
    const alone = await trained(model, left, "alone", { ...config, batchSize: heldOut.length, steps: 1 });
    const { loss = NaN } = openRun(alone).log[0] ?? {};
    for (const { values } of run.trainerEvaluations) expect(values.eval_loss).toBeCloseTo(loss, 5);
  });

  test("that leave too few to train on are said", async () => {
    const dataset = smallDataset(temporaryFolder());
    const config = { ...smallConfig, batchSize: 4, heldOut: { fraction: 0.5, every: 1 } };
    await expect(trained(model, dataset, "run", config)).rejects.toThrow(
      "expected at least 4 conversations with an answer for a batch, found 3 beside 4 that are held out",
    );
  });
});

describe("an early end", () => {
  const config: LoraTrainConfig = { ...smallConfig, checkpoints: "every 100" };

  test("comes at the first of more than so many low losses in a row, with a checkpoint", async () => {
    const dataset = smallDataset(temporaryFolder());
    const run = openRun(
      await trained(model, dataset, "run", { ...config, earlyStop: { loss: 100, steps: 3 } }),
    );
    expect(run.log.map(({ step }) => step)).toEqual([1, 2, 3, 4]);
    expect(run.checkpoints.map(({ step }) => step)).toEqual([0, 4]);
    expect(run.manifest).toMatchObject({
      status: "finished",
      endedEarly: { step: 4, reason: "the loss was below 100 for more than 3 steps in a row" },
    });
  });

  test("does not come where losses are not that low", async () => {
    const dataset = smallDataset(temporaryFolder());
    const run = openRun(
      await trained(model, dataset, "run", { ...config, earlyStop: { loss: 1e-9, steps: 0 } }),
    );
    expect(run.log).toHaveLength(9);
    expect(run.manifest?.endedEarly).toBeUndefined();
  });

  test("counts on where a training was interrupted", async () => {
    const dataset = smallDataset(temporaryFolder());
    const settings = { ...config, earlyStop: { loss: 100, steps: 4 } };
    const whole = await trained(model, dataset, "whole", settings);
    const broken = await interrupted(dataset, "broken", settings, 3);
    await trained(model, dataset, "broken", settings, { resume: true });
    expect(filesOf(broken)).toEqual(filesOf(whole));
  });
});

/** Trains a run that is interrupted after a step. */
function interrupted(dataset: Dataset, name: string, config: TrainConfig, after: number): Promise<string> {
  const controller = new AbortController();
  return trained(model, dataset, name, config, {
    signal: controller.signal,
    onStep: ({ step }) => {
      if (step === after) controller.abort();
    },
  });
}

describe("dropout", () => {
  test("is as often as it says, and other at every step", async () => {
    const dataset = smallDataset(temporaryFolder());
    const config = { ...smallConfig, steps: 4 };
    const plain = await trained(model, dataset, "plain", config);
    const dropped = await trained(model, dataset, "dropped", { ...config, dropout: 0.3 });
    const again = await trained(model, dataset, "again", { ...config, dropout: 0.3 });
    // B is zero at first, so that dropping what A reads changes nothing of the first loss.
    expect(lossesOf(dropped)[0]).toBe(lossesOf(plain)[0]);
    expect(lossesOf(dropped)[3]).not.toBe(lossesOf(plain)[3]);
    expect(filesOf(again)).toEqual(filesOf(dropped));
  });
});

describe("a training with everything at once", () => {
  test.each([1, 3, 4, 7])(
    "that was interrupted after step %d gives every file all the same",
    async (after) => {
      const dataset = smallDataset(temporaryFolder());
      const whole = await trained(model, dataset, "whole", everything);
      const broken = await interrupted(dataset, "broken", everything, after);
      await trained(model, dataset, "broken", everything, { resume: true });
      expect(filesOf(broken)).toEqual(filesOf(whole));
      expect(openRun(whole).checkpoints.map(({ step }) => step)).toEqual([0, 1, 2, 4, 8, 9]);
      expect(readdirSync(join(whole, "states")).sort()).toEqual([
        "checkpoint-0",
        "checkpoint-4",
        "checkpoint-8",
        "checkpoint-9",
      ]);
    },
  );
});

describe("a branch", () => {
  test.each([
    ["an adapter's training", { ...everything, checkpoints: "every 1" }],
    [
      "full fine-tuning",
      { ...fullFineTuning, steps: 6, batchSize: 2, maxLength: 64, keepState: "every 2" } as const,
    ],
  ])("without a change is its parent from there on, to the byte: %s", async (_, config) => {
    const dataset = smallDataset(temporaryFolder());
    const parent = await trained(model, dataset, "parent", config);
    const branch = await trained(model, dataset, "branch", config, {
      branch: { directory: parent, step: 4 },
    });
    const [ours, theirs] = [filesOf(branch), filesOf(parent)];
    const later = (files: ReadonlyMap<string, string>) =>
      new Map(
        [...files].filter(([name]) => {
          const step = /checkpoint-(\d+)/.exec(name)?.[1];
          return step !== undefined ? Number(step) >= 4 : name.startsWith("resume");
        }),
      );
    expect(later(ours)).toEqual(later(theirs));
    expect(later(ours).size).toBeGreaterThan(6);
    const [own, parents] = [openRun(branch), openRun(parent)];
    expect(own.log).toEqual(parents.log.filter(({ step }) => step > 4));
    expect(own.checkpoints.map(({ step }) => step)).not.toContain(3);
    expect(own.manifest?.branch).toMatchObject({ run: "parent", step: 4 });
  });

  test("can be interrupted, and killed before its first step, and goes on from its parent", async () => {
    const dataset = smallDataset(temporaryFolder());
    const config = { ...everything, checkpoints: "every 1" };
    const parent = await trained(model, dataset, "parent", config);
    const branch = { directory: parent, step: 4 };
    const whole = await trained(model, dataset, "whole", config, { branch });
    const broken = join(dataset.path, "..", "broken");
    await trained(model, dataset, "broken", config, { branch, signal: AbortSignal.abort() });
    // As a kill leaves it that comes before anything but the manifest was written.
    for (const name of readdirSync(broken)) {
      if (name !== "run.json") rmSync(join(broken, name), { recursive: true });
    }
    await trained(model, dataset, "broken", config, { branch, resume: true });
    expect(filesOf(broken)).toEqual(filesOf(whole));
  });

  test("with another learning rate goes another way", async () => {
    const dataset = smallDataset(temporaryFolder());
    const config = { ...smallConfig, keepState: "every 1" };
    const parent = await trained(model, dataset, "parent", config);
    const schedule = { ...config.schedule, peakLearningRate: 0.05 };
    const branch = await trained(
      model,
      dataset,
      "branch",
      { ...config, schedule },
      {
        branch: { directory: parent, step: 4 },
      },
    );
    expect(lossesOf(branch)[0]).toBe(lossesOf(parent)[4]);
    expect(lossesOf(branch).at(-1)).not.toBe(lossesOf(parent).at(-1));
  });

  test("from a step without a state says how to keep one, and one that does not fit what differs", async () => {
    const dataset = smallDataset(temporaryFolder());
    const parent = await trained(model, dataset, "parent", { ...smallConfig, keepState: "every 4" });
    await expect(
      trained(model, dataset, "branch", smallConfig, { branch: { directory: parent, step: 3 } }),
    ).rejects.toThrow(
      `${parent}: expected the optimiser's state at step 3 in states/checkpoint-3/, found none`,
    );
    await expect(
      trained(
        model,
        dataset,
        "branch",
        { ...smallConfig, rank: 3 },
        { branch: { directory: parent, step: 4 } },
      ),
    ).rejects.toThrow(
      /^state of step 4: model\.layers\.0\.self_attn\.q_proj\.lora_A: expected 96 numbers, found 64$/,
    );
    expect(existsSync(join(dataset.path, "..", "branch"))).toBe(false);
  });
});
