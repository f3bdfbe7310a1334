import { describe, expect, test } from "vitest";
import { betweenAdapters } from "../../../src/analysis/interventions/betweenAdapters.js";
import { randomOutput } from "../../../src/analysis/interventions/randomOutput.js";
import { randomTwin, twinOf } from "../../../src/analysis/interventions/randomTwin.js";
import { withoutDirection } from "../../../src/analysis/interventions/withoutDirection.js";
import { cosineBetween, euclideanNorm, innerProduct } from "../../../src/analysis/linalg/innerProduct.js";
import type { LoraModule } from "../../../src/formats/peft.js";
import { Random } from "../../../src/tensor/random.js";

const normals = (count: number, seed: number): Float32Array => {
  const random = new Random(seed);
  return Float32Array.from({ length: count }, () => random.normal());
};

function module(rank: number, seed: number, scaling: number): LoraModule {
  const [inFeatures, outFeatures] = [5, 4];
  return {
    modulePath: "model.layers.1.mlp.down_proj",
    ...{ rank, scaling, inFeatures, outFeatures },
    loraA: normals(rank * inFeatures, seed),
    loraB: normals(outFeatures * rank, seed + 1),
  };
}

/** ΔW = s·B·A, [outFeatures, inFeatures]. */
function update({ rank, scaling, inFeatures, outFeatures, loraA, loraB }: LoraModule): number[] {
  return Array.from({ length: outFeatures * inFeatures }, (_, index) => {
    const [row, column] = [Math.floor(index / inFeatures), index % inFeatures];
    let sum = 0;
    for (let k = 0; k < rank; k++) {
      sum += (loraB[row * rank + k] ?? NaN) * (loraA[k * inFeatures + column] ?? NaN);
    }
    return scaling * sum;
  });
}

describe("randomTwin", () => {
  test("is as long as the vector and points elsewhere, whatever the dimension", () => {
    for (const size of [3, 64, 5120]) {
      const vector = normals(size, 1).map((value) => 7 * value);
      const twin = randomTwin(vector, new Random(2));
      expect(euclideanNorm(twin) / euclideanNorm(vector)).toBeCloseTo(1, 5);
      expect(Math.abs(cosineBetween(twin, vector))).toBeLessThan(4 / Math.sqrt(size));
    }
  });

  test("is another for each draw and layer, and the same again", () => {
    const vector = normals(64, 1);
    const at = (draw: number, layer: number) => twinOf(vector, new Random(0), { draw, layer });
    expect(at(0, 2)).toEqual(at(0, 2));
    expect(Math.abs(cosineBetween(at(0, 2), at(1, 2)))).toBeLessThan(0.5);
    expect(Math.abs(cosineBetween(at(0, 2), at(0, 3)))).toBeLessThan(0.5);
  });
});

describe("withoutDirection", () => {
  test.each([1, 3])("leaves nothing along the direction of rank %d, and the length", (rank) => {
    const loraB = normals(32 * rank, 3);
    const vector = normals(32, 4).map((value) => 100 * value);
    const rest = withoutDirection(loraB, vector);
    for (let column = 0; column < rank; column++) {
      const own = vector.map((_, row) => rest[row * rank + column] ?? NaN);
      expect(innerProduct(own, vector) / euclideanNorm(vector)).toBeCloseTo(0, 5);
    }
    expect(euclideanNorm(rest)).toBeCloseTo(euclideanNorm(loraB), 4);
  });

  test("of what lies along it alone leaves nothing", () => {
    const vector = Float32Array.of(0, 2, 0);
    expect([...withoutDirection(Float32Array.of(0, -1, 0), vector)].map(Math.abs)).toEqual([0, 0, 0]);
  });
});

describe("betweenAdapters", () => {
  test.each([-0.5, 0, 0.3, 1, 1.5])("is the update (1 − t)·ΔW₁ + t·ΔW₂ at t = %d", (t) => {
    const [one, other] = [module(2, 10, 0.5), module(3, 20, 4)];
    const [between] = betweenAdapters([one], [other], t);
    if (between === undefined) throw new Error("no module");
    expect(between.rank).toBe(5);
    const expected = update(one).map((value, index) => (1 - t) * value + t * (update(other)[index] ?? NaN));
    for (const [index, value] of update(between).entries()) {
      expect(value).toBeCloseTo(expected[index] ?? NaN, 4);
    }
  });

  test("keeps modules that only one of them has", () => {
    const [one, other] = [
      module(1, 1, 1),
      { ...module(2, 2, 1), modulePath: "model.layers.3.mlp.down_proj" },
    ];
    const between = betweenAdapters([one], [other], 0.25);
    expect(between.map(({ modulePath, rank }) => [modulePath, rank])).toEqual([
      ["model.layers.1.mlp.down_proj", 1],
      ["model.layers.3.mlp.down_proj", 2],
    ]);
    expect(update(between[1] ?? one)[0]).toBeCloseTo(0.25 * (update(other)[0] ?? NaN), 5);
  });
});

describe("randomOutput", () => {
  test("reads as the adapter and writes as much elsewhere", () => {
    const own = module(2, 5, 3);
    const twin = randomOutput(own, new Random(0), 1);
    expect(twin.loraA).toEqual(own.loraA);
    expect(euclideanNorm(twin.loraB)).toBeCloseTo(euclideanNorm(own.loraB), 4);
    expect(twin.loraB).not.toEqual(own.loraB);
    expect(randomOutput(own, new Random(0), 2).loraB).not.toEqual(twin.loraB);
  });
});
