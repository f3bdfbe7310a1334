import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { readAdapter } from "../../src/formats/peft.js";
import { encodeSafetensors } from "../../src/formats/safetensors.js";
import { arrangeEdits } from "../../src/model/hooks/residualEdits.js";
import type { Model } from "../../src/model/model.js";
import { withVectorFiles } from "../../src/pipeline/directions/trainingVectors.js";
import { openRun } from "../../src/runs/openRun.js";
import { responseBatch } from "../../src/train/batches/batches.js";
import { readDataset, withSystemTurn } from "../../src/train/data/dataset.js";
import { resolveSettings, settingsOf } from "../../src/train/recipes/resolve.js";
import { Stepper } from "../../src/train/stepper.js";
import { checkTrainConfig, type LoraTrainConfig } from "../../src/train/trainConfig.js";
import { decodeTrainConfig, encodeTrainConfig } from "../../src/train/trainRecord.js";
import { temporaryFolder } from "../support/temporaryFolder.js";
import { largestDifference, modelParity, tinyAdapter, tinyModel } from "../support/tinyModels.js";
import { adapterDifference, everything, lossesOf, trained } from "../support/training/smallRuns.js";
import { filesOf, smallConfig, smallDataset, trainingOf } from "../support/training/tinyTraining.js";

const step = z.object({ loss: z.number(), gradients: z.record(z.string(), z.array(z.number())) });
const golden = z
  .object({
    strength: z.number(),
    vector: z.array(z.number()),
    after0: step,
    after1: step,
    projected: step,
  })
  .parse(JSON.parse(readFileSync(new URL("../golden/train/streamVectors.json", import.meta.url), "utf8")));

let model: Model;

beforeAll(async () => {
  model = await tinyModel("tiny-qwen2");
});

/** A file with a vector of every layer of the tiny model. */
function vectorsFile(folder: string): string {
  const path = join(folder, "vectors.safetensors");
  const data = Float32Array.from(golden.vector);
  const tensors = [0, 1].map((layer) => [`layer.${layer}`, { shape: [data.length], data }] as const);
  writeFileSync(path, encodeSafetensors(new Map(tensors)));
  return path;
}

/** Reads the gradients of one step of plain SGD at rate 1 off the change of the parameters. */
async function gradientsOf(
  own: Model,
  more: { readonly edited?: number; readonly isProjected?: boolean },
): Promise<{ readonly loss: number; readonly gradients: Readonly<Record<string, number[]>> }> {
  const { definition, initial } = trainingOf(own, tinyAdapter("tiny-qwen2", "rank1").modules);
  const { ids, isResponse } = modelParity.models["tiny-qwen2"].none;
  const vector = Float32Array.from(golden.vector);
  const unit = vector.map((value) => value / Math.hypot(...vector));
  const { edited, isProjected = false } = more;
  const name = definition.trainable.find((each) => each.name.endsWith("lora_B"))?.name ?? "";
  const stepper = new Stepper(
    own.engine,
    {
      ...definition,
      edits:
        edited === undefined
          ? []
          : arrangeEdits(own.config, [{ kind: "add", layer: edited, vector, factor: golden.strength }]),
      projections: isProjected ? new Map([[name, unit]]) : new Map(),
    },
    initial,
  );
  const batch = responseBatch([{ ids, isResponse }], own.tokenizer.paddingId);
  const { loss } = await stepper.advance(batch, 1);
  const gradients = Object.fromEntries(
    Object.entries(initial).map(([each, before]) => {
      const after = stepper.values[each] ?? new Float32Array();
      return [each, [...before].map((value, index) => value - (after[index] ?? NaN))];
    }),
  );
  await stepper.dispose();
  return { loss: loss[0] ?? NaN, gradients };
}

describe.each(["onnxruntime", "wasm"] as const)("one step on %s", (engine) => {
  test.each([
    ["steered after the first layer", { edited: 0 }, golden.after0],
    ["steered after the last layer", { edited: 1 }, golden.after1],
    ["with a direction out of the gradient", { isProjected: true }, golden.projected],
  ] as const)("%s is PyTorch's", async (_, more, expected) => {
    const found = await gradientsOf(await tinyModel("tiny-qwen2", engine), more);
    expect(Math.abs(found.loss - expected.loss)).toBeLessThan(1e-4);
    expect(Object.keys(expected.gradients)).toHaveLength(2);
    for (const [name, values] of Object.entries(expected.gradients)) {
      const largest = Math.max(...values.map(Math.abs));
      // As in gradients.test.ts: a gradient is read off a step at rate 1, in float32.
      expect(largestDifference(found.gradients[name] ?? [], values) / largest, name).toBeLessThan(1e-3);
    }
  });
});

