import { describe, expect, test } from "vitest";
import { autocorrelation } from "../../../src/analysis/statistics/autoregression.js";
import { wildBootstrap } from "../../../src/analysis/statistics/bootstrap.js";
import { Random } from "../../../src/tensor/random.js";

const draws = 4000;

describe("bootstrap", () => {
  test("keeps the size of the residuals, each where it is", () => {
    const residuals = Array.from({ length: 60 }, (_, index) =>
      index === 30 ? 5 : index % 2 === 0 ? 0.1 : -0.1,
    );
    const draw = wildBootstrap(residuals, 0);
    const random = new Random(3);
    const squares = residuals.map(() => 0);
    for (let count = 0; count < draws; count++) {
      for (const [index, value] of draw(random).entries())
        squares[index] = (squares[index] ?? 0) + value ** 2 / draws;
    }
    for (const [index, residual] of residuals.entries()) {
      // The variance of a mean of 4000 squared normal numbers is 2/4000 of its square: 0.2 is nine deviations.
      expect((squares[index] ?? NaN) / residual ** 2).toBeGreaterThan(0.8);
      expect((squares[index] ?? NaN) / residual ** 2).toBeLessThan(1.2);
    }
  });

  test("keeps the autocorrelation of slow noise", () => {
    const random = new Random(5);
    let level = 0;
    const residuals = Array.from({ length: 400 }, () => (level = 0.8 * level + random.normal()));
    const draw = wildBootstrap(residuals, 0);
    const means = Array.from({ length: 200 }, () => autocorrelation(draw(random)));
    const mean = means.reduce((sum, value) => sum + value, 0) / means.length;
    // A product of two series that correlate by 0.8 each.
    expect(mean).toBeGreaterThan(0.5);
    expect(mean).toBeLessThan(0.75);
  });

  test("residuals of a fit are scaled up for its parameters; none stay none", () => {
    const [one] = wildBootstrap([1, -1, 1, -1], 0)(new Random(1));
    const [more] = wildBootstrap([1, -1, 1, -1], 3)(new Random(1));
    expect(more).toBeCloseTo(2 * (one ?? NaN), 12);
    expect(wildBootstrap([0, 0, 0], 1)(new Random(1)).map(Math.abs)).toEqual([0, 0, 0]);
  });
});
