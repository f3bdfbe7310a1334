import { describe, expect, test } from "vitest";
import { Random } from "../../src/tensor/random.js";

const draws = (random: Random, count: number) => Array.from({ length: count }, () => random.uniform());
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Pearson correlation of two lists of equal length. */
function correlation(one: readonly number[], other: readonly number[]): number {
  const [a, b] = [mean(one), mean(other)];
  const deviation = (values: readonly number[], center: number) =>
    Math.sqrt(mean(values.map((value) => (value - center) ** 2)));
  const product = mean(one.map((value, index) => (value - a) * ((other[index] ?? NaN) - b)));
  return product / (deviation(one, a) * deviation(other, b));
}

// Every bound below is five standard deviations of what it bounds, and every seed is fixed.
const count = 20_000;

describe("Random", () => {
  test("a seed gives one stream; neighbouring seeds give unrelated ones", () => {
    expect(draws(new Random(1), 5)).toEqual(draws(new Random(1), 5));
    expect(draws(new Random(1), 5)).not.toEqual(draws(new Random(2), 5));
    for (const seed of [0, 1, -1, 12345]) {
      const related = correlation(draws(new Random(seed), count), draws(new Random(seed + 1), count));
      expect(Math.abs(related)).toBeLessThan(5 / Math.sqrt(count));
    }
    const firsts = Array.from({ length: 1000 }, (_, seed) => new Random(seed).uniform());
    expect(Math.abs(mean(firsts) - 0.5)).toBeLessThan(5 * Math.sqrt(1 / 12 / 1000));
  });

  test("uniform numbers lie in [0, 1), evenly", () => {
    const values = draws(new Random(3), count);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThan(1);
    const counts = new Array<number>(20).fill(0);
    for (const value of values) counts[Math.floor(value * 20)] = (counts[Math.floor(value * 20)] ?? 0) + 1;
    const expected = count / 20;
    const chiSquare = counts.reduce((sum, found) => sum + (found - expected) ** 2 / expected, 0);
    // 19 degrees of freedom: mean 19, deviation 6.2.
    expect(chiSquare).toBeLessThan(19 + 5 * 6.2);
    const following = correlation(values.slice(0, -1), values.slice(1));
    expect(Math.abs(following)).toBeLessThan(5 / Math.sqrt(count));
  });

  test("normal draws have mean 0, variance 1 and the tails of a normal", () => {
    const random = new Random(4);
    const values = Array.from({ length: count }, () => random.normal());
    expect(Math.abs(mean(values))).toBeLessThan(5 / Math.sqrt(count));
    expect(Math.abs(mean(values.map((value) => value ** 2)) - 1)).toBeLessThan(5 * Math.sqrt(2 / count));
    const beyondTwo = values.filter((value) => Math.abs(value) > 2).length / count;
    expect(Math.abs(beyondTwo - 0.0455)).toBeLessThan(5 * Math.sqrt((0.0455 * 0.9545) / count));
  });

  test("integers, choices and weights", () => {
    const random = new Random(5);
    const seen = new Set(Array.from({ length: 200 }, () => random.integer(6)));
    expect([...seen].sort()).toEqual([0, 1, 2, 3, 4, 5]);
    expect(["a", "b"]).toContain(random.choose(["a", "b"]));
    expect(() => random.choose([])).toThrow("the list is empty");
    const picked = Array.from({ length: count }, () => random.weighted([1, 0, 3]));
    expect(picked).not.toContain(1);
    const share = picked.filter((index) => index === 2).length / count;
    expect(Math.abs(share - 0.75)).toBeLessThan(5 * Math.sqrt((0.75 * 0.25) / count));
  });

  test("permutations hold every number once, each equally often in every place", () => {
    const random = new Random(6);
    const firsts = new Array<number>(5).fill(0);
    for (let trial = 0; trial < 5000; trial++) {
      const order = random.permutation(5);
      expect(new Set(order).size).toBe(5);
      firsts[order[0] ?? NaN] = (firsts[order[0] ?? NaN] ?? 0) + 1;
    }
    for (const found of firsts) expect(Math.abs(found - 1000)).toBeLessThan(5 * Math.sqrt(5000 * 0.2 * 0.8));
    expect(random.permutation(0)).toEqual([]);
    expect(random.permutation(1)).toEqual([0]);
  });
});

describe("Random.fork", () => {
  test("follows the name, not what was drawn before", () => {
    const random = new Random(7);
    const before = draws(random.fork("data"), 5);
    draws(random, 13);
    expect(draws(random.fork("data"), 5)).toEqual(before);
    expect(draws(random.fork("other"), 5)).not.toEqual(before);
    expect(draws(new Random(8).fork("data"), 5)).not.toEqual(before);
  });

  test("drawing from a fork does not move its origin", () => {
    const random = new Random(7);
    draws(random.fork("data"), 100);
    expect(draws(random, 3)).toEqual(draws(new Random(7), 3));
  });

  test("gives streams unrelated to each other and to their origin", () => {
    const random = new Random(9);
    const streams = ["a", "b", "row 1", "row 2", 1, 2].map((name) => draws(random.fork(name), count));
    streams.push(draws(random, count), draws(random.fork("a").fork("b"), count));
    for (const [index, one] of streams.entries()) {
      for (const other of streams.slice(index + 1)) {
        expect(Math.abs(correlation(one, other))).toBeLessThan(5 / Math.sqrt(count));
      }
    }
  });
});

test("a saved state continues exactly where it was", () => {
  const random = new Random(10);
  draws(random, 17);
  const state = random.state();
  const restored = new Random(10, state);
  expect(draws(restored, 20)).toEqual(draws(random, 20));
  // JSON is how a state is kept.
  const throughJson = new Random(10, Array.from(JSON.stringify(state).slice(1, -1).split(","), Number));
  draws(throughJson, 20);
  expect(throughJson.state()).toEqual(random.state());
  expect(draws(restored.fork("x"), 3)).toEqual(draws(new Random(10).fork("x"), 3));
});
