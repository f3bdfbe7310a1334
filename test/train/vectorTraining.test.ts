import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { analyze } from "../../src/analysis/analyze.js";
import { trainedVectorsFile } from "../../src/formats/trainedVectors.js";
import { readAdapter } from "../../src/formats/peft.js";
import { readSafetensors } from "../../src/formats/safetensors.js";
import { openCheckpoint } from "../../src/model/checkpointModel.js";
import { tokenLogits } from "../../src/model/hooks/tokenLogits.js";
import type { Model } from "../../src/model/model.js";
import { retrainRun } from "../../src/pipeline/training/retrainRun.js";
import { trainTogether } from "../../src/pipeline/training/trainRun.js";
import { openRun } from "../../src/runs/openRun.js";
import { readTrajectories } from "../../src/runs/trajectories.js";
import { responseBatch } from "../../src/train/batches/batches.js";
import { resolveSettings, settingsOf } from "../../src/train/recipes/resolve.js";
import { layered } from "../../src/train/recipes/settings.js";
import { Stepper } from "../../src/train/stepper.js";
import { trainableVectors } from "../../src/train/trainables/trainedVectors.js";
import { checkTrainConfig, type VectorTrainConfig } from "../../src/train/trainConfig.js";
import { decodeTrainConfig, encodeTrainConfig } from "../../src/train/trainRecord.js";
import { temporaryFolder } from "../support/temporaryFolder.js";
import { largestDifference, modelParity, tinyModel } from "../support/tinyModels.js";
import { lossesOf, trained } from "../support/training/smallRuns.js";
import { filesOf, smallConfig, smallDataset } from "../support/training/tinyTraining.js";

