import { describe, expect, test } from "vitest";
import { drawTokens } from "../../../src/model/generation/sampling.js";
import { drawnTokens, mostBelowOne, mostProbableTokens } from "../../../src/model/generation/tokenDraws.js";
import { createEngine } from "../../../src/tensor/engine.js";
import { Random } from "../../../src/tensor/random.js";
import type { tf } from "../../../src/tensor/tfjs.js";

function given(tensor: tf.Tensor | undefined): tf.Tensor {
  if (tensor === undefined) throw new Error("a tensor is missing");
  return tensor;
}

async function drawn(
  engine: "onnxruntime" | "wasm",
  rows: readonly (readonly number[])[],
  uniform: readonly number[],
): Promise<number[]> {
  const runner = await createEngine({ engine });
  const size = rows[0]?.length ?? 0;
  const program = await runner.compile({
    name: "draws",
    inputs: {
      probabilities: { shape: [rows.length, size], dtype: "float32" },
      uniform: { shape: [rows.length, 1], dtype: "float32" },
    },
    body: ({ probabilities, uniform: thresholds }) => ({
      tokens: drawnTokens(given(probabilities), given(thresholds)),
    }),
  });
  const { tokens } = await program.run({
    probabilities: Float32Array.from(rows.flat()),
    uniform: Float32Array.from(uniform),
  });
  await program.dispose();
  expect(tokens?.data).toBeInstanceOf(Int32Array);
  return [...(tokens?.data ?? [])];
}

/** Softmax of normal numbers; every third token is impossible. */
function randomRow(random: Random, size: number): number[] {
  const weights = Array.from({ length: size }, (_, token) =>
    token % 3 === 1 ? 0 : Math.exp(3 * random.normal()),
  );
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => Math.fround(weight / sum));
}

describe.each(["onnxruntime", "wasm"] as const)("drawnTokens on %s", (engine) => {
  test("gives every token the thresholds that are its probability", async () => {
    const row = [0.125, 0, 0.5, 0.375];
    const thresholds = Array.from({ length: 64 }, (_, index) => index / 64);
    const found = await drawn(
      engine,
      thresholds.map(() => row),
      thresholds,
    );
    const expected = thresholds.map((threshold) => (threshold < 0.125 ? 0 : threshold < 0.625 ? 2 : 3));
    expect(found).toEqual(expected);
  });

  // 900 and 52 fall into equal blocks, 53 and 1 do not.
  test.each([900, 53, 52, 3, 1])("draws of %i tokens as the sums in double precision do", async (size) => {
    const random = new Random(size);
    const rows = Array.from({ length: 200 }, () => randomRow(random, size));
    const uniform = rows.map(() => random.uniform());
    const expected = [
      ...drawTokens(Float32Array.from(rows.flat()), {
        sources: rows.map((_, row) => row),
        uniform,
        vocabularySize: size,
      }),
    ];
    // Of 200 draws none lies within float32's rounding of a boundary between tokens.
    expect(await drawn(engine, rows, uniform)).toEqual(expected);
  });

  test("never draws an impossible token, at either end", async () => {
    const random = new Random(7);
    for (const size of [900, 53, 16]) {
      const rows = Array.from({ length: 100 }, () => {
        // Nothing before the first third of the tokens, and nothing after the second.
        const row = randomRow(random, size).map((share, token) =>
          3 * token < size || 3 * token > 2 * size ? 0 : share,
        );
        return row.some((share) => share > 0)
          ? row
          : row.map((_, token) => Number(3 * token >= size && token % 3 === 0));
      });
      for (const threshold of [0, mostBelowOne]) {
        const tokens = await drawn(
          engine,
          rows,
          rows.map(() => threshold),
        );
        for (const [row, token] of tokens.entries()) expect(rows[row]?.[token]).toBeGreaterThan(0);
      }
    }
  });

  test("mostProbableTokens takes the first of equals", async () => {
    const runner = await createEngine({ engine });
    const program = await runner.compile({
      name: "best",
      inputs: { probabilities: { shape: [3, 3], dtype: "float32" } },
      body: ({ probabilities }) => ({ tokens: mostProbableTokens(given(probabilities)) }),
    });
    const probabilities = Float32Array.of(0.1, 0.7, 0.2, 0.4, 0.2, 0.4, 0, 0, 1);
    expect([...((await program.run({ probabilities })).tokens?.data ?? [])]).toEqual([1, 0, 2]);
  });
});
