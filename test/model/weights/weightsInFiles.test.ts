import { cpSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { encodeSafetensors, readSafetensors } from "../../../src/formats/safetensors.js";
import { generate } from "../../../src/model/generation/generate.js";
import { openModel, type Model } from "../../../src/model/model.js";
import { createEngine, type EngineOptions } from "../../../src/tensor/engine.js";
import { isFileSlice } from "../../../src/tensor/fileSlice.js";
import { Stepper } from "../../../src/train/stepper.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";
import { goldenBatch, trainingOf } from "../../support/training/tinyTraining.js";
import {
  forwardLogits,
  largestDifference,
  modelParity,
  tinyAdapter,
  tinyModelNames,
} from "../../support/tinyModels.js";

const engines: [string, EngineOptions][] = [
  ["onnxruntime with shared weights", { engine: "onnxruntime", threads: 1 }],
  ["onnxruntime with packed weights", { engine: "onnxruntime", threads: 1, frozenWeights: "packed" }],
  ["wasm", { engine: "wasm" }],
];

async function opened(name: string, options: EngineOptions, folder = `test/fixtures/${name}`) {
  const engine = await createEngine(options);
  return { inFiles: openModel(folder, engine, { inMemoryBytes: 0 }), inMemory: openModel(folder, engine) };
}

function fileNames(model: Model): string[] {
  return Object.entries(model.parameters).flatMap(([name, value]) => (isFileSlice(value) ? [name] : []));
}

describe.each(engines)("a model whose weights stay in files, on %s", (_, options) => {
  test.each(tinyModelNames)("%s has the logits and answers of the model in memory", async (name) => {
    const { inFiles, inMemory } = await opened(name, options);
    expect(fileNames(inMemory)).toEqual([]);
    expect(fileNames(inFiles)).toContain("model.layers.1.mlp.down_proj.weight");
    expect(fileNames(inFiles)).not.toContain("model.norm.weight");
    const rows = [[1, 5, 6, 7, 8]];
    const logits = await forwardLogits(inMemory, rows);
    // The same products, at most summed in another order.
    expect(largestDifference(await forwardLogits(inFiles, rows), logits)).toBeLessThan(1e-5);
    const prompts = modelParity.models[name].none.ids;
    const request = [{ promptIds: prompts.slice(0, 6), randomName: "row" }];
    const settings = { maxNewTokens: 8, seed: 3 };
    expect(await generate(inFiles, request, settings)).toEqual(await generate(inMemory, request, settings));
  });
});

test("training over weights in files makes the steps of training over weights in memory", async () => {
  const { inFiles, inMemory } = await opened("tiny-qwen2", { engine: "onnxruntime", threads: 1 });
  const losses: number[][] = [];
  for (const model of [inFiles, inMemory]) {
    const { definition, initial } = trainingOf(model, tinyAdapter("tiny-qwen2", "rank3").modules);
    const stepper = new Stepper(model.engine, definition, initial);
    const batch = goldenBatch(model);
    const steps: number[] = [];
    for (let step = 0; step < 3; step++) steps.push((await stepper.advance(batch, 0.1)).loss[0] ?? NaN);
    losses.push(steps);
    await stepper.dispose();
  }
  expect(largestDifference(losses[0] ?? [], losses[1] ?? [])).toBeLessThan(1e-5);
});

test("a model in shards is the model in one file", async () => {
  const folder = join(temporaryFolder(), "model");
  cpSync("test/fixtures/tiny-qwen2", folder, { recursive: true });
  const path = join(folder, "model.safetensors");
  const tensors = [...readSafetensors(path).tensors];
  rmSync(path);
  const map: [string, string][] = [];
  for (const part of [0, 1, 2]) {
    const shard = `model-0000${part + 1}-of-00003.safetensors`;
    const own = tensors.filter((_, index) => index % 3 === part);
    writeFileSync(join(folder, shard), encodeSafetensors(new Map(own), { format: "pt" }));
    for (const [name] of own) map.push([name, shard]);
  }
  writeFileSync(`${path}.index.json`, JSON.stringify({ weight_map: Object.fromEntries(map) }));
  const options: EngineOptions = { engine: "onnxruntime", threads: 1 };
  const { inMemory: whole } = await opened("tiny-qwen2", options);
  const { inMemory, inFiles } = await opened("tiny-qwen2", options, folder);
  expect(inMemory.parameters).toEqual(whole.parameters);
  const rows = [[1, 5, 6, 7, 8]];
  expect(
    largestDifference(await forwardLogits(inFiles, rows), await forwardLogits(whole, rows)),
  ).toBeLessThan(1e-5);
});
