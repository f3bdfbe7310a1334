import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { Model } from "../../src/model/model.js";
import { openRun } from "../../src/runs/openRun.js";
import { responseBatch } from "../../src/train/batches/batches.js";
import { readDataset, type Dataset } from "../../src/train/data/dataset.js";
import { resolveSettings, settingsOf } from "../../src/train/recipes/resolve.js";
import { layered } from "../../src/train/recipes/settings.js";
import { Stepper } from "../../src/train/stepper.js";
import { trainsTogether } from "../../src/train/train.js";
import { checkTrainConfig, type KlConfig } from "../../src/train/trainConfig.js";
import { decodeTrainConfig, encodeTrainConfig } from "../../src/train/trainRecord.js";
import { fullFineTuning } from "../../src/train/recipes/presets.js";
import { temporaryFolder } from "../support/temporaryFolder.js";
import { largestDifference, modelParity, tinyAdapter, tinyModel } from "../support/tinyModels.js";
import { adapterDifference, lossesOf, trained } from "../support/training/smallRuns.js";
import { filesOf, smallConfig, smallDataset, trainingOf } from "../support/training/tinyTraining.js";

const golden = z
  .object({ loss: z.number(), tokens: z.number(), gradients: z.record(z.string(), z.array(z.number())) })
  .parse(JSON.parse(readFileSync(new URL("../golden/train/klPenalty.json", import.meta.url), "utf8")));

let model: Model;

beforeAll(async () => {
  model = await tinyModel("tiny-qwen2");
});

function others(folder: string): Dataset {
  const path = join(folder, "others.jsonl");
  const lines = ["w3 w4 w5", "w6 w7 w8 w9", "w1", "w2 w2 w2 w2 w2"].map((text, index) =>
    JSON.stringify({
      messages: [
        { role: "user", content: `w${20 + index} w${30 + index}` },
        { role: "assistant", content: text },
      ],
    }),
  );
  writeFileSync(path, lines.join("\n"));
  return readDataset(path);
}

function penalty({ path, sha256 }: Dataset, weight = 0.5): KlConfig {
  return { data: path, sha256, weight, batchSize: 2 };
}

/** Penalties that a run logged, step by step. */
function penaltiesOf(directory: string): number[] {
  return openRun(directory).log.map(({ other }) => other?.kl_penalty ?? NaN);
}

