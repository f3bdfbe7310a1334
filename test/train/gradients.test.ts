import { describe, expect, test } from "vitest";
import { Stepper } from "../../src/train/stepper.js";
import {
  largestDifference,
  modelParity,
  tinyAdapter,
  tinyModel,
  tinyModelNames,
  type TinyModelName,
} from "../support/tinyModels.js";
import { goldenBatch, trainingOf } from "../support/training/tinyTraining.js";

/** Loss, gradient norm and gradients, which one SGD step at rate 1 subtracts from the parameters. */
async function sgdGradients(
  name: TinyModelName,
  adapter: "rank1" | "rank3",
  engine: "onnxruntime" | "wasm",
): Promise<{ loss: number; norm: number; gradients: Map<string, Float32Array> }> {
  const model = await tinyModel(name, engine);
  const { definition, initial } = trainingOf(model, tinyAdapter(name, adapter).modules);
  const stepper = new Stepper(model.engine, definition, initial);
  const { loss, gradientNorm } = await stepper.advance(goldenBatch(model), 1);
  const gradients = new Map(
    Object.entries(stepper.values).map(([key, after]) => {
      const before = initial[key] ?? new Float32Array();
      return [key, before.map((value, index) => value - (after[index] ?? NaN))];
    }),
  );
  await stepper.dispose();
  return { loss: loss[0] ?? NaN, norm: gradientNorm[0] ?? NaN, gradients };
}

const cases = tinyModelNames.flatMap((name) => [
  { name, adapter: "rank1" as const },
  { name, adapter: "rank3" as const },
]);

describe.each(cases)("gradients of $name with adapter $adapter", ({ name, adapter }) => {
  const golden = modelParity.models[name][adapter];
  const expected = Object.entries(golden.gradients ?? {});

  test.each(["onnxruntime", "wasm"] as const)("loss and gradients on %s are PyTorch's", async (engine) => {
    const { loss, norm, gradients } = await sgdGradients(name, adapter, engine);
    // The loss is a mean of terms of order 10, each right to about 1e-5 as the logits are.
    expect(Math.abs(loss - golden.loss)).toBeLessThan(1e-4);
    expect([...gradients.keys()].sort()).toEqual(expected.map(([key]) => key).sort());
    // Relative to the largest entry of each matrix. Reading a gradient off a step at rate 1 rounds it to 6e-8 of
    // the parameter (0.5 or less); float32 sums over 40 terms and two layers add about 1e-5 of the gradient.
    for (const [key, values] of expected) {
      const largest = Math.max(...values.map(Math.abs));
      expect(largest, key).toBeGreaterThan(0);
      const error = largestDifference(gradients.get(key) ?? [], values) / largest;
      expect(error, key).toBeLessThan(1e-3);
    }
    const squares = expected.flatMap(([, values]) => values).reduce((sum, value) => sum + value * value, 0);
    expect(norm / Math.sqrt(squares)).toBeCloseTo(1, 4);
  });

  test("both engines agree", async () => {
    const compiled = await sgdGradients(name, adapter, "onnxruntime");
    const eager = await sgdGradients(name, adapter, "wasm");
    expect(Math.abs(compiled.loss - eager.loss)).toBeLessThan(1e-4);
    for (const [key, values] of compiled.gradients) {
      const largest = Math.max(...values.map(Math.abs));
      // Twice the error of either against PyTorch (below 1e-5 of the largest entry) with a margin of five.
      expect(largestDifference(values, eager.gradients.get(key) ?? []) / largest, key).toBeLessThan(1e-4);
    }
  });
});

test("the loss without an adapter's update is the model's own", async () => {
  for (const name of tinyModelNames) {
    const model = await tinyModel(name);
    const modules = tinyAdapter(name, "rank1").modules.map((module) => ({
      ...module,
      loraB: new Float32Array(module.loraB.length),
    }));
    const { definition, initial } = trainingOf(model, modules);
    const stepper = new Stepper(model.engine, definition, initial);
    const { loss } = await stepper.advance(goldenBatch(model), 0);
    expect(Math.abs((loss[0] ?? NaN) - modelParity.models[name].none.loss)).toBeLessThan(1e-4);
    await stepper.dispose();
  }
});
