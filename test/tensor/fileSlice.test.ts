import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createEngine, type EngineOptions } from "../../src/tensor/engine.js";
import { readFileSlice } from "../../src/tensor/fileSlice.js";
import { type FileSlice } from "../../src/tensor/tensorData.js";
import type { ProgramDefinition } from "../../src/tensor/program.js";
import { tf } from "../../src/tensor/tfjs.js";
import { temporaryFolder } from "../support/temporaryFolder.js";

/** 1, -2.5, 0.5, -0.25, 3, 65280: exact in every format. */
const expected = [1, -2.5, 0.5, -0.25, 3, 65280];
const bits = {
  F32: new Uint8Array(Float32Array.from(expected).buffer),
  BF16: new Uint8Array(Uint16Array.of(0x3f80, 0xc020, 0x3f00, 0xbe80, 0x4040, 0x477f).buffer),
  F16: new Uint8Array(Uint16Array.of(0x3c00, 0xc100, 0x3800, 0xb400, 0x4200, 0x7bf8).buffer),
} as const;

/** A file that holds the six numbers from an odd byte on, with others around them. */
function sliceOf(dtype: keyof typeof bits, folder = temporaryFolder()): FileSlice {
  const path = join(folder, "weights.bin");
  const data = bits[dtype];
  writeFileSync(path, Uint8Array.of(9, 9, 9, ...data, 9, 9));
  return { path, offset: 3, byteLength: data.length, dtype, shape: [3, 2] };
}

/** Also gives the constant itself and leaves another one, whose file is not there, unused. */
function product(weights: FileSlice): ProgramDefinition {
  return {
    name: "product",
    inputs: { x: { shape: [1, 2], dtype: "float32" } },
    constants: { weights, bias: { shape: [3], data: Float32Array.of(1, 2, 3) } },
    body: ({ x, weights: matrix, bias }) => {
      if (x === undefined || matrix === undefined || bias === undefined) throw new Error("missing tensor");
      return { y: tf.add(tf.matMul(x, matrix, false, true), bias), matrix };
    },
  };
}

const engines: [string, EngineOptions][] = [
  ["onnxruntime with shared weights", { engine: "onnxruntime", threads: 1 }],
  ["onnxruntime with packed weights", { engine: "onnxruntime", threads: 1, frozenWeights: "packed" }],
  ["wasm", { engine: "wasm" }],
];

describe.each(engines)("fileSlice: constants in files on %s", (_, options) => {
  test.each(["F32", "BF16", "F16"] as const)("%s, at an odd place in the file", async (dtype) => {
    const program = await (await createEngine(options)).compile(product(sliceOf(dtype)));
    for (const x of [1, 2]) {
      const { y, matrix } = await program.run({ x: Float32Array.of(x, 0) });
      expect(y?.data).toEqual(Float32Array.of(1 + x, 2 + x / 2, 3 + 3 * x));
      expect(matrix).toEqual({ shape: [3, 2], data: Float32Array.from(expected) });
    }
    await program.dispose();
  });

  test("through a link that leaves the folder, as in the Hugging Face cache", async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, "blobs"));
    mkdirSync(join(folder, "snapshot"));
    const slice = sliceOf("BF16", join(folder, "blobs"));
    const link = join(folder, "snapshot", "model.safetensors");
    symlinkSync(join("..", "blobs", "weights.bin"), link);
    const program = await (await createEngine(options)).compile(product({ ...slice, path: link }));
    const { y } = await program.run({ x: Float32Array.of(1, 1) });
    expect(y?.data).toEqual(Float32Array.of(-0.5, 2.25, 65286));
    await program.dispose();
  });

  test("one copy serves several programs, also after one of them is disposed", async () => {
    const engine = await createEngine(options);
    const slice = sliceOf("F16");
    const programs = [await engine.compile(product(slice)), await engine.compile(product(slice))];
    await programs[0]?.dispose();
    const results = await programs[1]?.run({ x: Float32Array.of(1, 0) });
    expect(results?.y?.data).toEqual(Float32Array.of(2, 2.5, 6));
    await programs[1]?.dispose();
  });
});

describe("fileSlice: a file that changed after it was opened", () => {
  test.each(engines)("is named on %s", async (_, options) => {
    const slice = sliceOf("F32");
    truncateSync(slice.path, 20);
    const engine = await createEngine(options);
    const run = async () => (await engine.compile(product(slice))).run({ x: Float32Array.of(1, 1) });
    await expect(run()).rejects.toThrow(slice.path);
    await expect(run()).rejects.toMatchObject({ name: "TurncoatError" });
  });

  test("that is gone, or a link in a circle, is named", async () => {
    const folder = temporaryFolder();
    symlinkSync("circle", join(folder, "circle"));
    const engine = await createEngine({ engine: "onnxruntime", threads: 1 });
    for (const [name, message] of [
      ["nothing", "no such file"],
      ["circle", "expected a file, found links in a circle"],
    ] as const) {
      const slice = { ...sliceOf("F32"), path: join(folder, name) };
      await expect(engine.compile(product(slice))).rejects.toThrow(`${slice.path}: ${message}`);
      expect(() => readFileSlice(slice)).toThrow(`${slice.path}: ${message}`);
    }
  });
});

test("a slice that no output needs is not loaded", async () => {
  const slice = { ...sliceOf("F32"), path: "/nowhere/at/all" };
  const definition: ProgramDefinition = {
    ...product(slice),
    body: ({ x }) => {
      if (x === undefined) throw new Error("missing tensor");
      return { y: tf.neg(x) };
    },
  };
  const program = await (await createEngine({ engine: "onnxruntime", threads: 1 })).compile(definition);
  const { y } = await program.run({ x: Float32Array.of(1, 2) });
  expect(y?.data).toEqual(Float32Array.of(-1, -2));
  await program.dispose();
});
