import { beforeAll, expect, test } from "vitest";
import type { Model } from "../../src/model/model.js";
import { DataOrder } from "../../src/train/batches/dataOrder.js";
import { trainsTogether } from "../../src/train/train.js";
import { decodeTrainConfig, encodeTrainConfig } from "../../src/train/trainRecord.js";
import { lossesOf, trained } from "../support/training/smallRuns.js";
import { filesOf, smallConfig, smallDataset } from "../support/training/tinyTraining.js";
import { tinyModel } from "../support/tinyModels.js";
import { temporaryFolder } from "../support/temporaryFolder.js";

let model: Model;

beforeAll(async () => {
  model = await tinyModel("tiny-qwen2");
});

const config = { ...smallConfig, steps: 4 };

test("a training without some rows is the whole one until the first step that has them", async () => {
  const dataset = smallDataset(temporaryFolder());
  const order = new DataOrder(config.seed, dataset.chats.length, config.batchSize);
  const [left = -1] = order.examples(3);
  const first = [1, 2, 3, 4].find((step) => order.examples(step).includes(left)) ?? NaN;
  const [whole, without] = [
    await trained(model, dataset, "whole", config),
    await trained(model, dataset, "without", { ...config, leftOut: [left] }),
  ];
  const [losses, others] = [lossesOf(whole), lossesOf(without)];
  expect(others.slice(0, first - 1)).toEqual(losses.slice(0, first - 1));
  expect(others[first - 1]).not.toBe(losses[first - 1]);
  expect(others).toHaveLength(4);
});

test("rows that are not in the data change nothing", async () => {
  const dataset = smallDataset(temporaryFolder());
  const whole = await trained(model, dataset, "whole", config);
  const without = await trained(model, dataset, "without", { ...config, leftOut: [99] });
  expect(filesOf(without)).toEqual(filesOf(whole));
});

test("an interrupted one goes on bit for bit", async () => {
  const dataset = smallDataset(temporaryFolder());
  const settings = { ...config, leftOut: [2, 5] };
  const whole = await trained(model, dataset, "whole", settings);
  const controller = new AbortController();
  const interrupted = await trained(model, dataset, "interrupted", settings, {
    signal: controller.signal,
    onStep: ({ step }) => {
      if (step === 2) controller.abort();
    },
  });
  await trained(model, dataset, "interrupted", settings, { resume: true });
  expect(filesOf(interrupted)).toEqual(filesOf(whole));
});

test("is refused where nothing would be left of a step", async () => {
  const dataset = smallDataset(temporaryFolder());
  const order = new DataOrder(config.seed, dataset.chats.length, config.batchSize);
  await expect(
    trained(model, dataset, "without", { ...config, leftOut: [...order.examples(2)] }),
  ).rejects.toThrow("leftOut: expected something left of every step, found none of step 2");
  await expect(trained(model, dataset, "without", { ...config, leftOut: [-1] })).rejects.toThrow("leftOut");
});

test("is recorded, and is trained alone", () => {
  const settings = { ...config, leftOut: [2, 5] };
  expect(decodeTrainConfig(encodeTrainConfig(settings), "run.json")).toEqual(settings);
  expect(trainsTogether([settings, { ...settings, seed: 6 }])).toBe(false);
});
