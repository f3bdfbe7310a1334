import { Matrix } from "ml-matrix";
import { describe, expect, test } from "vitest";
import { compScore, compToFinal } from "../../../src/analysis/geometry/comp.js";
import { gramMatrix } from "../../../src/analysis/linalg/gramMatrix.js";
import { directionTrajectory, type DirectionTrajectory } from "../../../src/analysis/geometry/trajectory.js";
import { TurncoatError } from "../../../src/errors.js";
import { Random } from "../../../src/tensor/random.js";

function randomRows(count: number, dimension: number, seed: number): Float32Array[] {
  const random = new Random(seed);
  return Array.from({ length: count }, () => Float32Array.from({ length: dimension }, () => random.normal()));
}

function orthonormalRows(count: number, dimension: number): Float32Array[] {
  return Array.from({ length: count }, (_, row) =>
    Float32Array.from({ length: dimension }, (_, column) => (column === row ? 1 : 0)),
  );
}

/** Modules whose vectors at each step are the rows of one stack. */
function stacked(stacks: readonly (readonly Float32Array[])[]): DirectionTrajectory[] {
  return (stacks[0] ?? []).map((_, module) =>
    directionTrajectory(
      `module ${module}`,
      stacks.map((_, step) => step),
      stacks.map((stack) => stack[module] ?? new Float32Array(0)),
    ),
  );
}

describe("comp", () => {
  test("from Gram matrices is ‖XᵀY‖_F / (‖X‖_F ‖Y‖_F)", () => {
    const [left, right] = [randomRows(9, 40, 1), randomRows(9, 40, 2)];
    const [X, Y] = [left, right].map((rows) => new Matrix(rows.map((row) => Array.from(row))));
    if (X === undefined || Y === undefined) throw new Error("two stacks were made");
    const expected = X.transpose().mmul(Y).norm() / (X.norm() * Y.norm());
    // Two orders of float64 summation.
    expect(Math.abs(compScore(gramMatrix(left), gramMatrix(right)) - expected)).toBeLessThan(1e-9);
  });

  test("of nine orthonormal rows with themselves is 1/3, and √8/8 after de-meaning", () => {
    const rows = orthonormalRows(9, 20);
    const modules = stacked([rows, rows]);
    expect(compToFinal(modules, { meaning: "none" }).values[0]).toBeCloseTo(1 / 3, 12);
    const { values, selfComparison } = compToFinal(modules);
    expect(values[0]).toBeCloseTo(Math.sqrt(8) / 8, 6);
    expect(selfComparison).toBe(values[0]);
  });

  test("is 1 for proportional stacks of rank 1 and does not see a rotation of the model's space", () => {
    const row = randomRows(1, 12, 3)[0] ?? new Float32Array(0);
    const rankOne = [1, -2, 3].map((factor) => row.map((value) => factor * value));
    expect(compToFinal(stacked([rankOne, rankOne]), { meaning: "none" }).values[0]).toBeCloseTo(1, 6);
    const [left, right] = [randomRows(5, 12, 4), randomRows(5, 12, 5)];
    const reversed = (rows: readonly Float32Array[]): Float32Array[] => rows.map((each) => each.toReversed());
    expect(compToFinal(stacked([left, right])).values[0]).toBeCloseTo(
      compToFinal(stacked([reversed(left), reversed(right)])).values[0] ?? NaN,
      9,
    );
  });

  test("without de-meaning does not see the signs of whole modules", () => {
    const [left, right] = [randomRows(5, 12, 6), randomRows(5, 12, 7)];
    const flipped = (rows: readonly Float32Array[]): Float32Array[] =>
      rows.map((row, module) => (module % 2 === 0 ? row : row.map((value) => -value)));
    const score = (stacks: readonly Float32Array[][]): number =>
      compToFinal(stacked(stacks), { meaning: "none" }).values[0] ?? NaN;
    expect(score([flipped(left), flipped(right)])).toBeCloseTo(score([left, right]), 12);
  });

  test("is undefined where everything is zero, and leaves the last step out", () => {
    const rows = randomRows(3, 4, 8);
    const zero = rows.map((row) => row.map(() => 0));
    const series = compToFinal(stacked([zero, rows, rows]));
    expect(series.steps).toEqual([0, 1]);
    expect(series.values[0]).toBeNaN();
    expect(series.referenceStep).toBe(2);
  });

  test("takes the steps that all modules store", () => {
    const [first, second] = stacked([randomRows(2, 4, 1), randomRows(2, 4, 2), randomRows(2, 4, 3)]);
    if (first === undefined || second === undefined) throw new Error("two modules were made");
    const shorter = directionTrajectory(
      "shorter",
      [0, 2],
      [second.vectors[0], second.vectors[2]].flatMap((each) => each ?? []),
    );
    expect(compToFinal([first, shorter]).steps).toEqual([0]);
  });

  test("refuses modules of different dimension", () => {
    const [one] = stacked([randomRows(1, 4, 1)]);
    const [other] = stacked([randomRows(1, 5, 1)]);
    if (one === undefined || other === undefined) throw new Error("two modules were made");
    expect(() => compToFinal([one, other])).toThrow(TurncoatError);
  });
});
