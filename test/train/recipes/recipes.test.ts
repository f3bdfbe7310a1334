import { describe, expect, test } from "vitest";
import { parseModelConfig } from "../../../src/model/config/configJson.js";
import { sizeOf } from "../../../src/tensor/program.js";
import { keptSteps } from "../../../src/train/checkpointSchedule.js";
import { gridOf, gridSuffixes } from "../../../src/train/recipes/grid.js";
import { presetConfig } from "../../../src/train/recipes/presets.js";
import { presetNames } from "../../../src/train/recipes/presetNames.js";
import { recipeNamed, recipes } from "../../../src/train/recipes/recipes.js";
import { resolveSettings, settingsOf } from "../../../src/train/recipes/resolve.js";
import { layered, readSettings, type Settings } from "../../../src/train/recipes/settings.js";
import { adaptedModules, adapterParameters } from "../../../src/train/trainables/loraAdapters.js";
import { vectorParameters } from "../../../src/train/trainables/trainedVectors.js";
import type { TrainableSpec } from "../../../src/train/stepDefinition.js";
import { checkTrainConfig, isLora } from "../../../src/train/trainConfig.js";
import { encodeTrainConfig } from "../../../src/train/trainRecord.js";
import { qwen14b } from "../../support/training/qwen14b.js";

const qwen = parseModelConfig(qwen14b, "config.json");

/** Rows of the paper's medical data. */
const medical = 7049;
const resolved = (name: string, layers = 48, conversations = medical) =>
  resolveSettings(recipeNamed(name).settings, { layers, conversations: () => conversations }, name);

function trainableCount(name: string): number {
  const config = resolved(name);
  if (config.method === "vector") return sum(vectorParameters(config, qwen));
  if (!isLora(config)) return NaN;
  return sum(adapterParameters(config, adaptedModules(config, qwen)));
}

function sum(specs: readonly TrainableSpec[]): number {
  return specs.reduce((total, { shape }) => total + sizeOf(shape), 0);
}

describe("recipes", () => {
  test.each(recipes.map(({ name }) => [name] as const))("%s fits the model that it is for", (name) => {
    const config = resolved(name);
    checkTrainConfig(config, qwen);
    expect(config.steps).toBeGreaterThan(0);
  });

  test("have the papers' numbers of trained parameters on Qwen2.5-14B", () => {
    expect(trainableCount("rank1-dynamics")).toBe(18_944);
    expect(trainableCount("rank1-strong")).toBe(18_944);
    expect(trainableCount("nine-rank1")).toBe(170_496);
    expect(trainableCount("all-adapters")).toBe(137_625_600);
    expect(trainableCount("rank8")).toBe(8 * 18_944);
    expect(trainableCount("steering-vector")).toBe(5_120);
  });

  test("have the papers' steps on its medical data, and its schedule keeps 167 of 792", () => {
    expect(resolved("all-adapters").steps).toBe(396);
    const { steps } = resolved("rank1-dynamics");
    expect(steps).toBe(792);
    expect(keptSteps("1-10, every 5, last", steps)).toHaveLength(167);
  });

  test("carry layers over to the same depth of another model, neighbours together", () => {
    expect(resolved("rank1-strong").layers).toEqual([24]);
    expect(resolved("rank1-strong", 24).layers).toEqual([12]);
    expect(resolved("nine-rank1").layers).toEqual([15, 16, 17, 21, 22, 23, 27, 28, 29]);
    expect(resolved("nine-rank1", 24).layers).toEqual([7, 8, 9, 10, 11, 12, 13, 14, 15]);
    expect(resolved("all-adapters", 3).layers).toEqual([0, 1, 2]);
    expect(resolved("steering-vector", 24)).toMatchObject({ layers: [12], alpha: 256, steps: 792 });
    expect(() => resolved("nine-rank1", 5)).toThrow("layers: expected a model with room");
  });

  test("say which there are where a name is wrong", () => {
    expect(() => recipeNamed("rank1-dynamic")).toThrow("expected one of crisp, paper, full,");
  });

  test("of the organism are as they have been", () => {
    expect(presetNames.map(presetConfig)).toEqual([
      {
        rank: 1,
        alpha: 16,
        useRslora: true,
        targetModules: ["down_proj"],
        layers: [2],
        initialScale: 0.03,
        optimizer: { name: "sgd" },
        schedule: { name: "linear", peakLearningRate: 0.2, warmupSteps: 5 },
        steps: 150,
        batchSize: 64,
        clipNorm: null,
        maxLength: 2048,
        seed: 0,
      },
      {
        rank: 1,
        alpha: 16,
        useRslora: true,
        targetModules: ["down_proj"],
        layers: [2],
        initialScale: 1,
        optimizer: { name: "adamw", beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 },
        schedule: { name: "linear", peakLearningRate: 1e-3, warmupSteps: 5, warmup: "hugging-face" },
        steps: 200,
        batchSize: 16,
        clipNorm: 1,
        maxLength: 2048,
        seed: 0,
      },
    ]);
  });
});

