import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { AdapterProjector, usualProjection } from "../../src/formats/directions/adapterProjector.js";
import { readDirections } from "../../src/formats/directions/directionsFile.js";
import { readAdapter } from "../../src/formats/peft.js";
import { readSafetensorsHeader } from "../../src/formats/safetensors.js";
import type { Model } from "../../src/model/model.js";
import { stepDirectionsFile, stepOfDirections, stepOfFolder } from "../../src/runs/layout.js";
import { decodeBfloat16, encodeBfloat16 } from "../../src/tensor/halfFloats.js";
import type { KeptForm, LoraTrainConfig } from "../../src/train/trainConfig.js";
import { lossesOf, trained } from "../support/training/smallRuns.js";
import { temporaryFolder } from "../support/temporaryFolder.js";
import { tinyModel } from "../support/tinyModels.js";
import { filesOf, smallConfig, smallDataset } from "../support/training/tinyTraining.js";

let model: Model;
beforeAll(async () => {
  model = await tinyModel("tiny-qwen2");
});

const config = (keep: KeptForm): LoraTrainConfig => ({ ...smallConfig, keep, keepFullEvery: 4 });

const numbered = (folder: string, stepOf: (name: string) => number | undefined): number[] =>
  readdirSync(folder)
    .flatMap((name) => stepOf(name) ?? [])
    .sort((one, other) => one - other);

/** The float32 adapters' files of a run by path. */
const adaptersOf = (run: string, steps: readonly number[]): Map<string, string> =>
  new Map([...filesOf(run)].filter(([path]) => steps.some((step) => path.startsWith(`checkpoint-${step}/`))));

describe("training that keeps directions", () => {
  test("leaves every fourth adapter and the last, as they would be, and a file of projections of every step", async () => {
    const dataset = smallDataset(temporaryFolder());
    const whole = await trained(model, dataset, "whole", smallConfig);
    const run = await trained(model, dataset, "run", config("directions"));
    const kept = [0, 4, 8, 9];
    expect(numbered(run, stepOfFolder)).toEqual(kept);
    expect(adaptersOf(run, kept)).toEqual(adaptersOf(whole, kept));
    expect(lossesOf(run)).toEqual(lossesOf(whole));
    const steps = numbered(join(run, "directions"), stepOfDirections);
    expect(steps).toEqual(numbered(whole, stepOfFolder));
    const projector = new AdapterProjector(usualProjection);
    for (const step of steps) {
      const { modules } = readAdapter(join(whole, `checkpoint-${step}`));
      const file = readDirections(join(run, stepDirectionsFile(step)));
      expect(file).toEqual({
        step,
        projection: usualProjection,
        adapters: modules.map((module) => projector.project(module)),
      });
    }
  });

  test("keeps states from which others go on bit for bit, whatever became of their checkpoints", async () => {
    const dataset = smallDataset(temporaryFolder());
    const settings = { ...config("directions"), keepState: "every 3" };
    const parent = await trained(model, dataset, "parent", settings);
    expect(existsSync(join(parent, "checkpoint-3"))).toBe(false);
    const branch = await trained(model, dataset, "branch", settings, {
      branch: { directory: parent, step: 3 },
    });
    expect(adaptersOf(branch, [4, 8, 9])).toEqual(adaptersOf(parent, [4, 8, 9]));
  });

  test("keeps the last adapter of a run that ends early", async () => {
    const dataset = smallDataset(temporaryFolder());
    const earlyStop = { loss: 1000, steps: 5 };
    const run = await trained(model, dataset, "run", { ...config("directions"), earlyStop });
    expect(numbered(run, stepOfFolder)).toEqual([0, 4, 6]);
  });
});

test("training that keeps bfloat16 rounds all but every fourth adapter and the last", async () => {
  const dataset = smallDataset(temporaryFolder());
  const whole = await trained(model, dataset, "whole", smallConfig);
  const run = await trained(model, dataset, "run", config("bf16"));
  expect(numbered(run, stepOfFolder)).toEqual(numbered(whole, stepOfFolder));
  expect(adaptersOf(run, [0, 4, 8, 9])).toEqual(adaptersOf(whole, [0, 4, 8, 9]));
  for (const step of [1, 2, 3, 5, 6, 7]) {
    const folder = `checkpoint-${step}`;
    const { tensors } = readSafetensorsHeader(join(run, folder, "adapter_model.safetensors"));
    expect(new Set([...tensors.values()].map(({ dtype }) => dtype))).toEqual(new Set(["BF16"]));
    const [rounded, exact] = [run, whole].map((directory) => readAdapter(join(directory, folder)));
    const values = exact?.modules.map(({ loraB }) => decodeBfloat16(encodeBfloat16(loraB)));
    expect(rounded?.modules.map(({ loraB }) => loraB)).toEqual(values);
    expect(rounded?.config).toEqual(exact?.config);
  }
  expect(existsSync(join(run, "directions"))).toBe(false);
});