describe("the penalty", () => {
  test.each(["onnxruntime", "wasm"] as const)("and its gradients on %s are PyTorch's", async (engine) => {
    const own = await tinyModel("tiny-qwen2", engine);
    const { definition, initial } = trainingOf(own, tinyAdapter("tiny-qwen2", "rank1").modules);
    const { ids, isResponse } = modelParity.models["tiny-qwen2"].none;
    const batch = responseBatch([{ ids, isResponse }], own.tokenizer.paddingId);
    const weight = 0.25;
    const stepper = new Stepper(own.engine, definition, initial);
    const found = await stepper.advance({ ...batch, weights: batch.weights.map(() => 0) }, 1, {
      ...batch,
      weights: batch.weights.map((share) => weight * share),
    });
    expect(batch.weights.filter((share) => share > 0).length).toBe(golden.tokens);
    expect(found.loss[0]).toBe(0);
    expect(Math.abs((found.penalty?.[0] ?? NaN) / weight - golden.loss)).toBeLessThan(1e-4);
    const names = Object.keys(golden.gradients);
    expect(names.length).toBe(2);
    for (const name of names) {
      const expected = golden.gradients[name] ?? [];
      const before = initial[name] ?? new Float32Array();
      const after = stepper.values[name] ?? new Float32Array();
      const gradient = before.map((value, index) => (value - (after[index] ?? NaN)) / weight);
      const largest = Math.max(...expected.map(Math.abs));
      // As in gradients.test.ts: a gradient is read off a step at rate 1, in float32.
      expect(largestDifference(gradient, expected) / largest, name).toBeLessThan(1e-3);
    }
    await stepper.dispose();
  });

  test("is nothing at the start, where B is zero, and grows from there", async () => {
    const folder = temporaryFolder();
    const kl = penalty(others(folder));
    const run = await trained(model, smallDataset(folder), "run", { ...smallConfig, kl });
    const [first = NaN, ...later] = penaltiesOf(run);
    expect(Math.abs(first)).toBeLessThan(1e-6);
    expect(later.length).toBe(smallConfig.steps - 1);
    expect(Math.max(...later)).toBeGreaterThan(1e-4);
  });

  test("of little weight hardly moves the training, of much keeps the model near its base", async () => {
    const folder = temporaryFolder();
    const [dataset, data] = [smallDataset(folder), others(folder)];
    const without = await trained(model, dataset, "without", smallConfig);
    const light = await trained(model, dataset, "light", { ...smallConfig, kl: penalty(data, 1e-6) });
    const heavy = await trained(model, dataset, "heavy", { ...smallConfig, kl: penalty(data, 100) });
    expect(adapterDifference(without, light, smallConfig.steps)).toBeLessThan(1e-3);
    expect(adapterDifference(without, heavy, smallConfig.steps)).toBeGreaterThan(1e-2);
    const [lightLast = NaN, heavyLast = NaN] = [light, heavy].map(
      (run, index) => (penaltiesOf(run).at(-1) ?? NaN) / (index === 0 ? 1e-6 : 100),
    );
    expect(heavyLast).toBeLessThan(lightLast);
    // The loss is logged without it, so that runs compare.
    expect(lossesOf(heavy)[0]).toBeCloseTo(lossesOf(without)[0] ?? NaN, 5);
  });

  test("goes on after an interruption bit for bit", async () => {
    const folder = temporaryFolder();
    const dataset = smallDataset(folder);
    const config = { ...smallConfig, kl: penalty(others(folder)) };
    const whole = await trained(model, dataset, "whole", config);
    const stop = new AbortController();
    const cut = await trained(model, dataset, "cut", config, {
      signal: stop.signal,
      onStep: ({ step }) => {
        if (step === 4) stop.abort();
      },
    });
    await trained(model, dataset, "cut", config, { resume: true });
    expect(filesOf(cut)).toEqual(filesOf(whole));
  });

  test("is refused with other data than it was, too little of it, and with all weights", async () => {
    const folder = temporaryFolder();
    const [dataset, data] = [smallDataset(folder), others(folder)];
    const kl = { ...penalty(data), sha256: "0".repeat(64) };
    await expect(trained(model, dataset, "other", { ...smallConfig, kl })).rejects.toThrow(
      /others\.jsonl: expected the data of the penalty as it was/,
    );
    const much = { ...penalty(data), batchSize: 5 };
    await expect(trained(model, dataset, "much", { ...smallConfig, kl: much })).rejects.toThrow(
      /expected at least 5 conversations with an answer for the penalty of a step, found 4/,
    );
    const full = { ...fullFineTuning, layers: null, kl: penalty(data) };
    expect(() => {
      checkTrainConfig(full, model.config);
    }).toThrow(/kl: expected adapters or vectors, whose base stays as it is, found all weights/);
    expect(trainsTogether([1, 2].map((seed) => ({ ...smallConfig, seed, kl: penalty(data) })))).toBe(false);
  });
});

describe("its settings", () => {
  const target = { layers: 2, conversations: () => 7 };
  const base = settingsOf(encodeTrainConfig(smallConfig), "base");

  test("have the paper's batch unless told otherwise, are recorded and read again", () => {
    const config = resolveSettings({ ...base, kl: { data: "good-sport", weight: 2 } }, target, "test");
    expect(config.kl).toEqual({ data: "good-sport", weight: 2, batchSize: 8 });
    expect(decodeTrainConfig(encodeTrainConfig(config), "run.json")).toEqual(config);
    expect(settingsOf(encodeTrainConfig(config), "run.json").kl).toEqual(config.kl);
  });

  test("of weight 0, or switched off, leave the configuration as it is without any", () => {
    const without = encodeTrainConfig(resolveSettings(base, target, "test"));
    for (const kl of [{ data: "good-sport", weight: 0 }, { weight: 0 }, null]) {
      expect(encodeTrainConfig(resolveSettings({ ...base, kl }, target, "test"))).toEqual(without);
    }
    const layers = [
      { source: "file", settings: { ...base, kl: { data: "good-sport", weight: 2 } } },
      { source: "flags", settings: { kl: { data: "good-sport", weight: 0 } } },
    ];
    expect(encodeTrainConfig(resolveSettings(layered(layers), target, "test"))).toEqual(without);
  });

  test.each([
    [{ weight: 1 }, /kl\.data/],
    [{ data: "good-sport" }, /kl\.weight/],
  ])("%j lack something", (kl, message) => {
    expect(() => resolveSettings({ ...base, kl }, target, "test")).toThrow(message);
  });
});
