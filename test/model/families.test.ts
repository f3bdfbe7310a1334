import { describe, expect, test } from "vitest";
import { stackAdapters } from "../../src/model/weights/adapterBank.js";
import { generate } from "../../src/model/generation/generate.js";
import type { Model } from "../../src/model/model.js";
import { parameterShapes } from "../../src/model/config/parameters.js";
import { inMemory } from "../../src/tensor/fileSlice.js";
import { responseBatch } from "../../src/train/batches/batches.js";
import type { TrainingDefinition } from "../../src/train/stepDefinition.js";
import { Stepper } from "../../src/train/stepper.js";
import { trainingOf } from "../support/training/tinyTraining.js";
import {
  familyAdapter,
  familyGolden,
  familyModel,
  familyNames,
  goldenTensor,
  goldenTensors,
  type FamilyName,
} from "../support/familyModels.js";
import { forwardLogits, largestDifference } from "../support/tinyModels.js";

/**
 * Logits are at most about 11, residuals about 40, in float32 on both sides (unit roundoff 6e-8) but summed in
 * other orders: a few dozen roundings are some 3e-5. A switch that is wrong moves them by more than 1e-2.
 */
const tolerance = 1e-4;

/** Loss and gradients, which one SGD step at rate 1 subtracts from the parameters. */
async function sgdGradients(
  model: Model,
  name: FamilyName,
  definition: TrainingDefinition,
  initial: Readonly<Record<string, Float32Array>>,
): Promise<{ loss: number; gradients: Map<string, Float32Array> }> {
  const stepper = new Stepper(model.engine, definition, initial);
  const batch = responseBatch(familyGolden.families[name].chats.slice(0, 3), 0);
  const { loss } = await stepper.advance(batch, 1);
  const gradients = new Map(
    Object.entries(stepper.values).map(([key, after]) => {
      const before = initial[key] ?? new Float32Array();
      return [key, before.map((value, index) => value - (after[index] ?? NaN))];
    }),
  );
  await stepper.dispose();
  return { loss: loss[0] ?? NaN, gradients };
}

/** Every gradient relative to the largest entry of its parameter. */
function expectGradients(
  gradients: ReadonlyMap<string, Float32Array>,
  expected: ReadonlyMap<string, Float32Array>,
): void {
  expect([...gradients.keys()].sort()).toEqual([...expected.keys()].sort());
  for (const [key, values] of expected) {
    const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    expect(largest, key).toBeGreaterThan(0);
    // Reading a gradient off a step at rate 1 rounds it to 6e-8 of the parameter, which is of order 1.
    const error = largestDifference(gradients.get(key) ?? [], values);
    expect(error, key).toBeLessThan(1e-3 * largest + 2e-7);
  }
}

describe.each(familyNames)("%s, against transformers and PEFT", (name) => {
  const golden = familyGolden.families[name];
  const ids = golden.chats[1]?.ids ?? [];

  test.each(["onnxruntime", "wasm"] as const)("logits on %s", async (engine) => {
    const model = await familyModel(name, engine);
    const expected = goldenTensor(name, "logits");
    const values = await forwardLogits(model, [ids]);
    const last = values.subarray(-expected.data.length);
    expect(largestDifference(last, expected.data)).toBeLessThan(tolerance);
  });

  test("logits with an adapter", async () => {
    const model = await familyModel(name);
    const bank = stackAdapters(model.config, [{ modules: familyAdapter(name).modules, factor: 1 }]);
    const values = await forwardLogits(model, [ids], bank);
    const expected = goldenTensor(name, "adaptedLogits").data;
    expect(largestDifference(values.subarray(-expected.length), expected)).toBeLessThan(tolerance);
    const plain = goldenTensor(name, "logits").data.subarray(-expected.length);
    expect(largestDifference(plain, expected)).toBeGreaterThan(0.1);
  });

  test("loss and the gradient of every parameter", async () => {
    const model = await familyModel(name);
    const trainable = [...parameterShapes(model.config)].map(([key, shape]) => ({
      name: key,
      shape,
      decays: false,
    }));
    const initial = Object.fromEntries(
      Object.entries(model.parameters).map(([key, value]) => [key, Float32Array.from(inMemory(value).data)]),
    );
    const { loss, gradients } = await sgdGradients(
      model,
      name,
      {
        config: model.config,
        frozen: {},
        trainable,
        adapters: [],
        replicas: 1,
        optimizer: { name: "sgd" },
      },
      initial,
    );
    expect(Math.abs(loss - golden.loss)).toBeLessThan(tolerance);
    const expected = [...goldenTensors(name, "gradient:")].filter(([key]) => !key.includes("lora_"));
    expectGradients(gradients, new Map(expected));
  });

  test.each(["onnxruntime", "wasm"] as const)(
    "loss and the gradients of an adapter on %s",
    async (engine) => {
      const model = await familyModel(name, engine);
      const modules = familyAdapter(name).modules.map((module) => ({
        ...module,
        modulePath: module.modulePath.replace("model.language_model.", "model."),
      }));
      const { definition, initial } = trainingOf(model, modules);
      const { loss, gradients } = await sgdGradients(model, name, definition, initial);
      expect(Math.abs(loss - golden.adaptedLoss)).toBeLessThan(tolerance);
      const expected = [...goldenTensors(name, "gradient:")].filter(([key]) => key.includes("lora_"));
      expectGradients(gradients, new Map(expected));
    },
  );

  test("64 greedy tokens of prompts of unequal length in one left-padded batch", async () => {
    const model = await familyModel(name);
    const rows = golden.prompts.map((promptIds, row) => ({ promptIds, randomName: `row ${row}` }));
    expect(new Set(rows.map(({ promptIds }) => promptIds.length)).size).toBe(4);
    // The script checked that no greedy choice leads by less than 1e-3, ten times the tolerance.
    expect(golden.smallestLead).toBeGreaterThan(1e-3);
    const answers = await generate(model, rows, { maxNewTokens: 64, temperature: 0, seed: 0 });
    expect(answers).toEqual(golden.greedy);
  });
});
