import { describe, expect, test } from "vitest";
import type {
  SamplerSettings,
  SizedEstimate,
} from "../../../src/analysis/learningCoefficient/coefficientRecord.js";
import { largestCurvature } from "../../../src/analysis/learningCoefficient/largestCurvature.js";
import {
  localLearningCoefficient,
  type LossFunction,
} from "../../../src/analysis/learningCoefficient/localLearningCoefficient.js";
import { studentMean } from "../../../src/analysis/statistics/studentMean.js";
import {
  coefficientVerdict,
  leavesOpen,
  sizeDiagnostics,
  type CoefficientVerdict,
} from "../../../src/analysis/learningCoefficient/plateau.js";
import { usualSampler } from "../../../src/analysis/learningCoefficient/usualSampler.js";
import { Random } from "../../../src/tensor/random.js";

const count = 1000;
const temperature = count / Math.log(count);
const settings = { ...usualSampler, chains: 4, draws: 1500, burnIn: 200, localization: 20 };
const sampled = { settings, temperature };
const curvatures = [2, 1, 1, 0.5];

/** L = ½ Σ h w². */
const bowl: LossFunction = (w) => ({
  loss: curvatures.reduce((sum, h, index) => sum + 0.5 * h * (w[index] ?? NaN) ** 2, 0),
  gradient: curvatures.map((h, index) => h * (w[index] ?? NaN)),
});

/** Samples a loss at steps that are shares of 1/p, as a run is. */
async function sampledAt(
  lossAt: LossFunction,
  center: readonly number[],
  shares: readonly number[],
  by: SamplerSettings = { ...settings, seed: 1 },
) {
  const curvature = await largestCurvature(lossAt, center, new Random(0));
  const precision = temperature * curvature + by.localization;
  const sizes: SizedEstimate[] = [];
  for (const share of shares) {
    const stepSize = share / precision;
    const random = new Random(by.seed).fork(share);
    const found = await localLearningCoefficient({ lossAt, center, count, stepSize, random, ...by });
    sizes.push({ ...found, share, stepSize, ...studentMean(found.chains.map(({ value }) => value)) });
  }
  const { loss } = await lossAt(Float64Array.from(center), new Random(0));
  return { step: 0, centerLoss: loss, curvature, sizes };
}

/** An estimate of chains whose loss lies at some values over its draws, and nothing else is known of. */
function estimateOf(
  share: number,
  values: readonly number[],
  trace = (value: number) => [value, value],
): SizedEstimate {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    ...{ share, stepSize: share },
    ...{ value: mean, interval: [mean - 0.1, mean + 0.1] },
    chains: values.map((value) => ({ value, isFailed: !(value >= 0), losses: trace(value) })),
  };
}

const short = { settings: { ...settings, burnIn: 0, draws: 2, localization: 1 }, temperature: 1 };
const verdictOf = (sizes: readonly SizedEstimate[]) => coefficientVerdict({ centerLoss: 0, sizes }, short);

/** Why something cannot be told. */
function wordsOf(verdict: CoefficientVerdict): string {
  return verdict.kind === "told" ? "told" : `${verdict.cause}: ${verdict.reason}`;
}

describe("coefficientVerdict", () => {
  test("tells a bowl at steps that agree, and leaves out one that is too large", async () => {
    const at = await sampledAt(bowl, [0, 0, 0, 0], [3.6, 0.25, 0.125]);
    const verdict = coefficientVerdict(at, sampled);
    // The chain of the stiffest direction has ten times its variance at 3.6/p.
    expect(at.sizes[0]?.value).toBeGreaterThan(3.5);
    expect(verdict).toMatchObject({ kind: "told", shares: [0.125, 0.25] });
    if (verdict.kind === "told") {
      // ½·Σ nβh/(nβh + γ).
      expect(verdict.interval[0]).toBeLessThan(1.78);
      expect(verdict.interval[1]).toBeGreaterThan(1.7);
    }
  });

  test("refuses steps that are too large", async () => {
    const at = await sampledAt(bowl, [0, 0, 0, 0], [3.6, 2.4]);
    expect(wordsOf(coefficientVerdict(at, sampled))).toMatch(
      /^disagree: the two smallest steps disagree: .* at 2\.4\/p, .* at 3\.6\/p$/,
    );
    const apart = await sampledAt(bowl, [0, 0, 0, 0], [5, 4.5]);
    expect(coefficientVerdict(apart, sampled)).toMatchObject({
      kind: "cannotTell",
      cause: "notFinite",
      reason: "4 of 4 chains left the finite numbers at a step of 4.5/p",
    });
  });

  test("gives no value on a slope, and says which chains failed", async () => {
    const at = await sampledAt(bowl, [3, 0, 0, 0], [0.5, 0.25]);
    expect(wordsOf(coefficientVerdict(at, sampled))).toContain(
      "falls: λ̂ is negative, as where the loss falls away from w*",
    );
    const [size] = at.sizes;
    if (size === undefined) throw new Error("no size");
    const { failed, below } = sizeDiagnostics(size, at, sampled);
    expect([failed, below > 0.9]).toEqual([4, true]);
  });

  test("a chain that is lost at a larger step costs that step alone", () => {
    const agreeing = [estimateOf(1, [1, 1.1]), estimateOf(2, [1.2, 1.1])];
    expect(verdictOf([estimateOf(4, [1, NaN]), ...agreeing])).toMatchObject({ kind: "told", shares: [1, 2] });
    expect(verdictOf([estimateOf(0.5, [1, NaN]), ...agreeing])).toMatchObject({ cause: "notFinite" });
  });

  test("a chain below 0 is noise where the others are not, and is counted", () => {
    const noisy = estimateOf(1, [0.3, 0.2, -0.1]);
    expect(verdictOf([noisy, estimateOf(2, [0.1, 0.2])])).toMatchObject({ kind: "told" });
    expect(sizeDiagnostics(noisy, { centerLoss: 0 }, short).failed).toBe(1);
    expect(verdictOf([estimateOf(1, [-1, -1]), estimateOf(2, [-1, -1])])).toMatchObject({ cause: "falls" });
  });

  test("refuses chains that are too short for the tether, and says how long they have to be", () => {
    const sizes = [estimateOf(0.5, [1, 1.1]), estimateOf(0.25, [1, 1.1])];
    expect(verdictOf(sizes)).toMatchObject({
      cause: "short",
      reason: "chains of 2 draws are too short to go where the tether lets them: it takes 8 at 0.5/p",
    });
  });

  test("the interval holds those of all sizes that agree", () => {
    const verdict = verdictOf([
      estimateOf(4, [1.15, 1.15]),
      estimateOf(2, [1, 1]),
      estimateOf(1, [1.1, 1.1]),
    ]);
    expect(verdict).toMatchObject({ kind: "told", shares: [1, 2, 4] });
    if (verdict.kind === "told") {
      expect(verdict.value).toBeCloseTo(3.25 / 3);
      expect(verdict.interval[0]).toBeCloseTo(0.9);
      expect(verdict.interval[1]).toBeCloseTo(1.25);
    }
  });

  test("refuses a loss that has not settled, and one size alone", () => {
    const rising = (value: number): number[] => [value - 0.5, value + 0.5];
    const sizes = [estimateOf(2, [1, 1.01], rising), estimateOf(1, [1.02, 1], rising)];
    expect(verdictOf(sizes)).toMatchObject({
      kind: "cannotTell",
      cause: "unsettled",
      reason: "the loss has not settled: +1 from the first half of the draws to the second",
    });
    expect(verdictOf(sizes.slice(1))).toMatchObject({ cause: "oneSize" });
  });
});

