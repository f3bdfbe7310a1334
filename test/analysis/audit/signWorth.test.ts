import { describe, expect, test } from "vitest";
import { calibrationBins } from "../../../src/analysis/audit/calibrationBins.js";
import { leftOutProbabilities } from "../../../src/analysis/audit/leftOutProbabilities.js";
import { rocCurve } from "../../../src/analysis/audit/rocCurve.js";
import { signWorth } from "../../../src/analysis/audit/signWorth.js";
import { Random } from "../../../src/tensor/random.js";

const labels = [true, true, true, false, false, false];
const worthOf = (scores: readonly number[], areProbabilities = true, truth = labels) =>
  signWorth({ name: "sign", scores, areProbabilities }, truth, { random: new Random(1) });

describe("signWorth", () => {
  test("of a perfect oracle is 0 by both scores, and 1 by area", () => {
    const worth = worthOf([1, 1, 1, 0, 0, 0]);
    expect(worth.brier).toEqual({ value: 0, interval: [0, 0] });
    expect(worth.logScore.value).toBeCloseTo(0.001, 4);
    expect(worth.auroc.value).toBe(1);
  });

  test("of a coin is a quarter and ln 2, whatever is true", () => {
    const worth = worthOf(labels.map(() => 0.5));
    expect(worth.brier).toEqual({ value: 0.25, interval: [0.25, 0.25] });
    expect(worth.logScore.value).toBeCloseTo(Math.log(2), 12);
    expect(worth.auroc.value).toBe(0.5);
  });

  test("is no better for a score that was made from its own answers alone", () => {
    // Unrelated to the truth: with each row's own label in the fit it would look better than commonness.
    const random = new Random(5);
    const truth = Array.from({ length: 40 }, () => random.uniform() < 0.3);
    const noise = truth.map(() => random.normal());
    const worth = worthOf(noise, false, truth);
    expect(worth.brier.value).toBeGreaterThan(worth.brierOfCommonness - 0.02);
    const [low, high] = worth.auroc.interval;
    expect(low).toBeLessThan(0.5);
    expect(high).toBeGreaterThan(0.5);
  });

  test("leaves out the runs that a sign says nothing of", () => {
    const worth = worthOf([1, NaN, 1, 0, 0, NaN]);
    expect([worth.n, worth.auroc.positives, worth.auroc.negatives]).toEqual([4, 2, 2]);
  });
});

describe("leftOutProbabilities", () => {
  test("follow the other rows, and never their own label", () => {
    const scores = [1, 1, 1, 1, 0, 0, 0, 0];
    const truth = [true, true, true, true, false, false, false, false];
    const usual = leftOutProbabilities(scores, truth);
    const flipped = leftOutProbabilities(scores, [false, ...truth.slice(1)]);
    expect(flipped[0]).toBe(usual[0]);
    expect(usual[0]).toBeGreaterThan(0.7);
    expect(usual[7]).toBeLessThan(0.3);
  });

  test("are a share with one more of either class where the others are of one", () => {
    expect(leftOutProbabilities([1, 0, 0], [true, false, false])[0]).toBe(1 / 4);
  });
});

describe("rocCurve", () => {
  test("goes from corner to corner, a point a value, and its area is the AUROC", () => {
    const scores = [0.9, 0.8, 0.4, 0.8, 0.3, 0.1];
    const points = rocCurve(scores, labels);
    expect(points.map(({ falsePositives, truePositives }) => [falsePositives, truePositives])).toEqual([
      [0, 0],
      [0, 1 / 3],
      [1 / 3, 2 / 3],
      [1 / 3, 1],
      [2 / 3, 1],
      [1, 1],
    ]);
    const area = points.slice(1).reduce((sum, point, index) => {
      const before = points[index] ?? point;
      const width = point.falsePositives - before.falsePositives;
      return sum + (width * (point.truePositives + before.truePositives)) / 2;
    }, 0);
    expect(area).toBeCloseTo(worthOf(scores).auroc.value, 12);
  });

  test("is empty without both classes", () => {
    expect(rocCurve([1, 2], [true, true])).toEqual([]);
  });
});

describe("calibrationBins", () => {
  test("say how often it was so, of what was said to be as likely", () => {
    const bins = calibrationBins([0.05, 0.15, 0.95, 1], [false, true, true, true]);
    expect(
      bins.map(({ from, predicted, observed }) => [from, predicted, observed.count, observed.n]),
    ).toEqual([
      [0, 0.1, 1, 2],
      [0.8, 0.975, 2, 2],
    ]);
  });
});
