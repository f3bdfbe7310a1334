import { describe, expect, test } from "vitest";
import { bestTokens, drawTokens } from "../../src/model/sampling.js";

describe("drawTokens", () => {
  const row = [0.125, 0, 0.5, 0.375];

  test("inverts the cumulative distribution: a token's share of the thresholds is its probability", () => {
    const drawn = (threshold: number) => drawTokens(Float32Array.from(row), [threshold])[0];
    expect([0, 0.124, 0.125, 0.624, 0.625, 0.999].map(drawn)).toEqual([0, 0, 2, 2, 3, 3]);
    const counts = [0, 0, 0, 0];
    for (let index = 0; index < 1000; index++) {
      const token = drawn(index / 1000) ?? NaN;
      counts[token] = (counts[token] ?? 0) + 1;
    }
    expect(counts).toEqual([125, 0, 500, 375]);
  });

  test("never draws an impossible token, at either end", () => {
    expect([...drawTokens(Float32Array.of(0, 1, 0), [0])]).toEqual([1]);
    // The sum of float32 probabilities can stay below a threshold close to 1.
    expect([...drawTokens(Float32Array.of(0.5, 0.4999, 0), [0.99999])]).toEqual([1]);
  });

  test("gives each row its own threshold", () => {
    expect([...drawTokens(Float32Array.from([...row, ...row, ...row]), [0.9, 0.05, 0.3])]).toEqual([3, 0, 2]);
  });
});

test("bestTokens takes the most probable token of each row, the first of equals", () => {
  expect([...bestTokens(Float32Array.of(0.1, 0.7, 0.2, 0.4, 0.2, 0.4, 0, 0, 1), 3)]).toEqual([1, 0, 2]);
});
