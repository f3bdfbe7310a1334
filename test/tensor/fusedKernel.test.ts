import { describe, expect, test } from "vitest";
import { gatedSilu } from "../../src/model/layers/gatedActivations.js";
import { rmsNorm } from "../../src/model/layers/rmsNorm.js";
import { rotate } from "../../src/model/layers/rotary.js";
import { createEngine } from "../../src/tensor/engine.js";
import type { NamedTensors } from "../../src/tensor/program.js";
import type { TensorValues } from "../../src/tensor/tensorData.js";
import { sizeOf } from "../../src/tensor/program.js";
import { Random } from "../../src/tensor/random.js";
import { tf } from "../../src/tensor/tfjs.js";
import { crossEntropy } from "../../src/train/objectives/crossEntropy.js";

/** Operations with a gradient of their own, and the same in plain ops, whose gradient autodiff derives. */
const operations: {
  name: string;
  shapes: Record<string, number[]>;
  fused: (tensors: NamedTensors) => tf.Tensor;
  plain: (tensors: NamedTensors) => tf.Tensor;
  /** Inputs without a gradient. @default none */
  constant?: string[];
}[] = [
  {
    name: "rmsNorm",
    shapes: { x: [3, 5, 8], weight: [8] },
    fused: ({ x, weight }) => rmsNorm(given(x), given(weight), 1e-5),
    plain: ({ x, weight }) => {
      const root = tf.sqrt(tf.add(tf.mean(tf.square(given(x)), -1, true), 1e-5));
      return tf.mul(tf.div(given(x), root), given(weight));
    },
  },
  {
    name: "gatedSilu",
    shapes: { gate: [7, 6], up: [7, 6] },
    fused: ({ gate, up }) => gatedSilu(given(gate), given(up)),
    plain: ({ gate, up }) => tf.mul(tf.mul(given(gate), tf.sigmoid(given(gate))), given(up)),
  },
  {
    name: "rotate",
    shapes: { x: [5, 12], angle: [5, 3] },
    fused: ({ x, angle }) => rotate(given(x), { cosine: tf.cos(given(angle)), sine: tf.sin(given(angle)) }),
    plain: ({ x, angle }) => {
      const halves = tf.reshape(given(x), [5, 2, 2, 3]);
      const [first, second] = tf.unstack(halves, 2);
      const [cosine, sine] = [tf.expandDims(tf.cos(given(angle)), 1), tf.expandDims(tf.sin(given(angle)), 1)];
      const turned = [
        tf.sub(tf.mul(given(first), cosine), tf.mul(given(second), sine)),
        tf.add(tf.mul(given(second), cosine), tf.mul(given(first), sine)),
      ];
      return tf.reshape(tf.stack(turned, 2), [5, 12]);
    },
    constant: ["angle"],
  },
  {
    name: "crossEntropy",
    shapes: { logits: [4, 9] },
    fused: ({ logits }) => crossEntropy(given(logits), tf.tensor1d([3, 0, 8, 3], "int32")),
    plain: ({ logits }) => {
      const target = tf.oneHot(tf.tensor1d([3, 0, 8, 3], "int32"), 9);
      return tf.neg(tf.sum(tf.mul(tf.log(tf.softmax(given(logits))), tf.cast(target, "float32")), -1));
    },
  },
];

function given(tensor: tf.Tensor | undefined): tf.Tensor {
  if (tensor === undefined) throw new Error("a tensor is missing");
  return tensor;
}

describe("fusedKernel", () => {
  test.each(operations)(
    "$name and its gradients are those of plain ops on both engines",
    async (operation) => {
      const { shapes, fused, plain, constant = [] } = operation;
      const random = new Random(1);
      const feeds: Record<string, TensorValues> = Object.fromEntries(
        Object.entries(shapes).map(([name, shape]) => [
          name,
          Float32Array.from({ length: sizeOf(shape) }, () => 2 * random.normal()),
        ]),
      );
      const names = Object.keys(shapes).filter((name) => !constant.includes(name));
      const inputs = Object.fromEntries(
        Object.entries(shapes).map(([name, shape]) => [name, { shape, dtype: "float32" as const }]),
      );
      const valueAndGradients = (compute: (tensors: NamedTensors) => tf.Tensor) => ({
        name: operation.name,
        inputs,
        body: (tensors: NamedTensors) => {
          // The weights of the sum make every output's gradient another.
          const weighted = (...values: tf.Tensor[]) => {
            const result = compute({
              ...tensors,
              ...Object.fromEntries(names.map((name, index) => [name, given(values[index])])),
            });
            return tf.sum(tf.mul(tf.sin(tf.range(0, result.size)), tf.reshape(result, [-1])));
          };
          const { value, grads } = tf.valueAndGrads(weighted)(names.map((name) => given(tensors[name])));
          return {
            value,
            ...Object.fromEntries(names.map((name, index) => [`d ${name}`, given(grads[index])])),
          };
        },
      });
      for (const engine of ["onnxruntime", "wasm"] as const) {
        const runner = await createEngine({ engine });
        const found = await (await runner.compile(valueAndGradients(fused))).run(feeds);
        const expected = await (await runner.compile(valueAndGradients(plain))).run(feeds);
        expect(Object.keys(found)).toEqual(["value", ...names.map((name) => `d ${name}`)]);
        for (const [name, { shape, data }] of Object.entries(expected)) {
          expect(found[name]?.shape).toEqual(shape);
          for (const [index, value] of data.entries()) {
            // A few dozen float32 operations on numbers of order one.
            expect(found[name]?.data[index], `${engine}: ${name}[${index}]`).toBeCloseTo(value, 4);
          }
        }
      }
    },
  );
});
