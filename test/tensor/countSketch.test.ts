import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { countSketch, hashKey, ProductSketch } from "../../src/tensor/countSketch.js";
import { Random } from "../../src/tensor/random.js";

const golden = z
  .object({
    keys: z.record(z.string(), z.number()),
    vector: z.array(z.number()),
    product: z.array(z.number()),
  })
  .parse(JSON.parse(readFileSync(new URL("../golden/tensor/countSketch.json", import.meta.url), "utf8")));

const normals = (random: Random, length: number): Float32Array =>
  Float32Array.from({ length }, () => random.normal());

const inner = (one: Float32Array, other: Float32Array): number =>
  one.reduce((sum, value, index) => sum + value * (other[index] ?? 0), 0);

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

const products = (seed: number, { rank = 1, numbers = 64, inFeatures = 30, outFeatures = 24 } = {}) =>
  new ProductSketch({
    numbers,
    rank,
    inFeatures,
    outFeatures,
    inputsKey: hashKey(seed, "module", "inputs"),
    outputsKey: hashKey(seed, "module", "outputs"),
  });

/** b · aᵀ, row-major. */
const formed = (a: Float32Array, b: Float32Array): Float32Array =>
  Float32Array.from({ length: a.length * b.length }, (_, index) => {
    return (b[Math.floor(index / a.length)] ?? 0) * (a[index % a.length] ?? 0);
  });

describe("against NumPy", () => {
  const [rank, inFeatures, outFeatures, numbers] = [3, 20, 12, 32];
  const a = Float32Array.from({ length: rank * inFeatures }, (_, index) => (((index * 37) % 101) - 50) / 64);
  const b = Float32Array.from(
    { length: outFeatures * rank },
    (_, index) => (((index * 53) % 97) - 48) / 4096,
  );
  const key = (role: string): number => hashKey(7, "model.layers.3.mlp.down_proj", role);

  test("keys are those of zlib.crc32", () => {
    expect({ A: key("A"), inputs: key("inputs"), outputs: key("outputs") }).toEqual(golden.keys);
  });

  test("a vector", () => {
    // Every number is a multiple of 1/64, so that the sums are exact.
    expect([...countSketch(a, key("A"), numbers)]).toEqual(golden.vector);
  });

  test("a product, which NumPy forms before it is sketched", () => {
    const sketch = new ProductSketch({
      ...{ numbers, rank, inFeatures, outFeatures },
      inputsKey: key("inputs"),
      outputsKey: key("outputs"),
    });
    const found = sketch.project(a, b, 2);
    // float32 keeps 24 bits; the largest of these numbers is about 0.1.
    for (const [index, value] of golden.product.entries()) expect(found[index]).toBeCloseTo(value, 7);
  });
});

describe("a sketch is linear", () => {
  const random = new Random(1);
  const [one, other] = [normals(random, 500), normals(random, 500)];
  const sum = one.map((value, index) => 3 * value - (other[index] ?? 0));

  test("of vectors", () => {
    const [x, y, both] = [one, other, sum].map((values) => countSketch(values, 5, 64));
    both?.forEach((value, index) => {
      expect(value).toBeCloseTo(3 * (x?.[index] ?? NaN) - (y?.[index] ?? NaN), 4);
    });
  });

  test("of products, in each factor", () => {
    const a = normals(random, 30);
    const sketch = products(1, { outFeatures: 500 });
    const [x, y, both] = [one, other, sum].map((b) => sketch.project(a, b));
    both?.forEach((value, index) => {
      expect(value).toBeCloseTo(3 * (x?.[index] ?? NaN) - (y?.[index] ?? NaN), 3);
    });
  });
});

test("nothing gives exactly nothing, and a tiny B loses no digits to a large A", () => {
  const random = new Random(2);
  const [a, b] = [normals(random, 60), normals(random, 48)];
  const sketch = products(2, { rank: 2 });
  expect([...sketch.project(a, new Float32Array(48))]).toEqual(Array.from({ length: 64 }, () => 0));
  const whole = sketch.project(a, b);
  const tiny = sketch.project(
    a.map((value) => value * 2 ** 20),
    b.map((value) => value * 2 ** -30),
  );
  expect([...tiny.map((value) => value * 2 ** 10)]).toEqual([...whole]);
});

describe("inner products over seeds", () => {
  const random = new Random(3);
  const seeds = Array.from({ length: 1500 }, (_, seed) => seed);
  const numbers = 64;

  test("of vectors have no bias, and the spread that is stated", () => {
    const [one, other] = [normals(random, 300), normals(random, 300)];
    const found = seeds.map((seed) => {
      const key = hashKey(seed, "A");
      return inner(countSketch(one, key, numbers), countSketch(other, key, numbers));
    });
    const exact = inner(one, other);
    const spread = Math.sqrt(mean(found.map((value) => (value - exact) ** 2)));
    // ((x·x)(y·y) + (x·y)² − 2 Σ x²y²) / m is the variance of a count sketch.
    const squares = inner(
      one.map((value) => value ** 2),
      other.map((value) => value ** 2),
    );
    const stated = Math.sqrt((inner(one, one) * inner(other, other) + exact ** 2 - 2 * squares) / numbers);
    expect(Math.abs(mean(found) - exact)).toBeLessThan((4 * stated) / Math.sqrt(seeds.length));
    // Four standard errors of a standard deviation of 1500 draws are 7 %.
    expect(Math.abs(spread / stated - 1)).toBeLessThan(0.1);
  });

  test("of products have no bias, and three times the variance of an ideal projection at most", () => {
    const [a, c] = [normals(random, 30), normals(random, 30)];
    const [b, d] = [normals(random, 24), normals(random, 24)];
    const found = seeds.map((seed) => {
      const sketch = products(seed, { numbers });
      return inner(sketch.project(a, b), sketch.project(c, d));
    });
    const exact = inner(formed(a, b), formed(c, d));
    const norms = Math.sqrt(inner(a, a) * inner(b, b) * inner(c, c) * inner(d, d));
    const spread = Math.sqrt(mean(found.map((value) => (value - exact) ** 2)));
    expect(Math.abs(mean(found) - exact)).toBeLessThan((4 * spread) / Math.sqrt(seeds.length));
    expect(spread).toBeLessThan((norms * Math.sqrt(3)) / Math.sqrt(numbers));
  });
});

test("a product's sketch is the count sketch of its entries", () => {
  const random = new Random(4);
  const numbers = 16;
  const [a, b] = [normals(random, 30), normals(random, 24)];
  const sketch = products(4, { numbers });
  const unit = (length: number, place: number): Float32Array =>
    new Float32Array(length).fill(1, place, place + 1);
  // Each entry alone falls into one bucket with a sign; the whole is the sum of all of them.
  const sum = new Float64Array(numbers);
  for (const [index, value] of formed(a, b).entries()) {
    const alone = sketch.project(unit(30, index % 30), unit(24, Math.floor(index / 30)));
    expect(alone.filter((each) => Math.abs(each) > 1e-6).map(Math.abs)).toHaveLength(1);
    for (const [bucket, sign] of alone.entries()) sum[bucket] = (sum[bucket] ?? 0) + sign * value;
  }
  for (const [bucket, value] of sketch.project(a, b).entries())
    expect(value).toBeCloseTo(sum[bucket] ?? NaN, 4);
});

test("a number of buckets that is no power of two is refused", () => {
  expect(() => countSketch(new Float32Array(3), 0, 100)).toThrow("a power of two");
});
