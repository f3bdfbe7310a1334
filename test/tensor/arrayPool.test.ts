import { describe, expect, test } from "vitest";
import { ArrayPool } from "../../src/tensor/arrayPool.js";

describe("arrayPool", () => {
  test("gives back what it was given, the largest first, and new arrays where none is large enough", () => {
    const pool = new ArrayPool(1024);
    const [small, large] = [new Float32Array(10), new Float32Array(20)];
    pool.give(large);
    pool.give(small);
    expect(pool.take(8)).toBe(large);
    const made = pool.take(11);
    expect(made).not.toBe(small);
    expect(made).toHaveLength(11);
    expect(pool.take(10)).toBe(small);
    expect(pool.take(1)).not.toBe(small);
  });

  test("keeps no more than it may, the largest of it", () => {
    const pool = new ArrayPool(4 * 30);
    const [ten, twelve, fourteen] = [10, 12, 14].map((length) => new Float32Array(length));
    for (const array of [twelve, fourteen, ten]) pool.give(array ?? new Float32Array());
    expect([pool.take(1), pool.take(1)]).toEqual([fourteen, twelve]);
    expect(pool.take(1)).toHaveLength(1);
    const tooLarge = new Float32Array(31);
    pool.give(tooLarge);
    expect(pool.take(1)).not.toBe(tooLarge);
  });
});
