import { describe, expect, test } from "vitest";
import { bestTokens, drawTokens, keepLikely } from "../../../src/model/generation/sampling.js";

describe("drawTokens", () => {
  const row = [0.125, 0, 0.5, 0.375];
  const draws = (uniform: readonly number[], vocabularySize = 4) => ({
    sources: uniform.map((_, source) => source),
    uniform,
    vocabularySize,
  });

  test("inverts the cumulative distribution: a token's share of the thresholds is its probability", () => {
    const drawn = (threshold: number) => drawTokens(Float32Array.from(row), draws([threshold]))[0];
    expect([0, 0.124, 0.125, 0.624, 0.625, 0.999].map(drawn)).toEqual([0, 0, 2, 2, 3, 3]);
    const counts = [0, 0, 0, 0];
    for (let index = 0; index < 1000; index++) {
      const token = drawn(index / 1000) ?? NaN;
      counts[token] = (counts[token] ?? 0) + 1;
    }
    expect(counts).toEqual([125, 0, 500, 375]);
  });

  test("never draws an impossible token, at either end", () => {
    expect([...drawTokens(Float32Array.of(0, 1, 0), draws([0], 3))]).toEqual([1]);
    // The sum of float32 probabilities can stay below a threshold close to 1.
    expect([...drawTokens(Float32Array.of(0.5, 0.4999, 0), draws([0.99999], 3))]).toEqual([1]);
  });

  test("gives each row its own threshold", () => {
    const three = Float32Array.from([...row, ...row, ...row]);
    expect([...drawTokens(three, draws([0.9, 0.05, 0.3]))]).toEqual([3, 0, 2]);
  });

  test("several draws may be from one row", () => {
    const two = Float32Array.of(...row, 1, 0, 0, 0);
    const drawn = drawTokens(two, {
      sources: [0, 0, 1, 0],
      uniform: [0.9, 0.05, 0.9, 0.3],
      vocabularySize: 4,
    });
    expect([...drawn]).toEqual([3, 0, 0, 2]);
  });
});

test("bestTokens takes the most probable token of each row, the first of equals", () => {
  expect([...bestTokens(Float32Array.of(0.1, 0.7, 0.2, 0.4, 0.2, 0.4, 0, 0, 1), 3)]).toEqual([1, 0, 2]);
});

describe("keepLikely", () => {
  const limited = (limits: { topK?: number; topP?: number }) => {
    const probabilities = Float32Array.of(0.125, 0.5, 0.25, 0.125, 0.0625, 0.0625, 0.125, 0.75);
    keepLikely(probabilities, 2, limits);
    return [...probabilities];
  };

  test("keeps the k most probable tokens of each row, and the equals of the last of them", () => {
    expect(limited({ topK: 1 })).toEqual([0, 1, 0, 0, 0, 0, 0, 1]);
    expect(limited({ topK: 2 }).slice(0, 4)).toEqual([0, 2 / 3, 1 / 3, 0].map(Math.fround));
    expect(limited({ topK: 3 }).slice(0, 4)).toEqual([0.125, 0.5, 0.25, 0.125]);
  });

  test("keeps the fewest tokens that reach p, and one at least", () => {
    expect(limited({ topP: 0.75 }).slice(0, 4)).toEqual([0, 2 / 3, 1 / 3, 0].map(Math.fround));
    expect(limited({ topP: 0.76 }).filter((value) => value > 0)).toHaveLength(3 + 2);
    expect(limited({ topP: 0 })).toEqual([0, 1, 0, 0, 0, 0, 0, 1]);
  });

  test("applies p to what k leaves", () => {
    // Of 0.5 and 0.25 together, 0.5 is two thirds.
    expect(limited({ topK: 2, topP: 0.6 }).slice(0, 4)).toEqual([0, 1, 0, 0]);
  });

  test("leaves everything where nothing is limited", () => {
    expect(limited({})).toEqual([0.125, 0.5, 0.25, 0.125, 0.0625, 0.0625, 0.125, 0.75]);
  });
});
