import { expect, test } from "vitest";
import { createEngine } from "../../src/tensor/engine.js";
import type { ProgramDefinition } from "../../src/tensor/program.js";
import { tf } from "../../src/tensor/tfjs.js";
import { describeEngine } from "../support/tensor/describeEngine.js";

const spec = { shape: [2], dtype: "float32" as const };

for (const name of ["onnxruntime", "wasm"] as const)
  describeEngine(name, () => createEngine({ engine: name, threads: 1 }));

test("engines take turns without disturbing each other", async () => {
  const definition: ProgramDefinition = {
    name: "square",
    inputs: { x: spec },
    body: ({ x }) => ({ y: tf.square(x ?? NaN) }),
  };
  const wasm = await createEngine({ engine: "wasm" });
  const onnx = await createEngine({ engine: "onnxruntime", threads: 1 });
  const [eager, compiled] = await Promise.all([wasm.compile(definition), onnx.compile(definition)]);
  const runs = [eager, compiled, eager, compiled].map((program, index) =>
    program.run({ x: Float32Array.of(index, 2) }),
  );
  const results = await Promise.all(runs);
  expect(results.map(({ y }) => [...(y?.data ?? [])])).toEqual([0, 1, 4, 9].map((square) => [square, 4]));
  await Promise.all([eager.dispose(), compiled.dispose()]);
});

test("an unknown engine in the environment is named", async () => {
  const before = process.env.TURNCOAT_ENGINE;
  process.env.TURNCOAT_ENGINE = "abacus";
  try {
    await expect(createEngine()).rejects.toThrow(
      'TURNCOAT_ENGINE: expected onnxruntime, wasm, tfjs-node, tfjs-node-gpu, found "abacus"',
    );
    process.env.TURNCOAT_ENGINE = "wasm";
    expect((await createEngine()).description.name).toBe("wasm");
  } finally {
    if (before === undefined) delete process.env.TURNCOAT_ENGINE;
    else process.env.TURNCOAT_ENGINE = before;
  }
});
