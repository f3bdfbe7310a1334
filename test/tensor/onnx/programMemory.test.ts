import { expect, test } from "vitest";
import { createEngine } from "../../../src/tensor/engine.js";
import type { ProgramDefinition } from "../../../src/tensor/program.js";
import { tf } from "../../../src/tensor/tfjs.js";

const rows = 2 ** 13;

/** Program with some 512 MiB of intermediate values. */
const wide: ProgramDefinition = {
  name: "wide",
  inputs: { x: { shape: [rows, 1], dtype: "float32" }, y: { shape: [1, rows], dtype: "float32" } },
  intermediateBytes: 2 * 4 * rows ** 2,
  body: ({ x, y }) => {
    if (x === undefined || y === undefined) throw new Error("missing tensor");
    return { sum: tf.sum(tf.exp(tf.mul(x, y))) };
  },
};

test("a large program gives its memory back after a run, and computes what one that keeps it does", async () => {
  const engine = await createEngine({ engine: "onnxruntime", threads: 1 });
  const feeds = {
    x: Float32Array.from({ length: rows }, (_, row) => Math.sin(row)),
    y: Float32Array.from({ length: rows }, (_, row) => Math.cos(row)),
  };
  const program = await engine.compile(wide);
  const before = process.memoryUsage.rss();
  const found = await program.run(feeds);
  expect(process.memoryUsage.rss() - before).toBeLessThan(128 * 2 ** 20);
  const keeping = await engine.compile({ ...wide, intermediateBytes: 0 });
  const expected = await keeping.run(feeds);
  expect(process.memoryUsage.rss() - before).toBeGreaterThan(128 * 2 ** 20);
  expect(found.sum?.data).toEqual(expected.sum?.data);
  await keeping.dispose();
  await program.dispose();
});
