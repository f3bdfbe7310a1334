import { cpSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { Model } from "../../src/model/model.js";
import { trainRun, trainTogether } from "../../src/pipeline/training/trainRun.js";
import { openRun } from "../../src/runs/openRun.js";
import type { Dataset } from "../../src/train/data/dataset.js";
import { fullFineTuning } from "../../src/train/recipes/presets.js";
import { trainsTogether } from "../../src/train/train.js";
import type { LoraTrainConfig } from "../../src/train/trainConfig.js";
import { adapterDifference, everything, lossesOf, trained } from "../support/training/smallRuns.js";
import { filesOf, smallConfig, smallDataset } from "../support/training/tinyTraining.js";
import { largestDifference, tinyModel } from "../support/tinyModels.js";
import { temporaryFolder } from "../support/temporaryFolder.js";

let model: Model;

beforeAll(async () => {
  model = await tinyModel("tiny-qwen2");
});

describe("trainings together", () => {
  const configs: LoraTrainConfig[] = [
    { ...everything, seed: 1 },
    { ...everything, seed: 2, dataSeed: 3 },
    { ...everything, seed: 2, schedule: { ...everything.schedule, peakLearningRate: 0.005 } },
  ];

  function together(dataset: Dataset, prefix: string, more: { resume?: boolean; signal?: AbortSignal } = {}) {
    return configs.map((config, index) => ({
      directory: join(dataset.path, "..", `${prefix}${index}`),
      config,
      model,
      dataset,
      ...more,
    }));
  }

  test("are each as alone, up to rounding", async () => {
    const dataset = smallDataset(temporaryFolder());
    const requests = together(dataset, "together");
    expect(await trainTogether(requests)).toBe("finished");
    for (const [index, { directory, config }] of requests.entries()) {
      const alone = await trained(model, dataset, `alone${index}`, config);
      expect(largestDifference(lossesOf(alone), lossesOf(directory))).toBeLessThan(2e-5);
      expect(adapterDifference(alone, directory, 9)).toBeLessThan(1e-3);
      const evaluations = (run: string) =>
        openRun(run).trainerEvaluations.map(({ values }) => values.eval_loss ?? NaN);
      expect(largestDifference(evaluations(alone), evaluations(directory))).toBeLessThan(2e-5);
    }
    expect(openRun(requests[1]?.directory ?? "").manifest?.trainedTogether).toEqual([
      "together0",
      "together1",
      "together2",
    ]);
  });

  test("are resumed together, to the byte, also where one of them is a step ahead", async () => {
    const dataset = smallDataset(temporaryFolder());
    const whole = together(dataset, "whole");
    await trainTogether(whole);
    const broken = together(dataset, "broken");
    const [first, ...others] = broken;
    if (first === undefined) throw new Error("no runs");
    const behind = new Map<string, string>();
    await trainTogether([
      {
        ...first,
        onStep: ({ step }) => {
          for (const { directory } of broken) {
            if (step === 5) cpSync(directory, `${directory}-killed`, { recursive: true });
            if (step === 6) behind.set(directory, `${directory}-killed`);
          }
          if (step === 6) cpSync(first.directory, `${first.directory}-ahead`, { recursive: true });
        },
      },
      ...others,
    ]);
    // A kill that came while states were written: the first run has that of step 6, the others that of step 5.
    for (const [directory, killed] of behind) {
      rmSync(directory, { recursive: true });
      renameSync(directory === first.directory ? `${directory}-ahead` : killed, directory);
    }
    expect(await trainTogether(together(dataset, "broken", { resume: true }))).toBe("finished");
    for (const [index, { directory }] of whole.entries()) {
      expect(filesOf(broken[index]?.directory ?? "")).toEqual(filesOf(directory));
    }
  });

  test("are refused where they differ in more than seeds and rates, and one of them is not resumed alone", async () => {
    const dataset = smallDataset(temporaryFolder());
    expect(trainsTogether(configs)).toBe(true);
    expect(trainsTogether([smallConfig, { ...smallConfig, alpha: 9 }])).toBe(false);
    expect(trainsTogether([fullFineTuning, fullFineTuning])).toBe(false);
    const requests = together(dataset, "run");
    const [first] = requests;
    if (first === undefined) throw new Error("no runs");
    await expect(
      trainTogether([first, { ...first, directory: "elsewhere", config: { ...first.config, alpha: 9 } }]),
    ).rejects.toThrow("expected settings that differ in seeds and learning rates alone");
    await trainTogether(together(dataset, "run", { signal: AbortSignal.abort() }));
    await expect(trainRun({ ...first, resume: true })).rejects.toThrow(
      'trained together: expected ["run0","run1","run2"], as the run began, found null',
    );
  });
});
