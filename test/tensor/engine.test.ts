import { describe, expect, test } from "vitest";
import { createEngine } from "../../src/tensor/engine.js";
import type { ProgramDefinition } from "../../src/tensor/program.js";
import { Random } from "../../src/tensor/random.js";
import { tf } from "../../src/tensor/tfjs.js";

const random = new Random(7);
const normals = (count: number) => Float32Array.from({ length: count }, () => random.normal());

/** A two-layer network with its gradients: the backward pass must survive both ways of running. */
const network: ProgramDefinition = {
  name: "two-layer network",
  inputs: {
    x: { shape: [6, 4], dtype: "float32" },
    first: { shape: [5, 4], dtype: "float32" },
    second: { shape: [5, 3], dtype: "float32" },
    labels: { shape: [6], dtype: "int32" },
  },
  constants: { bias: { shape: [5], data: Float32Array.of(0.1, -0.2, 0.3, 0.4, -0.5) } },
  body: ({ x, first, second, labels, bias }) => {
    if (!x || !first || !second || !labels || !bias) throw new Error("missing tensor");
    const loss = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => {
      const hidden = tf.sigmoid(tf.add(tf.matMul(x, a, false, true), bias));
      const logits = tf.matMul(hidden, b);
      const picked = tf.sum(tf.mul(tf.oneHot(tf.cast(labels, "int32"), 3), tf.logSoftmax(logits)), -1);
      return tf.neg(tf.mean(picked));
    };
    const { value, grads } = tf.valueAndGrads(loss)([first, second]);
    const [firstGradient, secondGradient] = grads;
    if (!firstGradient || !secondGradient) throw new Error("missing gradient");
    return { loss: value, firstGradient, secondGradient };
  },
};

const feeds = {
  x: normals(24),
  first: normals(20),
  second: normals(15),
  labels: Int32Array.of(0, 1, 2, 2, 1, 0),
};

describe("createEngine", () => {
  test("onnxruntime and wasm give the same loss and gradients", async () => {
    const compiled = await (await createEngine({ engine: "onnxruntime", threads: 1 })).compile(network);
    const eager = await (await createEngine({ engine: "wasm" })).compile(network);
    const left = await compiled.run(feeds);
    const right = await eager.run(feeds);
    for (const name of ["loss", "firstGradient", "secondGradient"]) {
      expect(left[name]?.shape).toEqual(right[name]?.shape);
      const values = right[name]?.data ?? [];
      // Both sum a few dozen float32 products of order one: 1e-6 is a few units in the last place.
      left[name]?.data.forEach((value, index) => expect(value).toBeCloseTo(values[index] ?? NaN, 5));
    }
    await compiled.dispose();
    await eager.dispose();
  });

  test("writes results into arrays that the caller supplies", async () => {
    const program = await (await createEngine({ engine: "onnxruntime" })).compile(network);
    const loss = new Float32Array(1);
    const results = await program.run(feeds, { loss });
    expect(results.loss?.data).toBe(loss);
    expect(loss[0]).toBeGreaterThan(0);
    await program.dispose();
  });

  test("says what is wrong with a call", async () => {
    const program = await (await createEngine({ engine: "onnxruntime" })).compile(network);
    await expect(program.run({ ...feeds, x: normals(23) })).rejects.toThrow(
      "two-layer network: input x should have 24 values for shape [6, 4], got 23",
    );
    await expect(program.run({ ...feeds, labels: normals(6) })).rejects.toThrow("should be int32");
    await expect(program.run({ ...feeds, more: normals(6) })).rejects.toThrow("there is no input more");
    await program.dispose();
  });

  test("refuses tensors from outside and reads while tracing", async () => {
    const engine = await createEngine({ engine: "onnxruntime" });
    const outside = tf.tensor([1, 2, 3]);
    const inputs = { x: { shape: [3], dtype: "float32" as const } };
    await expect(
      engine.compile({ name: "captured", inputs, body: ({ x }) => ({ y: tf.add(x ?? 0, outside) }) }),
    ).rejects.toThrow("pass that tensor as an input or a constant");
    await expect(
      engine.compile({ name: "reads", inputs, body: ({ x }) => ({ y: tf.scalar(x?.dataSync()[0] ?? 0) }) }),
    ).rejects.toThrow("reads a tensor's values");
  });

  test("names the remedy where tfjs-node is not installed, though TensorFlow.js stands under its name", async () => {
    const asked = createEngine({ engine: "tfjs-node" });
    await expect(asked).rejects.toThrow(
      /^TURNCOAT_ENGINE=tfjs-node: @tensorflow\/tfjs-node does not load here: /,
    );
    await expect(asked).rejects.toHaveProperty(
      "hint",
      'Install it beside Turncoat with "npm install --no-save @tensorflow/tfjs-node", or unset TURNCOAT_ENGINE.',
    );
  });
});