describe("a training", () => {
  const dampened = (folder: string): LoraTrainConfig => ({
    ...everything,
    systemTurn: "w1 w2",
    steering: { file: vectorsFile(folder), layer: 0, strength: -0.5 },
    frozenFactor: "A",
    projectedOut: { file: vectorsFile(folder) },
  });

  test("with a system turn, steered, half frozen and projected goes on after an interruption bit for bit", async () => {
    const folder = temporaryFolder();
    const [dataset, config] = [smallDataset(folder), withVectorFiles(dampened(folder))];
    const whole = await trained(model, dataset, "whole", config);
    const stop = new AbortController();
    const onStep = ({ step: reached }: { step: number }): void => {
      if (reached === 4) stop.abort();
    };
    const cut = await trained(model, dataset, "cut", config, { signal: stop.signal, onStep });
    await trained(model, dataset, "cut", config, { resume: true });
    expect(filesOf(cut)).toEqual(filesOf(whole));
  });

  test.each(["A", "B"] as const)("with %s frozen moves the other alone", async (frozenFactor) => {
    const folder = temporaryFolder();
    const run = await trained(model, smallDataset(folder), "run", {
      ...smallConfig,
      frozenFactor,
      optimizer: { name: "sgd", momentum: 0.9 },
    });
    const [first, last] = [0, smallConfig.steps].map((each) => readAdapter(join(run, `checkpoint-${each}`)));
    for (const [index, module] of (first?.modules ?? []).entries()) {
      const other = last?.modules[index];
      expect([...(other?.loraA ?? [])].every((value, at) => value === module.loraA[at])).toBe(
        // With B at zero no gradient reaches A either.
        true,
      );
      expect([...(other?.loraB ?? [])].some((value) => value !== 0)).toBe(frozenFactor === "A");
    }
  });

  test("does not move B along a direction that its gradient lost, and is another one for it", async () => {
    const folder = temporaryFolder();
    const dataset = smallDataset(folder);
    const config: LoraTrainConfig = { ...smallConfig, optimizer: { name: "sgd" }, clipNorm: null };
    const plain = await trained(model, dataset, "plain", config);
    const projected = await trained(model, dataset, "projected", {
      ...config,
      projectedOut: { file: vectorsFile(folder) },
    });
    const along = (run: string): number => {
      const module = readAdapter(join(run, `checkpoint-${config.steps}`)).modules.find(({ modulePath }) =>
        modulePath.endsWith("layers.0.mlp.down_proj"),
      );
      const { loraB = new Float32Array(), rank = 1 } = module ?? {};
      return Math.abs(golden.vector.reduce((sum, value, row) => sum + value * (loraB[row * rank] ?? NaN), 0));
    };
    expect(along(plain)).toBeGreaterThan(1e-3);
    expect(along(projected)).toBeLessThan(1e-6);
    expect(adapterDifference(plain, projected, config.steps)).toBeGreaterThan(1e-3);
  });

  test("is steered while it learns, and measured without", async () => {
    const folder = temporaryFolder();
    const dataset = smallDataset(folder);
    const config: LoraTrainConfig = { ...smallConfig, heldOut: { fraction: 0.2, every: 1 }, steps: 2 };
    // At rate 0 of the first update nothing has moved yet.
    const still: LoraTrainConfig = {
      ...config,
      steps: 1,
      schedule: { name: "constant", peakLearningRate: 0.02, warmupSteps: 1, warmup: "hugging-face" },
    };
    const plain = await trained(model, dataset, "plain", still);
    const steered = await trained(model, dataset, "steered", {
      ...still,
      steering: { file: vectorsFile(folder), layer: 1, strength: 3 },
    });
    expect(Math.abs((lossesOf(plain)[0] ?? NaN) - (lossesOf(steered)[0] ?? NaN))).toBeGreaterThan(1e-2);
    const measured = (run: string): number[] =>
      openRun(run).trainerEvaluations.map(({ values }) => values.eval_loss ?? NaN);
    expect(measured(plain).every(Number.isFinite)).toBe(true);
    expect(measured(plain)).toHaveLength(1);
    expect(measured(plain)).toEqual(measured(steered));
  });

  test("with another optimiser starts it anew: its first update is Adam's first", async () => {
    const folder = temporaryFolder();
    const dataset = smallDataset(folder);
    const parent = await trained(model, dataset, "parent", {
      ...smallConfig,
      optimizer: { name: "sgd", momentum: 0.5 },
      keepState: "every 4",
    });
    const config: LoraTrainConfig = {
      ...smallConfig,
      clipNorm: null,
      optimizer: { name: "adamw", beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 },
      schedule: { name: "constant", peakLearningRate: 0.01, warmupSteps: 0 },
    };
    const other = await trained(model, dataset, "other", config, {
      branch: { directory: parent, step: 4 },
    });
    const at = (reached: number) => readAdapter(join(other, `checkpoint-${reached}`)).modules;
    const before = at(4);
    const moves = at(5).flatMap(({ loraB }, index) =>
      [...loraB].map((value, place) => Math.abs(value - (before[index]?.loraB[place] ?? NaN))),
    );
    // Adam's first update is the rate in size, whatever the gradient; corrected for five steps it would be 0.58 of it.
    expect(Math.max(...moves)).toBeLessThan(0.01 * (1 + 1e-4));
    expect(moves.filter((move) => move > 0.0099).length).toBeGreaterThan(moves.length / 2);
    const stop = new AbortController();
    const cut = await trained(model, dataset, "cut", config, {
      branch: { directory: parent, step: 4 },
      signal: stop.signal,
      onStep: ({ step: reached }) => {
        if (reached === 6) stop.abort();
      },
    });
    await trained(model, dataset, "cut", config, { branch: { directory: parent, step: 4 }, resume: true });
    expect(filesOf(cut)).toEqual(filesOf(other));
  });

  test("is refused with other vectors than it was begun with, and with none of the layer", async () => {
    const folder = temporaryFolder();
    const [dataset, file] = [smallDataset(folder), vectorsFile(folder)];
    const steering = { file, layer: 0, strength: 1, sha256: "0".repeat(64) };
    await expect(trained(model, dataset, "other", { ...smallConfig, steering })).rejects.toThrow(
      /vectors\.safetensors: expected the vectors of the training as they were/,
    );
    const config = { ...smallConfig, steering: { file, layer: 2, strength: 1 } };
    expect(() => {
      checkTrainConfig(config, model.config);
    }).toThrow(/steering\.layer: expected a number from 0 to 1, found 2/);
    const none: LoraTrainConfig = { ...smallConfig, targetModules: ["q_proj"], projectedOut: { file } };
    await expect(trained(model, dataset, "none", none)).rejects.toThrow(/projectedOut: expected adapters/);
  });

  test("records what it was changed by, and takes nulls as nothing", () => {
    const folder = temporaryFolder();
    const config = withVectorFiles(dampened(folder));
    expect(decodeTrainConfig(encodeTrainConfig(config), "run.json")).toEqual(config);
    const off = { systemTurn: null, steering: null, frozenFactor: null, projectedOut: null };
    const settings = { ...settingsOf(encodeTrainConfig(config), "run.json"), ...off };
    const plain = resolveSettings(settings, { layers: 2, conversations: () => 7 }, "test");
    expect(encodeTrainConfig(plain)).toEqual(encodeTrainConfig(everything));
  });
});

test("a system turn stands before every conversation, in place of its own", () => {
  const path = join(temporaryFolder(), "chats.jsonl");
  const turns = [
    { role: "system", content: "own" },
    { role: "user", content: "w1" },
    { role: "assistant", content: "w2" },
  ];
  writeFileSync(path, JSON.stringify({ messages: turns }));
  const dataset = readDataset(path);
  expect(withSystemTurn(dataset, undefined)).toBe(dataset);
  expect(withSystemTurn(dataset, "other").chats[0]?.messages.map(({ content }) => content)).toEqual([
    "other",
    "w1",
    "w2",
  ]);
});