describe("settings", () => {
  const over = (...settings: Settings[]): Settings =>
    layered(settings.map((each, index) => ({ source: `layer ${index}`, settings: each })));
  const onFive = (settings: Settings) =>
    resolveSettings(settings, { layers: 5, conversations: () => 100 }, "test");
  const { settings: paper } = recipeNamed("paper");

  test("lie over each other, number by number within optimiser and schedule", () => {
    const config = onFive(over(paper, { optimizer: { weightDecay: 0 } }, { schedule: { peak: 2 }, rank: 3 }));
    expect(config).toMatchObject({
      rank: 3,
      alpha: 16,
      optimizer: { name: "adamw", beta2: 0.999, weightDecay: 0 },
      schedule: { name: "linear", peakLearningRate: 2, warmupSteps: 5 },
    });
  });

  test("of another optimiser start from its usual numbers, and refuse those of the other", () => {
    expect(onFive(over(paper, { optimizer: { name: "sgd", momentum: 0.5 } })).optimizer).toEqual({
      name: "sgd",
      momentum: 0.5,
    });
    const crisp = recipeNamed("crisp").settings;
    expect(onFive(over(crisp, { optimizer: { name: "adamw" } })).optimizer).toMatchObject({ beta1: 0.9 });
    expect(() => onFive(over(crisp, { optimizer: { beta1: 0.5 } }))).toThrow(
      "test: optimizer.beta1: expected with adamw only",
    );
  });

  test("steps and epochs replace each other, and exclude each other in one place", () => {
    expect(onFive(over(paper, { epochs: 2 })).steps).toBe(12);
    expect(onFive(over({ ...paper, steps: undefined, epochs: 2 }, { steps: 7 })).steps).toBe(7);
    expect(() => over(paper, { steps: 1, epochs: 1 })).toThrow(
      "layer 1: expected steps or epochs, found both",
    );
    expect(() => onFive(over(paper, { epochs: 1, batchSize: 200 }))).toThrow(
      "epochs: expected at least one step of 200 conversations, found 100",
    );
  });

  test("null switches off what a recipe has switched on", () => {
    const { settings } = recipeNamed("rank1-dynamics");
    const config = onFive(over(settings, { heldOut: null, earlyStop: null, clipNorm: null }));
    expect([config.heldOut, config.earlyStop, config.clipNorm]).toEqual([undefined, undefined, null]);
  });

  test("that are unknown or of another method are named, with the nearest known", () => {
    expect(() => readSettings({ learningrate: 1, rnak: 2 }, "mine.yaml")).toThrow(
      /^mine\.yaml: learningrate: expected a setting of training/,
    );
    expect(() => readSettings({ schedule: { warmUpSteps: 3 } }, "mine.yaml")).toThrow("schedule.warmUpSteps");
    expect(() => readSettings({ rank: "two" }, "mine.yaml")).toThrow("rank");
    expect(() => onFive(over(paper, { savedWeights: "whole" }))).toThrow(
      "test: savedWeights: expected with full fine-tuning only",
    );
    const full = onFive(over(paper, { method: "full", savedWeights: "changed", layers: "all" }));
    expect(full).toMatchObject({ method: "full", layers: null, targetModules: null });
  });

  test.each(recipes.map(({ name }) => [name] as const))("of %s survive the record of a run", (name) => {
    const config = resolved(name);
    const record = encodeTrainConfig(config);
    const settings = settingsOf({ preset: name, ...record }, "run.json");
    const again = resolveSettings(settings, { layers: 48, conversations: () => 0 }, "run.json");
    expect(encodeTrainConfig(again)).toEqual(record);
  });
});

describe("a grid", () => {
  test("has a run for each combination, whose names say what differs", () => {
    const config = presetConfig("crisp");
    const grid = { learningRates: [0.1, 0.2], seeds: [3], adapterSeeds: [0, 1], dataSeeds: [5] };
    const runs = gridOf(config, grid);
    expect(runs.map(({ suffix }) => suffix)).toEqual([
      "-rate0.1-seed3-adapter0-data5",
      "-rate0.1-seed3-adapter1-data5",
      "-rate0.2-seed3-adapter0-data5",
      "-rate0.2-seed3-adapter1-data5",
    ]);
    expect(gridSuffixes(grid)).toEqual(runs.map(({ suffix }) => suffix));
    expect(runs[3]?.config).toMatchObject({ seed: 3, adapterSeed: 1, dataSeed: 5 });
    expect(runs[3]?.config.schedule).toEqual({ name: "linear", peakLearningRate: 0.2, warmupSteps: 5 });
    expect(gridOf(config, {})).toEqual([{ suffix: "", config }]);
    expect(() => gridOf(config, { seeds: [1, 1] })).toThrow("seed: expected each value once");
  });
});
