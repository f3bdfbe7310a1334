import { determinant, inverse, Matrix } from "ml-matrix";
import { describe, expect, test } from "vitest";
import { autoregressive } from "../../../../src/analysis/statistics/autoregression.js";
import { behavioralTransition } from "../../../../src/analysis/transitions/behavior/behavioralTransition.js";
import {
  evidenceOverWalk,
  walkLogLikelihood,
} from "../../../../src/analysis/transitions/behavior/walkingRate.js";
import { Random } from "../../../../src/tensor/random.js";

const steps = Array.from({ length: 31 }, (_, index) => 5 * index);

/** Counts of 200 answers whose log-odds wander about those of a rate. */
function counts(rateAt: (step: number) => number, increment: number, seed: number) {
  const random = new Random(seed);
  const walk = autoregressive(steps.length, 1, increment, random);
  const successes = steps.map((step, index) => {
    const odds = (rateAt(step) / (1 - rateAt(step))) * Math.exp(walk[index] ?? NaN);
    return Array.from({ length: 200 }, () => random.uniform()).filter((draw) => draw < odds / (1 + odds))
      .length;
  });
  return { steps, successes, misaligned: successes, n: steps.map(() => 200) };
}

describe("randomWalkRate: a rate that wanders", () => {
  test("has the likelihood of its joint normal distribution", () => {
    const values = [0.2, 0.5, 0.1, 0.4];
    const variances = [0.01, 0.02, 0.03, 0.015];
    const ages = [0, 1, 2, 0.5];
    const [scatter, increment] = [1.5, 0.7];
    // About the first value, later ones have in common what it errs by and what the level went through together.
    const times = [1, 3, 3.5];
    const mean = (0.01 + 0.02 + 0.03 + 0.015) / 4;
    const covariance = new Matrix(
      times.map((left, row) =>
        times.map((right, column) => {
          const own = row === column ? scatter * (variances[row + 1] ?? NaN) : 0;
          return own + scatter * 0.01 + increment * mean * Math.min(left, right);
        }),
      ),
    );
    const errors = Matrix.columnVector(values.slice(1).map((value) => value - 0.2));
    const square = errors.transpose().mmul(inverse(covariance)).mmul(errors).get(0, 0);
    const joint = -(square + Math.log(determinant(covariance)) + 3 * Math.log(2 * Math.PI)) / 2;
    const first = -Math.log(2 * Math.PI * scatter * 0.01) / 2;
    expect(walkLogLikelihood(values, { variances, ages, scatter, increment })).toBeCloseTo(joint + first, 9);
  });

  test("is preferred to a turn that the walk itself has made, in at least 94 of 100 seeds, and to a steady rise", () => {
    const walks = Array.from({ length: 100 }, (_, seed) => counts(() => 0.3, 0.1, seed));
    const verdicts = walks.map((walk) => behavioralTransition(walk).verdict);
    expect(verdicts.filter(({ transition }) => transition !== null).length).toBeLessThanOrEqual(6);
    const wide = Array.from({ length: 100 }, (_, seed) => counts(() => 0.3, 0.3, seed));
    const reasons = wide.map((walk) => behavioralTransition(walk).verdict.absent?.reason ?? "");
    expect(reasons.filter((reason) => reason.includes("wanders")).length).toBeGreaterThanOrEqual(4);
  });

  test("is not preferred to a turn that is one", () => {
    const curve = { floor: 0.02, plateau: 0.52, midpoint: 75, width: 4, logLikelihood: NaN };
    for (let seed = 0; seed < 10; seed++) {
      const turned = counts((step) => 0.02 + 0.5 / (1 + Math.exp(-(step - 75) / 4)), 0, seed);
      expect(evidenceOverWalk(turned, curve)).toBeGreaterThan(10);
    }
  });
});
