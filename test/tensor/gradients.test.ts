import { beforeAll, describe, expect, test } from "vitest";
import { createEngine } from "../../src/tensor/engine.js";
import { sizeOf, type Engine } from "../../src/tensor/program.js";
import { type TensorData } from "../../src/tensor/tensorData.js";
import { Random } from "../../src/tensor/random.js";
import { tf } from "../../src/tensor/tfjs.js";
import { tensor } from "../support/tensor/caseBuilders.js";
import { Draw } from "../support/tensor/draw.js";
import { gradientCases, type GradientCase } from "../support/tensor/gradientCases.js";

let engine: Engine;

beforeAll(async () => {
  engine = await createEngine({ engine: "onnxruntime", threads: 1 });
});

/**
 * The gradients of Σ wᵢ f(x)ᵢ² + wᵢ f(x)ᵢ with weights that differ at every position, so that a gradient in
 * the wrong place or of the wrong value of f shows.
 */
function gradients({ op }: GradientCase, inputs: tf.Tensor[]): tf.Tensor[] {
  const loss = (...values: tf.Tensor[]): tf.Scalar => {
    const terms = [op(...values)].flat().map((result) => {
      const count = sizeOf(result.shape);
      const weights = tf.tensor1d(Array.from({ length: count }, (_, index) => Math.cos(1 + 1.7 * index)));
      const flat = tf.reshape(result, [count]);
      return tf.sum(tf.mul(weights, tf.add(flat, tf.square(flat))));
    });
    return terms.reduce((sum, term) => tf.add(sum, term)).asScalar();
  };
  return tf.grads(loss)(inputs);
}

async function compiled(drawn: GradientCase): Promise<TensorData[]> {
  const program = await engine.compile({
    name: "gradients",
    inputs: Object.fromEntries(
      drawn.tensors.map(({ shape }, index) => [`x${index}`, { shape, dtype: "float32" as const }]),
    ),
    body: (named) => {
      const inputs = drawn.tensors.map((_, index) => tensor(named[`x${index}`]));
      return Object.fromEntries(gradients(drawn, inputs).map((gradient, index) => [`dx${index}`, gradient]));
    },
  });
  const results = await program.run(
    Object.fromEntries(drawn.tensors.map(({ data }, index) => [`x${index}`, data])),
  );
  await program.dispose();
  return Object.values(results);
}

async function eager(drawn: GradientCase): Promise<TensorData[]> {
  await tf.setBackend("cpu");
  return tf.tidy(() => {
    const inputs = drawn.tensors.map(({ shape, data }) => tf.tensor(data, [...shape]));
    return gradients(drawn, inputs).map((gradient) => ({
      shape: gradient.shape,
      data: Float32Array.from(gradient.dataSync()),
    }));
  });
}

const trials = 12;

describe("compiled gradients are those of TensorFlow.js", () => {
  test.each(Object.entries(gradientCases))("%s", async (name, drawCase) => {
    const random = new Random(3).fork(name);
    for (let trial = 0; trial < trials; trial++) {
      const drawn = drawCase(new Draw(random.fork(trial)));
      const expected = await eager(drawn);
      const found = await compiled(drawn);
      const where = `trial ${trial}: ${drawn.op.toString()} on ${drawn.tensors.map(({ shape }) => `[${shape.join()}]`).join(" ")}`;
      expect(
        found.map(({ shape }) => shape),
        where,
      ).toEqual(expected.map(({ shape }) => shape));
      expect(
        found.map(({ shape }) => shape),
        where,
      ).toEqual(drawn.tensors.map(({ shape }) => [...shape]));
      for (const [index, { data }] of found.entries()) {
        const wanted = Array.from(expected[index]?.data ?? []);
        // A gradient sums up to some hundred float32 products; their rounding, at 6e-8 for each, scales with the
        // largest of them and not with a sum in which they cancel. 1e-5 leaves room for √1000 terms in any order.
        const scale = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
        for (const [position, value] of data.entries()) {
          const difference = Math.abs(value - (wanted[position] ?? NaN));
          if (!(difference <= 1e-5 * scale)) {
            expect.fail(
              `${where}: input ${index}, position ${position}: expected ${wanted[position]}, found ${value}`,
            );
          }
        }
      }
    }
  });
});
