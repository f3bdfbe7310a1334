import { describe, expect, test } from "vitest";
import { secondDifferenceVariance } from "../../../src/analysis/statistics/localLevelModel.js";
import { segmentedRegression } from "../../../src/analysis/statistics/segmentedRegression.js";
import { smoothTrend } from "../../../src/analysis/statistics/smoothTrend.js";
import { Random } from "../../../src/tensor/random.js";

describe("secondDifferenceVariance", () => {
  test("measures noise beside a slope and a jump", () => {
    const random = new Random(1);
    const values = Array.from(
      { length: 2000 },
      (_, index) => 0.3 * index + (index > 700 ? 50 : 0) + 2 * random.normal(),
    );
    expect(Math.abs(Math.sqrt(secondDifferenceVariance(values)) / 2 - 1)).toBeLessThan(0.05);
  });
});

describe("segmentedRegression", () => {
  const positions = Array.from({ length: 60 }, (_, index) => 5 * index);

  test("recovers one and two planted knots and their slopes", () => {
    const tent = positions.map((step) => 2 + 0.1 * step - 0.3 * Math.max(0, step - 100));
    const one = segmentedRegression(positions).fit([tent], 1);
    expect(one.knots).toEqual([100]);
    expect(one.slopes[0]?.[0]).toBeCloseTo(0.1, 9);
    expect(one.slopes[0]?.[1]).toBeCloseTo(-0.2, 9);
    const ramp = positions.map((step) => Math.min(150, Math.max(80, step)));
    const two = segmentedRegression(positions).fit([ramp], 2);
    expect(two.knots).toEqual([80, 150]);
    for (const [index, slope] of [0, 1, 0].entries()) expect(two.slopes[0]?.[index]).toBeCloseTo(slope, 9);
    expect(two.fitted[0]?.[7]).toBeCloseTo(80, 9);
  });

  test("is the best of all one-knot fits, by least squares on explicit columns", () => {
    const random = new Random(3);
    const values = positions.map((step) => Math.sin(step / 90) + 0.2 * random.normal());
    const fit = segmentedRegression(positions).fit([values], 1);
    for (const knot of positions.slice(3, -3)) {
      const columns = [
        positions.map(() => 1),
        positions.map((step) => step / 100),
        positions.map((step) => Math.max(0, step - knot) / 100),
      ];
      expect(fit.residualSum).toBeLessThanOrEqual(residualOf(columns, values) + 1e-9);
    }
    const best = positions.map((step) => Math.max(0, step - (fit.knots[0] ?? NaN)) / 100);
    const columns = [positions.map(() => 1), positions.map((step) => step / 100), best];
    expect(fit.residualSum).toBeCloseTo(residualOf(columns, values), 9);
  });

  test("coordinates share their knots", () => {
    const rows = [
      positions.map((step) => Math.max(0, step - 120)),
      positions.map((step) => 3 - Math.max(0, step - 120)),
    ];
    expect(segmentedRegression(positions).fit(rows, 1).knots).toEqual([120]);
  });
});

describe("smoothTrend", () => {
  test("recognises its families and leaves what none can follow", () => {
    const positions = Array.from({ length: 80 }, (_, index) => index);
    const { fit } = smoothTrend(positions);
    const saturating = fit(positions.map((x) => 1 - Math.exp(-x / 20)));
    expect(saturating.family).toBe("exponential");
    expect(Math.abs(saturating.timeConstant / 20 - 1)).toBeLessThan(0.15);
    expect(fit(positions.map((x) => (x - 30) ** 2)).family).toBe("parabola");
    expect(fit(positions.map((x) => Math.exp(x / 10))).timeConstant).toBeLessThan(0);
    expect(fit(positions.map((x) => Math.abs(x - 40))).residualSum).toBeGreaterThan(100);
  });
});

/** Residual sum of squares on some columns, by Gram–Schmidt. */
function residualOf(columns: readonly (readonly number[])[], values: readonly number[]): number {
  const basis: number[][] = [];
  const without = (vector: readonly number[]): number[] =>
    basis.reduce<number[]>(
      (rest, unit) => {
        const product = rest.reduce((sum, value, index) => sum + value * (unit[index] ?? NaN), 0);
        return rest.map((value, index) => value - product * (unit[index] ?? NaN));
      },
      [...vector],
    );
  for (const column of columns) {
    const rest = without(without(column));
    const norm = Math.hypot(...rest);
    basis.push(rest.map((value) => value / norm));
  }
  return without(values).reduce((sum, value) => sum + value * value, 0);
}
