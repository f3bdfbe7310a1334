import { describe, expect, test } from "vitest";
import { createEngine } from "../../../src/tensor/engine.js";
import { Random } from "../../../src/tensor/random.js";
import { tf } from "../../../src/tensor/tfjs.js";
import { crossEntropy } from "../../../src/train/objectives/crossEntropy.js";
import { vocabularyLoss } from "../../../src/train/objectives/vocabularyLoss.js";

const [rows, features, classes] = [4, 3, 11];
/** The first, the last and a middle class of a part, and the last of all. */
const labels = Int32Array.of(0, 3, 5, 10);
const random = new Random(3);
const draw = (size: number, scale: number) =>
  Float32Array.from({ length: size }, () => scale * (2 * random.uniform() - 1));
const hidden = draw(rows * features, 1);
const weight = draw(classes * features, 5);
/** What comes from above; a row of padding gets nothing. */
const scales = Float32Array.of(1, 0.5, 0, 2);

type Loss = (hidden: tf.Tensor, weight: tf.Tensor, labels: tf.Tensor) => tf.Tensor;

/** Losses, and gradients of hidden states and weights, as an engine computes them. */
async function valuesOf(engine: "onnxruntime" | "wasm", lossOf: Loss): Promise<Record<string, number[]>> {
  const program = await (
    await createEngine({ engine, threads: 1 })
  ).compile({
    name: "loss",
    inputs: {
      hidden: { shape: [rows, features], dtype: "float32" },
      weight: { shape: [classes, features], dtype: "float32" },
      labels: { shape: [rows], dtype: "int32" },
      scales: { shape: [rows], dtype: "float32" },
    },
    body: (tensors) => {
      const { hidden: states, weight: table, labels: classOfRow, scales: above } = tensors;
      if (!states || !table || !classOfRow || !above) throw new Error("missing tensor");
      const { value, grads } = tf.valueAndGrads((x: tf.Tensor, w: tf.Tensor) => lossOf(x, w, classOfRow))(
        [states, table],
        above,
      );
      const [ofHidden, ofWeight] = grads;
      if (!ofHidden || !ofWeight) throw new Error("missing gradient");
      return { loss: value, ofHidden, ofWeight };
    },
  });
  const results = await program.run({ hidden, weight, labels, scales });
  await program.dispose();
  return Object.fromEntries(Object.entries(results).map(([name, { data }]) => [name, [...data]]));
}

describe("vocabularyLoss", () => {
  test.each([
    ["onnxruntime", 4],
    ["onnxruntime", 5],
    ["onnxruntime", 11],
    ["wasm", 4],
  ] as const)(
    "parts come to what the whole vocabulary does: %s, %i classes at once",
    async (engine, atOnce) => {
      const expected = await valuesOf(engine, (x, w, of) => crossEntropy(tf.matMul(x, w, false, true), of));
      const found = await valuesOf(engine, (x, w, of) => vocabularyLoss(x, w, of, atOnce));
      for (const [name, values] of Object.entries(expected)) {
        expect(found[name]).toHaveLength(values.length);
        // A handful of float32 roundings of numbers of order ten.
        for (const [index, value] of values.entries()) expect(found[name]?.[index]).toBeCloseTo(value, 4);
      }
    },
  );

  test("logits far apart neither overflow nor lose their part", async () => {
    const steep: Loss = (x, w, of) => vocabularyLoss(tf.mul(x, 100), w, of, 4);
    const { loss = [], ofHidden = [] } = await valuesOf("onnxruntime", steep);
    const whole: Loss = (x, w, of) => crossEntropy(tf.matMul(tf.mul(x, 100), w, false, true), of);
    const expected = await valuesOf("onnxruntime", whole);
    expect(Math.max(...loss)).toBeGreaterThan(100);
    for (const [index, value] of (expected.loss ?? []).entries())
      expect(Math.abs((loss[index] ?? NaN) - value)).toBeLessThan(1e-3);
    for (const [index, value] of (expected.ofHidden ?? []).entries())
      expect(Math.abs((ofHidden[index] ?? NaN) - value)).toBeLessThan(0.05);
  });

  test("rounding does not move the mean loss over a large vocabulary", async () => {
    const [many, width, count] = [2 ** 17 + 5, 8, 16];
    const states = Float32Array.from({ length: count * width }, () => 2 * random.normal());
    const table = Float32Array.from({ length: many * width }, () => 0.7 * random.normal());
    const chosen = Int32Array.from({ length: count }, () => random.integer(many));
    const expected = Array.from(chosen, (label, row) => {
      const logits = Float64Array.from({ length: many }, (_, place) =>
        states
          .subarray(row * width, (row + 1) * width)
          .reduce((sum, value, feature) => sum + value * (table[place * width + feature] ?? NaN), 0),
      );
      const largest = logits.reduce((one, other) => Math.max(one, other), -Infinity);
      const total = logits.reduce((sum, logit) => sum + Math.exp(logit - largest), 0);
      return largest + Math.log(total) - (logits[label] ?? NaN);
    });
    const program = await (
      await createEngine({ engine: "onnxruntime", threads: 1 })
    ).compile({
      name: "losses",
      inputs: {
        states: { shape: [count, width], dtype: "float32" },
        table: { shape: [many, width], dtype: "float32" },
        chosen: { shape: [count], dtype: "int32" },
      },
      body: (tensors) => {
        const { states: x, table: w, chosen: of } = tensors;
        if (!x || !w || !of) throw new Error("missing tensor");
        return { loss: vocabularyLoss(x, w, of) };
      },
    });
    const { loss } = await program.run({ states, table, chosen });
    await program.dispose();
    const error = expected.reduce((sum, value, row) => sum + (loss?.data[row] ?? NaN) - value, 0) / count;
    // One float32 sum over all classes errs by some 1e-5, and always to the same side.
    expect(Math.abs(error)).toBeLessThan(2e-6);
  });
});
