import { describe, expect, test } from "vitest";
import { createEngine } from "../../src/tensor/engine.js";
import type { ProgramDefinition } from "../../src/tensor/program.js";
import { tf } from "../../src/tensor/tfjs.js";

const spec = { shape: [2], dtype: "float32" as const };

/** What every engine owes, whatever it is made of. */
describe.each(["onnxruntime", "wasm"] as const)("the engine %s", (engineName) => {
  const engine = () => createEngine({ engine: engineName, threads: 1 });

  test("gives inputs, constants and one result under several names, again and again", async () => {
    const definition: ProgramDefinition = {
      name: "passing through",
      inputs: { x: spec },
      constants: { c: { shape: [2], data: Float32Array.of(7, 8) } },
      body: ({ x, c }) => {
        if (x === undefined || c === undefined) throw new Error("missing tensor");
        const sum = tf.add(x, c);
        return { x, constant: c, sum, same: sum };
      },
    };
    const program = await (await engine()).compile(definition);
    for (const start of [1, 10]) {
      const results = await program.run({ x: Float32Array.of(start, start + 1) });
      const values = Object.entries(results).map(([name, { data }]) => [name, [...data]]);
      const sum = [start + 7, start + 9];
      expect(Object.fromEntries(values)).toEqual({ x: [start, start + 1], constant: [7, 8], sum, same: sum });
    }
    await program.dispose();
  });

  test("gives integers and booleans in arrays of their own kinds", async () => {
    const program = await (
      await engine()
    ).compile({
      name: "kinds",
      inputs: { i: { shape: [3], dtype: "int32" }, b: { shape: [3], dtype: "bool" } },
      body: ({ i, b }) => {
        if (i === undefined || b === undefined) throw new Error("missing tensor");
        return {
          next: tf.add(i, tf.scalar(1, "int32")),
          not: tf.logicalNot(b),
          scalar: tf.sum(tf.cast(i, "float32")),
        };
      },
    });
    const results = await program.run({ i: Int32Array.of(-1, 0, 5), b: Uint8Array.of(1, 0, 1) });
    expect(results.next).toEqual({ shape: [3], data: Int32Array.of(0, 1, 6) });
    expect(results.not).toEqual({ shape: [3], data: Uint8Array.of(0, 1, 0) });
    expect(results.scalar).toEqual({ shape: [], data: Float32Array.of(4) });
    await program.dispose();
  });

  test("writes into the arrays that it is given, and leaves the inputs alone", async () => {
    const program = await (
      await engine()
    ).compile({
      name: "double",
      inputs: { x: spec },
      body: ({ x }) => ({ x: tf.mul(x ?? NaN, 2) }),
    });
    const x = Float32Array.of(1, 2);
    const target = new Float32Array(2);
    const results = await program.run({ x }, { x: target });
    expect(results.x?.data).toBe(target);
    expect([...target]).toEqual([2, 4]);
    expect([...x]).toEqual([1, 2]);
    await program.dispose();
  });

  test("keeps the results of one run when it runs again", async () => {
    const program = await (
      await engine()
    ).compile({
      name: "double",
      inputs: { x: spec },
      body: ({ x }) => ({ y: tf.mul(x ?? NaN, 2) }),
    });
    const first = await program.run({ x: Float32Array.of(1, 2) });
    await program.run({ x: Float32Array.of(5, 6) });
    expect([...(first.y?.data ?? [])]).toEqual([2, 4]);
    await program.dispose();
  });

  test("leaves no tensors behind", async () => {
    const program = await (
      await engine()
    ).compile({
      name: "double",
      inputs: { x: spec },
      constants: { c: { shape: [2], data: Float32Array.of(1, 1) } },
      body: ({ x, c }) => ({ y: tf.mul(tf.add(x ?? NaN, c ?? NaN), 2) }),
    });
    await program.run({ x: Float32Array.of(1, 2) });
    const before = tf.memory().numTensors;
    for (let run = 0; run < 5; run++) await program.run({ x: Float32Array.of(1, 2) });
    expect(tf.memory().numTensors).toBe(before);
    await program.dispose();
  });
});

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
      'TURNCOAT_ENGINE: expected onnxruntime, wasm, tfjs-node-gpu, found "abacus"',
    );
    process.env.TURNCOAT_ENGINE = "wasm";
    expect((await createEngine()).description.name).toBe("wasm");
  } finally {
    if (before === undefined) delete process.env.TURNCOAT_ENGINE;
    else process.env.TURNCOAT_ENGINE = before;
  }
});
