import { describe, expect, test } from "vitest";
import { leadingComponents } from "../../../src/analysis/geometry/leadingComponents.js";
import { isLong, pca } from "../../../src/analysis/geometry/pca.js";
import { directionTrajectory, type DirectionTrajectory } from "../../../src/analysis/geometry/trajectory.js";
import { ArrayPool } from "../../../src/tensor/arrayPool.js";
import { createEngine } from "../../../src/tensor/engine.js";
import { Random } from "../../../src/tensor/random.js";
import { noisyPath } from "../../support/plantedPaths.js";

const engine = await createEngine({ engine: "onnxruntime", threads: 1 });

function planted(seed: number, count: number, dimension: number): DirectionTrajectory {
  const velocity = (step: number) => (step < count / 2 ? [1, 0.5] : [0, 1, 0.5]);
  return noisyPath(velocity, { seed, walk: 0.05, jitter: 0.02, count, dimension });
}

/**
 * Against all eigenpairs in float64. scikit-learn's arpack solver in float32 reaches 3e-7 of the total for shares of variance,
 * and for scores 8e-7 of the largest on a path of 2 000 × 5 120, 1e-6 to 2e-5 on others as small as these.
 */
async function expectAsExact(path: DirectionTrajectory, components = 10): Promise<void> {
  const exact = pca(path, { components });
  const found = await leadingComponents(path, { components, engine });
  expect(found.method).toBe("krylov");
  expect(found.steps).toEqual(exact.steps);
  const largest = Math.max(...exact.scores.flat().map(Math.abs));
  for (const [index, ratio] of exact.explainedVarianceRatio.entries())
    expect(Math.abs((found.explainedVarianceRatio[index] ?? NaN) - ratio), `share ${index}`).toBeLessThan(
      3e-7,
    );
  for (const [row, scores] of exact.scores.entries()) {
    for (const [index, score] of scores.entries()) {
      const difference = Math.abs((found.scores[row]?.[index] ?? NaN) - score) / largest;
      expect(difference, `score ${index} of row ${row}`).toBeLessThan(2e-6);
    }
  }
  for (const [index, component] of exact.components.entries()) {
    const scale = Math.sqrt(
      (exact.explainedVarianceRatio[index] ?? NaN) / (exact.explainedVarianceRatio[0] ?? NaN),
    );
    const differences = component.map((value, column) => value - (found.components[index]?.[column] ?? NaN));
    // A component of little variance is known the less, as its scores are.
    expect(scale * Math.hypot(...differences), `component ${index}`).toBeLessThan(2e-6);
  }
  for (const [column, value] of exact.mean.entries()) expect(found.mean[column]).toBeCloseTo(value, 9);
}

describe("leading components of long trajectories, by products in float32", () => {
  // Rows that do not come in fours, sides that fill no panel, and either side the longer.
  test.each([
    [1, 301, 701],
    [2, 702, 263],
    [3, 300, 300],
    [4, 270, 1100],
  ])("equal all eigenpairs in float64, seed %i, %i steps of %i numbers", async (seed, count, dimension) => {
    const path = planted(seed, count, dimension);
    expect(isLong(path, 10)).toBe(true);
    await expectAsExact(path);
  });

  test.each([
    [301, 701],
    [702, 263],
  ])("are the same in memory that was used before, %i steps of %i numbers", async (count, dimension) => {
    const path = planted(2, count, dimension);
    const arrays = new ArrayPool(2 ** 24);
    const used = new Float32Array(4 * count * dimension).fill(NaN);
    arrays.give(used);
    const found = await leadingComponents(path, { components: 3, engine, arrays });
    expect(found).toEqual(await leadingComponents(path, { components: 3, engine }));
    expect(used[0]).not.toBeNaN();
  });

  test("keep their precision where the mean is much longer than the way", async () => {
    const path = planted(5, 280, 420);
    const random = new Random(6);
    const far = Float64Array.from({ length: 420 }, () => 1000 * random.normal());
    // What float32 leaves of the path is the path of both.
    const vectors = path.vectors.map((vector) => vector.map((value, column) => value + (far[column] ?? NaN)));
    await expectAsExact(directionTrajectory("far", path.steps, vectors));
  });

  test("are found where no gap sets them apart: noise, and equal eigenvalues", async () => {
    const random = new Random(7);
    const noise = Array.from({ length: 290 }, () =>
      Float32Array.from({ length: 400 }, () => random.normal()),
    );
    const flat = directionTrajectory("noise", [...noise.keys()], noise);
    const [exact, found] = [
      pca(flat, { components: 10 }),
      await leadingComponents(flat, { components: 10, engine }),
    ];
    for (const [index, ratio] of exact.explainedVarianceRatio.entries())
      expect(Math.abs((found.explainedVarianceRatio[index] ?? NaN) - ratio)).toBeLessThan(1e-8);

    const corners = Array.from({ length: 300 }, (_, row) =>
      Float32Array.from({ length: 320 }, (_value, column) => (column === row % 6 ? (row < 150 ? 1 : -1) : 0)),
    );
    const equal = directionTrajectory("equal", [...corners.keys()], corners);
    const { explainedVarianceRatio, scores, components } = await leadingComponents(equal, {
      components: 10,
      engine,
    });
    for (const [index, ratio] of explainedVarianceRatio.entries())
      expect(ratio).toBeCloseTo(index < 6 ? 1 / 6 : 0, 6);
    expect(scores.every((row) => row.length === 10 && row.every(Number.isFinite))).toBe(true);
    expect(components.map((component) => Math.hypot(...component)).slice(6)).toEqual([0, 0, 0, 0]);
  });

  test("leave out steps that are not finite, and say that nothing varies, or that nothing is finite", async () => {
    const path = planted(8, 280, 300);
    const vectors = path.vectors.map((vector, row) => (row === 7 ? vector.map(() => NaN) : vector));
    const broken = directionTrajectory("broken", path.steps, vectors);
    const { steps, scores } = await leadingComponents(broken, { components: 3, engine });
    expect(steps).toHaveLength(279);
    expect(steps).not.toContain(7);
    expect(scores.flat().every(Number.isFinite)).toBe(true);

    const still = directionTrajectory(
      "still",
      path.steps,
      path.steps.map(() => new Float32Array(300).fill(0.1)),
    );
    const constant = await leadingComponents(still, { components: 3, engine });
    expect(constant.explainedVarianceRatio).toEqual([NaN, NaN, NaN]);
    expect(constant.scores[0]).toEqual([0, 0, 0]);

    const nothing = directionTrajectory("nothing", [0], [Float32Array.of(NaN)]);
    await expect(leadingComponents(nothing, { components: 1, engine })).rejects.toThrow(
      "nothing has no finite vector",
    );
  });

  test("are the same on another engine, to rounding", async () => {
    const path = planted(9, 264, 400);
    const [one, other] = [
      await leadingComponents(path, { components: 4, engine }),
      await leadingComponents(path, { components: 4, engine: await createEngine({ engine: "wasm" }) }),
    ];
    const largest = Math.max(...one.scores.flat().map(Math.abs));
    for (const [row, scores] of one.scores.entries()) {
      for (const [index, score] of scores.entries())
        expect(Math.abs((other.scores[row]?.[index] ?? NaN) - score) / largest).toBeLessThan(2e-6);
    }
  });
});
