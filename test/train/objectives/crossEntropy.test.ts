import { describe, expect, test } from "vitest";
import { createEngine } from "../../../src/tensor/engine.js";
import { tf } from "../../../src/tensor/tfjs.js";
import { crossEntropy } from "../../../src/train/objectives/crossEntropy.js";

/** Loss of each row and its gradient, as each engine computes them. */
async function lossOf(
  engine: "onnxruntime" | "wasm",
  rows: readonly (readonly number[])[],
  labels: readonly number[],
): Promise<{ loss: number[]; gradient: number[] }> {
  const classes = rows[0]?.length ?? 0;
  const program = await (
    await createEngine({ engine, threads: 1 })
  ).compile({
    name: "cross-entropy",
    inputs: {
      logits: { shape: [rows.length, classes], dtype: "float32" },
      labels: { shape: [rows.length], dtype: "int32" },
    },
    body: ({ logits, labels: classesOf }) => {
      if (logits === undefined || classesOf === undefined) throw new Error("missing tensor");
      const { value, grads } = tf.valueAndGrads((x: tf.Tensor) => crossEntropy(x, classesOf))(
        [logits],
        tf.ones([rows.length]),
      );
      const [gradient] = grads;
      if (gradient === undefined) throw new Error("missing gradient");
      return { loss: value, gradient };
    },
  });
  const results = await program.run({
    logits: Float32Array.from(rows.flat()),
    labels: Int32Array.from(labels),
  });
  await program.dispose();
  return { loss: [...(results.loss?.data ?? [])], gradient: [...(results.gradient?.data ?? [])] };
}

function expectClose(values: readonly number[], expected: readonly number[]): void {
  expect(values).toHaveLength(expected.length);
  // A handful of float32 roundings of numbers of order one.
  for (const [index, value] of values.entries()) expect(value).toBeCloseTo(expected[index] ?? NaN, 5);
}

describe("crossEntropy", () => {
  test.each(["onnxruntime", "wasm"] as const)("cross-entropy by hand on %s", async (engine) => {
    const { loss, gradient } = await lossOf(
      engine,
      [
        [0, 0, 0, 0],
        [0, Math.log(3), 0, 0],
      ],
      [2, 1],
    );
    expectClose(loss, [Math.log(4), Math.log(2)]);
    expectClose(gradient, [0.25, 0.25, -0.75, 0.25, 1 / 6, -0.5, 1 / 6, 1 / 6]);
  });

  test.each(["onnxruntime", "wasm"] as const)("each row has a scale of its own on %s", async (engine) => {
    // A shift by anything but the row's own maximum would overflow in the first row or lose the second.
    const { loss, gradient } = await lossOf(
      engine,
      [
        [500, 500],
        [-500, -500],
        [-500, 500],
      ],
      [0, 1, 0],
    );
    expectClose(loss, [Math.LN2, Math.LN2, 1000]);
    expectClose(gradient, [-0.5, 0.5, 0.5, -0.5, -1, 1]);
  });

  test("a label that is no class counts as none: the loss is the log of the partition sum", async () => {
    const { loss, gradient } = await lossOf("onnxruntime", [[0, 0]], [-1]);
    expectClose(loss, [Math.LN2]);
    expectClose(gradient, [0.5, 0.5]);
  });
});
