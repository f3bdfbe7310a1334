import { describe, expect, test } from "vitest";
import { meanDifference } from "../../../src/analysis/directions/meanDifference.js";
import { principalAngles } from "../../../src/analysis/directions/principalAngles.js";
import { Random } from "../../../src/tensor/random.js";

describe("meanDifference", () => {
  const misaligned = { values: Float32Array.of(4, 0, 0, 2), n: 2 };
  const aligned = { values: Float32Array.of(0, 0, 0, 0), n: 2 };

  test("counts rows alike, or by their tokens", () => {
    const alike = meanDifference(misaligned, aligned);
    expect(alike.norm).toBeCloseTo(Math.hypot(2, 1), 6);
    expect(alike.alignedProjection).toBe(0);
    const weighted = meanDifference({ ...misaligned, weights: [3, 1] }, aligned);
    expect(weighted.norm).toBeCloseTo(Math.hypot(3, 0.5), 6);
    expect(weighted.misalignmentDirection[0]).toBeCloseTo(3 / Math.hypot(3, 0.5), 6);
  });

  test("says where the aligned side lies along it", () => {
    const shifted = { values: Float32Array.of(1, 0, 3, 0), n: 2 };
    const found = meanDifference({ values: Float32Array.of(6, 0, 8, 0), n: 2 }, shifted);
    expect(found.alignedProjection).toBeCloseTo(2, 6);
    expect(found.norm).toBeCloseTo(5, 6);
  });
});

describe("principalAngles", () => {
  const e = (at: number, dimension = 6): Float32Array =>
    Float32Array.from({ length: dimension }, (_, index) => (index === at ? 1 : 0));

  test("are the angles between two subspaces, whatever vectors span them", () => {
    const tilted = Float32Array.from({ length: 6 }, (_, at) =>
      at === 1 ? Math.cos(0.3) : at === 4 ? Math.sin(0.3) : 0,
    );
    const { cosines, overlap, randomOverlap, sizes } = principalAngles(
      [e(0), e(1)],
      [e(0).map((value, at) => value + 2 * (tilted[at] ?? NaN)), tilted, e(5)],
    );
    expect(cosines[0]).toBeCloseTo(1, 6);
    expect(cosines[1]).toBeCloseTo(Math.cos(0.3), 6);
    expect(overlap).toBeCloseTo((1 + Math.cos(0.3) ** 2) / 2, 6);
    expect(randomOverlap).toBe(0.5);
    expect(sizes).toEqual([2, 3]);
  });

  test("share what their sizes say where they are random, and nothing where one is empty", () => {
    const random = new Random(0);
    const draw = (count: number): Float64Array[] =>
      Array.from({ length: count }, () => Float64Array.from({ length: 60 }, () => random.normal()));
    const overlaps = Array.from({ length: 40 }, () => principalAngles(draw(3), draw(6)).overlap);
    expect(overlaps.reduce((sum, value) => sum + value, 0) / 40).toBeCloseTo(0.1, 1);
    expect(principalAngles([new Float32Array(6)], [e(0)]).overlap).toBeNaN();
    // Vectors that depend on each other span one dimension.
    expect(principalAngles([e(0), e(0)], [e(0), e(1)]).sizes).toEqual([1, 2]);
  });
});