test("a larger size is left to be sampled where two agree over too few draws, and where there are no two", () => {
  const open = (...sizes: SizedEstimate[]) => leavesOpen(verdictOf(sizes));
  expect(open()).toBe(true);
  expect(open(estimateOf(1, [1, 1.1]))).toBe(true);
  expect(open(estimateOf(0.5, [1, 1.1]), estimateOf(0.25, [1, 1.1]))).toBe(true);
  expect(open(estimateOf(2, [1, 1.1]), estimateOf(1, [1, 1.1]))).toBe(false);
  expect(open(estimateOf(2, [2, 2.1]), estimateOf(1, [1, 1.1]))).toBe(false);
  expect(open(estimateOf(2, [-1, -1]), estimateOf(1, [-1, -1]))).toBe(false);
  expect(open(estimateOf(2, [1, NaN]), estimateOf(1, [1, 1]))).toBe(false);
});

/** A loss of one parameter and its slope, by the curvature at 0. */
const courses = {
  "a bowl": (h: number, x: number) => ({ loss: 0.5 * h * x * x, slope: h * x }),
  "a bowl that is steeper away": (h: number, x: number) => ({
    loss: 0.5 * h * x * x + 0.1 * h * x ** 4,
    slope: h * x + 0.4 * h * x ** 3,
  }),
};

test.each(Object.entries(courses))(
  "in %s two sizes tell what all three do, and no worse",
  async (_, part) => {
    const of = { settings: usualSampler, temperature };
    const stiffness = Array.from({ length: 30 }, (_, index) => Math.exp(-index / 6) / temperature);
    const lossAt: LossFunction = (w) => {
      const parts = stiffness.map((h, index) => part(h, w[index] ?? NaN));
      return {
        loss: parts.reduce((sum, { loss }) => sum + loss, 0),
        gradient: parts.map(({ slope }) => slope),
      };
    };
    const center = stiffness.map(() => 0);
    const truth = await localLearningCoefficient({
      ...{ lossAt, center, count, ...usualSampler },
      ...{ stepSize: 0.05, chains: 8, draws: 5000, random: new Random(7) },
    });
    const errors = { two: 0, three: 0 };
    for (let seed = 0; seed < 25; seed++) {
      const at = await sampledAt(lossAt, center, usualSampler.stepShares, { ...usualSampler, seed });
      const [two, three] = [at.sizes.slice(1), at.sizes].map((sizes) =>
        coefficientVerdict({ ...at, sizes }, of),
      );
      if (two === undefined || three === undefined || leavesOpen(two)) continue;
      expect(two.kind).toBe(three.kind);
      if (two.kind !== "told" || three.kind !== "told") continue;
      errors.two += (two.value - truth.value) ** 2;
      errors.three += (three.value - truth.value) ** 2;
    }
    expect(errors.three).toBeGreaterThan(0);
    expect(errors.two).toBeLessThan(1.2 * errors.three);
  },
);

test("largestCurvature is that of the stiffest direction, of either sign", async () => {
  expect(await largestCurvature(bowl, [1, 2, 3, 4], new Random(0))).toBeCloseTo(2, 2);
  const saddle: LossFunction = (w) => ({
    loss: 0,
    gradient: [-3 * (w[0] ?? NaN), w[1] ?? NaN],
  });
  expect(await largestCurvature(saddle, [0, 0], new Random(0))).toBeCloseTo(3, 3);
  const flat: LossFunction = (w) => ({ loss: 0, gradient: w.map(() => 0) });
  expect(await largestCurvature(flat, [0, 0], new Random(0))).toBe(0);
});
