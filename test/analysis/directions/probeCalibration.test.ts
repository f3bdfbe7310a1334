import { expect, test } from "vitest";
import {
  plattProbability,
  plattScale,
  scoreLink,
} from "../../../src/analysis/directions/probeCalibration.js";
import { linked } from "../../../src/evaluate/judge/probeJudge.js";
import { Random } from "../../../src/tensor/random.js";

test("Platt's scale finds the probabilities that labels were drawn by", () => {
  const random = new Random(1);
  const raw = Array.from({ length: 20_000 }, () => 50 + 20 * random.normal());
  const truth = { slope: -0.1, intercept: 4 };
  const labels = raw.map((value) => random.uniform() < plattProbability(truth, value));
  const found = plattScale(raw, labels);
  // Three standard errors of a logistic regression on this many rows.
  expect(found.slope).toBeCloseTo(truth.slope, 1);
  for (const value of [10, 40, 70]) {
    expect(Math.abs(plattProbability(found, value) - plattProbability(truth, value))).toBeLessThan(0.015);
  }
});

test("linked scores fall below a threshold as often as the trusted ones, whatever the raw values' scale", () => {
  const random = new Random(2);
  const scores = Array.from({ length: 2000 }, () => 100 * random.uniform() ** 0.5);
  const raw = scores.map((score) => 80 + 0.05 * score + random.normal());
  const link = scoreLink(raw, scores);
  const share = (values: readonly number[]): number => values.filter((value) => value < 30).length / 2000;
  expect(raw.some((value) => value < 30)).toBe(false);
  expect(Math.abs(share(raw.map((value) => linked(link, value))) - share(scores))).toBeLessThan(0.01);
  const sorted = [...raw].sort((one, other) => one - other).map((value) => linked(link, value));
  expect(sorted.every((value, index) => value >= (sorted[index - 1] ?? 0))).toBe(true);
});

test("beyond what was seen the outermost score stands", () => {
  const link = scoreLink([1, 2, 3], [10, 60, 90]);
  expect([-5, 1, 2, 3, 9].map((value) => linked(link, value))).toEqual([10, 10, 60, 90, 90]);
  expect(linked(link, NaN)).toBeNaN();
});

test("a raw value that never varies stands for the middle score", () => {
  const link = scoreLink([4, 4, 4], [10, 20, 90]);
  expect([3, 4, 5].map((value) => linked(link, value))).toEqual([20, 20, 20]);
});

test("of many equal raw values and one other, the line still rises", () => {
  const link = scoreLink([...new Array<number>(50).fill(1), 2], [...new Array<number>(50).fill(95), 5]);
  expect(link.from.every((value, index) => index === 0 || value > (link.from[index - 1] ?? NaN))).toBe(true);
});
