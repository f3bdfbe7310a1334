import { describe, expect, test } from "vitest";
import { CacheArrays } from "../../../src/model/generation/cacheArrays.js";
import { parseModelConfig } from "../../../src/model/config/configJson.js";
import type { TensorData } from "../../../src/tensor/tensorData.js";

const config = parseModelConfig(
  {
    model_type: "qwen2",
    vocab_size: 8,
    hidden_size: 8,
    intermediate_size: 8,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    num_key_value_heads: 2,
  },
  "config.json",
);
const heads = 2;
const dimension = 2;
const names = ["keys.0", "values.0", "keys.1", "values.1"];

/** A number that says where it belongs. */
function mark(name: string, row: number, head: number, token: number, feature: number): number {
  return names.indexOf(name) * 10_000 + row * 1000 + head * 100 + token * 10 + feature + 1;
}

/** What a program gives for tokens of rows: [rows, heads, tokens, dimension]. */
function results(rows: readonly number[], tokens: readonly number[]): Record<string, TensorData> {
  const shape = [rows.length, heads, tokens.length, dimension];
  return Object.fromEntries(
    names.map((name) => {
      const data = rows.flatMap((row) =>
        [0, 1].flatMap((head) =>
          tokens.flatMap((token) => [0, 1].map((feature) => mark(name, row, head, token, feature))),
        ),
      );
      return [name, { shape, data: Float32Array.from(data) }];
    }),
  );
}

/** What the cache of rows should hold: tokens 0 to `filled` in their slots, zeros in the others. */
function expected(name: string, rows: readonly number[], filled: number, slots: number): number[] {
  return rows.flatMap((row) =>
    [0, 1].flatMap((head) =>
      Array.from({ length: slots }, (_, slot) =>
        [0, 1].map((feature) => (slot < filled ? mark(name, row, head, slot, feature) : 0)),
      ).flat(),
    ),
  );
}

function expectCache(cache: CacheArrays, rows: readonly number[], filled: number, slots: number): void {
  expect(Object.keys(cache.arrays)).toEqual(names);
  for (const name of names)
    expect([...(cache.arrays[name] ?? [])]).toEqual(expected(name, rows, filled, slots));
}

describe("CacheArrays", () => {
  // The second and third time in memory that other numbers were left in.
  test.each([1, 2, 3])("keeps tokens while it grows and rows leave, turn %i", () => {
    const cache = new CacheArrays(config, 4, 3);
    // Rows 1 and 2 go on from one prompt.
    cache.write(results([0, 1, 3], [0, 1]), 0, 2, [0, 1, 1, 2]);
    cache.keep([0, 1, 3]);
    expectCache(cache, [0, 1, 3], 2, 3);
    cache.write(results([0, 1, 3], [2]), 2, 1);
    cache.grow(5);
    expectCache(cache, [0, 1, 3], 3, 5);
    cache.write(results([0, 1, 3], [3]), 3, 1);
    cache.keep([1, 2]);
    cache.grow(8);
    expectCache(cache, [1, 3], 4, 8);
    cache.release();
  });

  test("leaves its memory to the next, and only when it is done", () => {
    const [first, second] = [new CacheArrays(config, 2, 4), new CacheArrays(config, 2, 4)];
    const buffers = (cache: CacheArrays) => new Set(Object.values(cache.arrays).map(({ buffer }) => buffer));
    const ofFirst = buffers(first);
    expect([...buffers(second)].some((buffer) => ofFirst.has(buffer))).toBe(false);
    first.release();
    expect(buffers(new CacheArrays(config, 2, 4))).toEqual(ofFirst);
  });

  test("refuses results that do not fit", () => {
    const cache = new CacheArrays(config, 2, 4);
    expect(() => {
      cache.write(results([0], [0]), 0, 1);
    }).toThrow("keys.0");
  });
});
