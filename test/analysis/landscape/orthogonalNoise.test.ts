import { describe, expect, test } from "vitest";
import {
  adapterNorms,
  adapterParameters,
  updateFactor,
  withParameters,
} from "../../../src/analysis/landscape/adapterVector.js";
import { orthogonalNoise, turnedBy } from "../../../src/analysis/landscape/orthogonalNoise.js";
import { euclideanNorm, innerProduct } from "../../../src/analysis/linalg/innerProduct.js";
import type { LoraModule } from "../../../src/formats/peft.js";
import { Random } from "../../../src/tensor/random.js";

function normals(count: number, seed: number): Float64Array {
  const random = new Random(seed);
  return Float64Array.from({ length: count }, () => random.normal());
}

function module(rank: number, seed: number, scaling: number): LoraModule {
  const [inFeatures, outFeatures] = [5, 4];
  return {
    modulePath: `model.layers.${seed}.mlp.down_proj`,
    ...{ rank, scaling, inFeatures, outFeatures },
    loraA: Float32Array.from(normals(rank * inFeatures, seed)),
    loraB: Float32Array.from(normals(outFeatures * rank, seed + 1)),
  };
}

/** ‖s·B·A‖² by the matrix itself. */
function squaredUpdate({ rank, scaling, inFeatures, outFeatures, loraA, loraB }: LoraModule): number {
  let sum = 0;
  for (let row = 0; row < outFeatures; row++) {
    for (let column = 0; column < inFeatures; column++) {
      let entry = 0;
      for (let k = 0; k < rank; k++)
        entry += (loraB[row * rank + k] ?? NaN) * (loraA[k * inFeatures + column] ?? NaN);
      sum += (scaling * entry) ** 2;
    }
  }
  return sum;
}

describe("orthogonalNoise", () => {
  test.each([2, 3, 64, 5000])("is at a right angle to a vector of %d numbers, and as long", (size) => {
    const x = normals(size, 1).map((value) => 7 * value + 3);
    for (let seed = 0; seed < 5; seed++) {
      const y = orthogonalNoise(x, new Random(seed));
      expect(Math.abs(innerProduct(x, y)) / euclideanNorm(x) ** 2).toBeLessThan(1e-13);
      expect(euclideanNorm(y) / euclideanNorm(x)).toBeCloseTo(1, 12);
    }
  });

  test("points evenly: its entries have mean 0 and, off x, equal variances", () => {
    const x = Float64Array.of(2, 0, 0, 0);
    const draws = Array.from({ length: 4000 }, (_, seed) => orthogonalNoise(x, new Random(seed)));
    for (const entry of [1, 2, 3]) {
      const values = draws.map((draw) => draw[entry] ?? NaN);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const square = values.reduce((sum, value) => sum + value ** 2, 0) / values.length;
      // Deviation of an entry is 2/√3, of the mean of 4000 0.018; of the mean square 4/3, about 0.02.
      expect(Math.abs(mean)).toBeLessThan(0.08);
      expect(Math.abs(square - 4 / 3)).toBeLessThan(0.09);
      expect(draws.every((draw) => Math.abs(draw[0] ?? NaN) < 1e-12)).toBe(true);
    }
  });

  test("is another for each stream, the same again, and refused where there is none", () => {
    const x = normals(40, 2);
    expect(orthogonalNoise(x, new Random(3))).toEqual(orthogonalNoise(x, new Random(3)));
    expect(orthogonalNoise(x, new Random(3))).not.toEqual(orthogonalNoise(x, new Random(4)));
    expect(() => orthogonalNoise(new Float64Array(4), new Random(0))).toThrow(RangeError);
    expect(() => orthogonalNoise(Float64Array.of(1), new Random(0))).toThrow(RangeError);
  });
});

test("turned by ε keeps the length: 0 is the vector, 1 the noise, between them the cosine is √(1 − ε²)", () => {
  const x = normals(100, 5);
  const y = orthogonalNoise(x, new Random(0));
  expect(turnedBy(x, y, 0)).toEqual(x);
  expect(turnedBy(x, y, 1)).toEqual(y);
  for (const epsilon of [0.01, 0.1, 0.5, 0.9]) {
    const turned = turnedBy(x, y, epsilon);
    expect(euclideanNorm(turned) / euclideanNorm(x)).toBeCloseTo(1, 12);
    expect(innerProduct(turned, x) / euclideanNorm(x) ** 2).toBeCloseTo(Math.sqrt(1 - epsilon ** 2), 12);
  }
});

describe("an adapter as a vector", () => {
  const modules = [module(2, 1, 0.5), module(3, 3, 4)];

  test("goes out and back again, and takes as many parameters as it has", () => {
    const vector = adapterParameters(modules);
    expect(vector.length).toBe(2 * 9 + 3 * 9);
    expect(withParameters(modules, vector)).toEqual(modules);
    const doubled = withParameters(
      modules,
      vector.map((value) => 2 * value),
    );
    expect(adapterParameters(doubled)).toEqual(vector.map((value) => 2 * value));
    expect(() => withParameters(modules, vector.subarray(1))).toThrow(RangeError);
  });

  test("has the norm of its matrices, and that of its parameters", () => {
    const { update, parameters } = adapterNorms(modules);
    expect(update).toBeCloseTo(Math.sqrt(modules.reduce((sum, each) => sum + squaredUpdate(each), 0)), 5);
    expect(parameters).toBeCloseTo(euclideanNorm(adapterParameters(modules)), 12);
  });

  test("a multiple of the parameters' norm is its square of ΔW", () => {
    const before = adapterNorms(modules);
    const grown = adapterNorms(
      withParameters(
        modules,
        adapterParameters(modules).map((value) => 1.5 * value),
      ),
    );
    expect(grown.parameters / before.parameters).toBeCloseTo(1.5, 6);
    expect(grown.update / before.update).toBeCloseTo(updateFactor("parameters", 1.5), 5);
    expect(updateFactor("update", 1.5)).toBe(1.5);
  });
});
