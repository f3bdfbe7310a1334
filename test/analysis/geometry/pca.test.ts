import { Matrix, SingularValueDecomposition } from "ml-matrix";
import { describe, expect, test } from "vitest";
import { gramMatrix } from "../../../src/analysis/linalg/gramMatrix.js";
import { innerProduct } from "../../../src/analysis/linalg/innerProduct.js";
import { gramPca, pca } from "../../../src/analysis/geometry/pca.js";
import { directionTrajectory } from "../../../src/analysis/geometry/trajectory.js";
import { noisyPath } from "../../support/plantedPaths.js";

describe("pca", () => {
  const path = noisyPath((step) => (step < 15 ? [1] : [0, 1]), {
    seed: 1,
    walk: 0.2,
    count: 31,
    dimension: 12,
  });

  test("equals the singular value decomposition of the centred rows", () => {
    const result = pca(path, { components: 3 });
    const rows = new Matrix(path.vectors.map((vector) => Array.from(vector)));
    const centered = rows.subRowVector(rows.mean("column"));
    const squares = new SingularValueDecomposition(centered).diagonal.map((value) => value ** 2);
    const total = squares.reduce((sum, value) => sum + value, 0);
    for (const [index, ratio] of result.explainedVarianceRatio.entries()) {
      // Both routes run in float64; 1e-9 is far above their rounding and far below any meaning.
      expect(Math.abs(ratio - (squares[index] ?? NaN) / total)).toBeLessThan(1e-9);
    }
  });

  test("is the same where only inner products are known, up to the sign of each component", () => {
    const { scores, explainedVarianceRatio } = pca(path, { components: 2 });
    const byGram = gramPca(path.vectors, innerProduct, 2);
    for (const component of [0, 1]) {
      const sign = Math.sign(
        (scores.at(-1)?.[component] ?? NaN) * (byGram.scores.at(-1)?.[component] ?? NaN),
      );
      for (const [row, own] of scores.entries()) {
        expect((byGram.scores[row]?.[component] ?? NaN) * sign).toBeCloseTo(own[component] ?? NaN, 6);
      }
      expect(byGram.explainedVarianceRatio[component]).toBeCloseTo(
        explainedVarianceRatio[component] ?? NaN,
        9,
      );
    }
  });

  test("is the same by inner products of steps and of dimensions, whichever are fewer", () => {
    const wide = noisyPath((step) => (step < 15 ? [1] : [0, 1]), {
      seed: 3,
      walk: 0.2,
      jitter: 0.1,
      count: 24,
      dimension: 24,
    });
    // A dimension in which nothing moves changes no component, and a repeated last step turns the balance.
    const [first, ...rest] = [wide, wide].map(({ steps, vectors }, index) =>
      pca(
        directionTrajectory(
          "path",
          steps,
          vectors.map((vector) =>
            index === 0 ? vector.slice(0, 23) : Float32Array.of(...vector.slice(0, 23), 7, 7),
          ),
        ),
        { components: 10 },
      ),
    );
    for (const [index, ratio] of (first?.explainedVarianceRatio ?? []).entries())
      expect(rest[0]?.explainedVarianceRatio[index]).toBeCloseTo(ratio, 12);
    for (const [row, scores] of (first?.scores ?? []).entries()) {
      for (const [index, score] of scores.entries())
        expect(rest[0]?.scores[row]?.[index]).toBeCloseTo(score, 9);
    }
  });

  test("finds equal eigenvalues, and zeros where the rows span no more", () => {
    const axes = [0, 1, 2, 0, 1, 2].map((axis, index) =>
      Float32Array.from({ length: 7 }, (_, column) => (column === axis ? (index < 3 ? 1 : -1) : 0)),
    );
    const equal = directionTrajectory("equal", [...axes.keys()], axes);
    const { explainedVarianceRatio, scores } = pca(equal, { components: 5 });
    for (const [index, expected] of [1 / 3, 1 / 3, 1 / 3, 0, 0].entries())
      expect(explainedVarianceRatio[index]).toBeCloseTo(expected, 9);
    expect(scores.every((row) => row.length === 5 && row.every((value) => Number.isFinite(value)))).toBe(
      true,
    );
  });

  test("scores and components rebuild the rows, and components are orthonormal", () => {
    const { scores, components, mean } = pca(path, { components: 12 });
    for (const [row, vector] of path.vectors.entries()) {
      for (const [column, value] of vector.entries()) {
        const rebuilt = components.reduce(
          (sum, component, index) => sum + (scores[row]?.[index] ?? NaN) * (component[column] ?? NaN),
          mean[column] ?? NaN,
        );
        expect(rebuilt).toBeCloseTo(value, 5);
      }
    }
    const product = gramMatrix(components.map((component) => Float32Array.from(component)));
    for (const [row, values] of product.entries()) {
      for (const [column, value] of values.entries()) expect(value).toBeCloseTo(row === column ? 1 : 0, 5);
    }
  });

  test("fixes the sign by the loading of largest magnitude, whatever the order of the rows", () => {
    const { components } = pca(path);
    for (const component of components) {
      const largest = component.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0);
      expect(largest).toBeGreaterThan(0);
    }
    const reversed = directionTrajectory("reversed", path.steps, [...path.vectors].reverse());
    const [forward, backward] = [pca(path), pca(reversed)];
    for (const [row, scores] of forward.scores.entries()) {
      expect(backward.scores.at(-1 - row)?.[1]).toBeCloseTo(scores[1] ?? NaN, 6);
    }
  });

  test("centres: an elbow path has other ratios than its uncentred decomposition", () => {
    const elbow = noisyPath((step) => (step < 10 ? [1] : [0, 1]), { seed: 0, count: 21, dimension: 2 });
    const uncentered = gramMatrix(elbow.vectors);
    const trace = uncentered.reduce((sum, row, index) => sum + (row[index] ?? NaN), 0);
    const ratio = pca(elbow).explainedVarianceRatio;
    expect((ratio[0] ?? NaN) + (ratio[1] ?? NaN)).toBeCloseTo(1, 12);
    expect(ratio[0]).toBeGreaterThan(0.78);
    expect(ratio[0]).toBeLessThan(0.84);
    const firstUncentered = Math.max(
      ...new Matrix(uncentered.map((row) => Array.from(row))).to2DArray().flat(),
    );
    expect(firstUncentered / trace).not.toBeCloseTo(ratio[0] ?? NaN, 1);
  });

  test("keeps precision when the mean is much longer", () => {
    const far = directionTrajectory(
      "far",
      [0, 1, 2, 3],
      [0, 1, 2, 3].map((step) => Float32Array.from([1024 + step * 2 ** -10, -2048, 512])),
    );
    const { scores, explainedVarianceRatio } = pca(far);
    expect(explainedVarianceRatio[0]).toBeCloseTo(1, 12);
    expect((scores[3]?.[0] ?? NaN) - (scores[0]?.[0] ?? NaN)).toBeCloseTo(3 * 2 ** -10, 12);
  });

  test("degenerate inputs: one row, constant rows, fewer dimensions than components, a row of NaN", () => {
    const one = pca(directionTrajectory("one", [3], [Float32Array.from([1, 2])]));
    expect(one.scores).toEqual([[0]]);
    expect(one.explainedVarianceRatio).toEqual([NaN]);
    const constant = pca(
      directionTrajectory("c", [0, 1], [Float32Array.from([1, 2]), Float32Array.from([1, 2])]),
    );
    expect(constant.explainedVarianceRatio).toEqual([NaN, NaN]);
    expect(constant.scores).toEqual([
      [0, 0],
      [0, 0],
    ]);
    const line = pca(
      directionTrajectory(
        "l",
        [0, 1, 2],
        [1, 2, 4].map((value) => Float32Array.from([value])),
      ),
    );
    expect(line.explainedVarianceRatio).toEqual([1]);
    const broken = directionTrajectory(
      "b",
      [0, 1, 2],
      [Float32Array.from([1, 0]), Float32Array.from([NaN, 0]), Float32Array.from([0, 1])],
    );
    expect(pca(broken).steps).toEqual([0, 2]);
    expect(() => pca(directionTrajectory("n", [0], [Float32Array.from([NaN])]))).toThrow(
      "n has no finite vector",
    );
  });
});
