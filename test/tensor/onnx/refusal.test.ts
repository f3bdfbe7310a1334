import { beforeAll, describe, expect, test } from "vitest";
import { TurncoatError } from "../../../src/errors.js";
import { createEngine } from "../../../src/tensor/engine.js";
import type { Engine } from "../../../src/tensor/program.js";
import { tf } from "../../../src/tensor/tfjs.js";

let engine: Engine;

beforeAll(async () => {
  engine = await createEngine({ engine: "onnxruntime", threads: 1 });
});

/** The error of compiling a body of one input. */
async function refused(op: (x: tf.Tensor) => tf.Tensor): Promise<TurncoatError> {
  const inputs = { x: { shape: [2, 3], dtype: "float32" as const } };
  const body = ({ x }: Readonly<Record<string, tf.Tensor>>) => ({ y: op(x ?? tf.scalar(0)) });
  const error: unknown = await engine
    .compile({ name: "probe", inputs, body })
    .catch((thrown: unknown) => thrown);
  if (error instanceof TurncoatError) return error;
  throw new Error("expected a TurncoatError", { cause: error });
}

describe("refusal", () => {
  test("an unsupported kernel is named with the program and the line that asked for it", async () => {
    const { message, hint } = await refused((x) =>
      tf.mirrorPad(
        x,
        [
          [1, 1],
          [1, 1],
        ],
        "reflect",
      ),
    );
    expect(message).toMatch(
      /^compile probe \(.*test\/tensor\/onnx\/refusal\.test\.ts:\d+\): the TensorFlow\.js kernel MirrorPad is not supported$/,
    );
    expect(hint).toContain("wasm");
  });

  test("the line is that of the function below the body, and of the gradient for a backward kernel", async () => {
    const inner = (x: tf.Tensor): tf.Tensor =>
      tf.grad((z) => tf.localResponseNormalization(tf.reshape<tf.Rank.R4>(z, [1, 1, 2, 3])).sum())(x);
    const { message } = await refused((x) => inner(x));
    expect(message).toMatch(/refusal\.test\.ts:\d+\): the TensorFlow\.js kernel LRN is not supported/);
  });

  test.each([
    ["randomUniform", () => tf.randomUniform([2, 3])],
    ["dropout", (x: tf.Tensor) => tf.dropout(x, 0.5)],
    ["randomNormal", () => tf.randomNormal([2, 3], 0, 1, "float32", 7)],
    ["truncatedNormal", () => tf.truncatedNormal([2, 3])],
    ["multinomial", (x: tf.Tensor) => tf.multinomial(tf.softmax(x).as2D(2, 3), 1)],
  ])("random numbers of %s have to be passed in", async (op, draw) => {
    const { message } = await refused(draw);
    expect(message).toMatch(/^compile probe \(.*refusal\.test\.ts:\d+\): /);
    expect(message).toContain(`tf.${op} would draw its random numbers once`);
    expect(message).toContain("pass them as an input");
  });

  test("other types of values are refused with their reason", async () => {
    const { message } = await refused((x) => tf.cast(x, "complex64"));
    expect(message).toContain("complex64");
  });

  test("an error of the body's own stays as it is, and the next program compiles", async () => {
    const failing = engine.compile({
      name: "failing",
      inputs: {},
      body: () => {
        throw new RangeError("of the body's own");
      },
    });
    await expect(failing).rejects.toThrow(RangeError);
    const program = await engine.compile({ name: "next", inputs: {}, body: () => ({ y: tf.scalar(4) }) });
    const { y } = await program.run({});
    expect(y?.data).toEqual(Float32Array.of(4));
    await program.dispose();
  });
});
