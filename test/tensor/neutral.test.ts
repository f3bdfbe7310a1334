import { describe, expect, test } from "vitest";
import { createEngine } from "../../src/tensor/engine.js";
import { trace } from "../../src/tensor/onnx/trace.js";
import type { ProgramDefinition } from "../../src/tensor/program.js";
import { tf } from "../../src/tensor/tfjs.js";

function definition(body: (x: tf.Tensor) => Readonly<Record<string, tf.Tensor>>): ProgramDefinition {
  return {
    name: "neutral operands",
    inputs: { x: { shape: [1, 3], dtype: "float32" } },
    body: ({ x }) => body(x ?? tf.scalar(NaN)),
  };
}

const neutral = definition((x) => ({
  product: tf.mul(x, tf.ones([1, 3])),
  broadcast: tf.mul(tf.ones([2, 3]), x),
  sum: tf.add(tf.zeros([40, 3]), x),
  difference: tf.sub(x, tf.zerosLike(x)),
  negated: tf.sub(tf.zerosLike(x), x),
  doubled: tf.mul(x, tf.fill([1, 3], 2)),
}));

describe("operations that change nothing", () => {
  test("ones that are multiplied by and zeros that are added leave values as they are", async () => {
    const program = await (await createEngine({ engine: "onnxruntime", threads: 1 })).compile(neutral);
    const results = await program.run({ x: Float32Array.of(1.5, -2, NaN) });
    await program.dispose();
    expect(results.product).toEqual({ shape: [1, 3], data: Float32Array.of(1.5, -2, NaN) });
    expect(results.broadcast).toEqual({ shape: [2, 3], data: Float32Array.of(1.5, -2, NaN, 1.5, -2, NaN) });
    expect(results.sum?.shape).toEqual([40, 3]);
    expect([...(results.sum?.data ?? [])].slice(-3)).toEqual([1.5, -2, NaN]);
    expect(results.difference?.data).toEqual(Float32Array.of(1.5, -2, NaN));
    expect(results.negated?.data).toEqual(Float32Array.of(-1.5, 2, NaN));
    expect(results.doubled?.data).toEqual(Float32Array.of(3, -4, NaN));
  });

  test("the gradient of a sum takes no multiplication", async () => {
    const { model } = await trace(definition((x) => ({ dx: tf.grad((z) => tf.sum(z))(x) })));
    expect(Buffer.from(model).toString("latin1")).not.toContain("Mul");
  });

  test("what no output needs is left out of the model", async () => {
    const { model } = await trace(
      definition((x) => {
        tf.cos(x);
        return { y: tf.sin(x) };
      }),
    );
    const text = Buffer.from(model).toString("latin1");
    expect(text).toContain("Sin");
    expect(text).not.toContain("Cos");
  });
});