const numbers = z.array(z.number());
const golden = z
  .object({
    alpha: z.number(),
    learningRate: z.number(),
    trainings: z.array(
      z.object({
        layer: z.number(),
        weightDecay: z.number(),
        kl: z.number(),
        start: numbers,
        losses: numbers,
        penalties: numbers,
        gradientNorms: numbers,
        vectors: z.array(numbers),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync(new URL("../golden/train/vectorTraining.json", import.meta.url), "utf8")));

const { steps, batchSize, optimizer, schedule, clipNorm, maxLength, seed } = smallConfig;

/** Training of two vectors of a tiny model in a second. */
const vectorConfig: VectorTrainConfig = {
  ...{ steps, batchSize, optimizer, schedule, clipNorm, maxLength, seed },
  method: "vector",
  layers: [1, 0],
  alpha: 4,
};

let model: Model;

beforeAll(async () => {
  model = await tinyModel("tiny-qwen2");
});

describe.each(["onnxruntime", "wasm"] as const)("on %s", (engine) => {
  test.each(golden.trainings)(
    "a vector after layer $layer trained with decay $weightDecay and penalty $kl goes PyTorch's way",
    async (expected) => {
      const own = await tinyModel("tiny-qwen2", engine);
      const { ids, isResponse } = modelParity.models["tiny-qwen2"].none;
      const config: VectorTrainConfig = { ...vectorConfig, layers: [expected.layer], alpha: golden.alpha };
      const { parameters, adapters, frozen } = trainableVectors(config, own);
      const [name = ""] = parameters.map((each) => each.name);
      const stepper = new Stepper(
        own.engine,
        {
          ...{ config: own.config, frozen, trainable: parameters, adapters, replicas: 1 },
          optimizer: {
            ...{ name: "adamw", beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
            weightDecay: expected.weightDecay,
          },
        },
        { [name]: Float32Array.from(expected.start) },
      );
      const batch = responseBatch([{ ids, isResponse }], own.tokenizer.paddingId);
      const penalty = { ...batch, weights: batch.weights.map((share) => expected.kl * share) };
      for (const [index, vector] of expected.vectors.entries()) {
        const found = await stepper.advance(
          batch,
          [golden.learningRate],
          expected.kl > 0 ? penalty : undefined,
        );
        expect(Math.abs((found.loss[0] ?? NaN) - (expected.losses[index] ?? NaN))).toBeLessThan(1e-4);
        expect(
          Math.abs((found.gradientNorm[0] ?? NaN) / (expected.gradientNorms[index] ?? NaN) - 1),
        ).toBeLessThan(1e-4);
        expect(Math.abs((found.penalty?.[0] ?? 0) - (expected.penalties[index] ?? NaN))).toBeLessThan(1e-4);
        expect(largestDifference(stepper.values[name] ?? [], vector)).toBeLessThan(1e-5);
      }
      await stepper.dispose();
    },
  );
});

describe("a run of vectors", () => {
  test("keeps every step in a file that says all, and begins at zero", async () => {
    const run = await trained(model, smallDataset(temporaryFolder()), "run", vectorConfig);
    const path = join(run, "checkpoint-9", trainedVectorsFile);
    const { metadata, tensors } = readSafetensors(path);
    expect(metadata).toEqual({ format: "pt", formatVersion: "1", alpha: "4", baseModel: model.folder });
    expect([...tensors].map(([name, { shape }]) => [name, shape])).toEqual([
      ["layer.0", [32]],
      ["layer.1", [32]],
    ]);
    const { adapters, gaps } = readTrajectories(run);
    expect(gaps).toEqual([]);
    expect(adapters.map(({ modulePath, layer, scaling }) => [modulePath, layer, scaling])).toEqual([
      ["model.layers.0", 0, 4],
      ["model.layers.1", 1, 4],
    ]);
    for (const { steps: known, loraB } of adapters) {
      expect(known).toEqual([...Array(steps + 1).keys()]);
      expect(loraB[0]?.every((value) => value === 0)).toBe(true);
      expect(loraB.at(-1)?.some((value) => value !== 0)).toBe(true);
    }
    expect(lossesOf(run)).toHaveLength(steps);
  });

  test("adds α·v to the stream and nothing else; times 0 it is the base, bit for bit", async () => {
    const run = await trained(model, smallDataset(temporaryFolder()), "run", vectorConfig);
    const folder = join(run, "checkpoint-9");
    const { ids } = modelParity.models["tiny-qwen2"].none;
    const logitsOf = (factor: number): Promise<Float32Array> => {
      const { adapters } = openCheckpoint(model, folder, factor);
      return tokenLogits(model, ids, { ...(adapters === undefined ? {} : { adapters }) });
    };
    const edits = readAdapter(folder).modules.map(({ loraB }, layer) => ({
      ...{ kind: "add" as const, layer, vector: loraB, factor: 4 * 0.5 },
    }));
    const base = await tokenLogits(model, ids, {});
    expect([...(await logitsOf(0))]).toEqual([...base]);
    expect(largestDifference(await logitsOf(0.5), await tokenLogits(model, ids, { edits }))).toBeLessThan(
      1e-4,
    );
    expect(largestDifference(await logitsOf(1), base)).toBeGreaterThan(1e-2);
  });

  test("goes on after an interruption bit for bit, and is verified", async () => {
    const dataset = smallDataset(temporaryFolder());
    const config: VectorTrainConfig = {
      ...vectorConfig,
      ...{ initialScale: 0.01, accumulation: 2, batchSize: 1, keepState: "every 4", checkpoints: "every 2" },
      heldOut: { fraction: 0.2, every: 4 },
    };
    const whole = await trained(model, dataset, "whole", config);
    const stop = new AbortController();
    const cut = await trained(model, dataset, "cut", config, {
      signal: stop.signal,
      onStep: ({ step }) => {
        if (step === 5) stop.abort();
      },
    });
    await trained(model, dataset, "cut", config, { resume: true });
    expect(filesOf(cut)).toEqual(filesOf(whole));
    const { status, steps: compared, tensors } = await retrainRun({ directory: cut, model, dataset });
    expect([status, compared.compared]).toEqual(["same", steps]);
    expect(tensors).toBeGreaterThan(10);
  });

  test("of several seeds go through the model together as they would alone", async () => {
    const dataset = smallDataset(temporaryFolder());
    const configs = [5, 6].map((each) => ({ ...vectorConfig, initialScale: 0.01, seed: each }));
    const alone = await trained(model, dataset, "alone", configs[1] ?? vectorConfig);
    const folder = temporaryFolder();
    await trainTogether(
      configs.map((config) => ({ directory: join(folder, `${config.seed}`), config, model, dataset })),
    );
    const last = (run: string) => readAdapter(join(run, "checkpoint-9")).modules;
    const [one, other] = [last(join(folder, "5")), last(join(folder, "6"))];
    for (const [index, { loraB }] of last(alone).entries()) {
      expect(largestDifference(other[index]?.loraB ?? [], loraB)).toBeLessThan(1e-4);
      expect(largestDifference(one[index]?.loraB ?? [], loraB)).toBeGreaterThan(1e-3);
    }
  });

  test("has the geometry of v, and none of an A", async () => {
    const run = await trained(model, smallDataset(temporaryFolder()), "run", vectorConfig);
    const { adapters } = readTrajectories(run);
    const { log } = openRun(run);
    const analysis = analyze({ run: "run", adapters, log, answers: [], gaps: [] });
    for (const [index, adapter] of analysis.adapters.entries()) {
      expect(adapter.A).toBeNull();
      const last = Math.hypot(...(adapters[index]?.loraB.at(-1) ?? []));
      expect(adapter.B.norm.values.at(-1)).toBeCloseTo(last, 6);
      expect(adapter.deltaW.norm.values.at(-1)).toBeCloseTo(4 * last, 5);
    }
  });
});

describe("settings of vectors", () => {
  const target = { layers: 2, conversations: () => 7 };

  test("are recorded and read again, and drop what only adapters have", () => {
    expect(decodeTrainConfig(encodeTrainConfig(vectorConfig), "run.json")).toEqual(vectorConfig);
    const settings = settingsOf(encodeTrainConfig(vectorConfig), "run.json");
    expect(resolveSettings(settings, target, "test")).toEqual(vectorConfig);
    const base = settingsOf(encodeTrainConfig({ ...smallConfig, dropout: 0.1 }), "base");
    const changed = layered([
      { source: "base", settings: base },
      { source: "flags", settings: { method: "vector", alpha: 3, layers: [1] } },
    ]);
    expect(resolveSettings(changed, target, "test")).toMatchObject({
      ...{ method: "vector", alpha: 3, layers: [1] },
      schedule: { peakLearningRate: 0.02 },
    });
  });

  test.each([
    [{ rank: 2 }, "rank: expected with LoRA only"],
    [{ dropout: 0.1 }, "dropout: expected with LoRA only"],
    [{ keep: "bf16" as const }, "keep: expected with LoRA only"],
    [{ targetModules: ["q_proj" as const] }, "targetModules: expected with LoRA or full fine-tuning only"],
    [{ savedWeights: "whole" as const }, "savedWeights: expected with full fine-tuning only"],
  ])("refuse %j", (more, message) => {
    const settings = { ...settingsOf(encodeTrainConfig(vectorConfig), "run.json"), ...more };
    expect(() => resolveSettings(settings, target, "test")).toThrow(message);
  });

  test("refuse a layer that there is not, and a factor of 0", () => {
    const check = (more: Partial<VectorTrainConfig>) => () => {
      checkTrainConfig({ ...vectorConfig, ...more }, model.config);
    };
    expect(check({ layers: [2] })).toThrow("layers: expected numbers from 0 to 1, found 2");
    expect(check({ alpha: 0 })).toThrow("alpha: expected a number above 0, found 0");
    expect(check({ initialScale: -1 })).toThrow("initialScale: expected a number of at least 0, found -1");
    expect(check({})).not.toThrow();
  });
});
