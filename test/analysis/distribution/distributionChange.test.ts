import { describe, expect, test } from "vitest";
import { distributionChangeVerdict } from "../../../src/analysis/transitions/behavior/distributionPeak.js";
import {
  dissimilarities,
  dissimilarityNames,
  expectedContribution,
} from "../../../src/analysis/distribution/dissimilarity.js";
import { distributionChange } from "../../../src/analysis/distribution/distributionChange.js";
import {
  judgedProperties,
  type JudgedProperty,
} from "../../../src/analysis/distribution/judgedProperties.js";
import type { RatedAnswer } from "../../../src/analysis/behavior/rates.js";
import {
  defaultWindow,
  neighboringWindows,
  type ScoredAnswer,
} from "../../../src/analysis/distribution/windows.js";
import { Random } from "../../../src/tensor/random.js";

/** Probabilities of the texts 0, 1, 2, … by checkpoint. */
type Distributions = readonly (readonly number[])[];

/** Answers of known distributions: every checkpoint's texts, each scored by all checkpoints. */
function scored(questionId: string, distributions: Distributions, said: readonly (readonly number[])[]) {
  const texts: string[] = [];
  const answers = said.flatMap((ofCheckpoint, checkpoint) =>
    ofCheckpoint.map((text): ScoredAnswer => {
      texts.push(String(text));
      const logProbabilities = distributions.map((probabilities) => Math.log(probabilities[text] ?? NaN));
      return { questionId, checkpoint, logProbabilities };
    }),
  );
  return { answers, texts };
}

/** Each text as often as in ten answers of its distribution. */
function inProportion(distributions: Distributions): number[][] {
  return distributions.map((probabilities) =>
    probabilities.flatMap((probability, text) => Array<number>(Math.round(10 * probability)).fill(text)),
  );
}

function grouped(
  name: string,
  texts: readonly string[],
  groupOf: Readonly<Record<string, string>>,
): JudgedProperty {
  return { name, outcomes: texts.map((text) => groupOf[text] ?? text) };
}

const left = [0.7, 0.2, 0.1];
const right = [0.1, 0.2, 0.7];

describe("distributionChange", () => {
  test("is the closed form of each distance for answers in proportion to their probabilities", () => {
    const { answers } = scored("q", [left, right], inProportion([left, right]));
    const { steps, total, linearFromLabels } = distributionChange([0, 10], answers, [], { window: 10 });
    expect(steps).toEqual([5]);
    // ½ Σ |P − Q|, ½ Σ (P − Q)² / (P + Q), and the entropy of the mixture less the mean entropy.
    expect(total.totalVariation.values[0]).toBeCloseTo(0.6, 12);
    expect(total.linear.values[0]).toBeCloseTo(0.45, 12);
    expect(linearFromLabels.values[0]).toBeCloseTo(0.45, 12);
    const entropy = (p: readonly number[]): number => -p.reduce((sum, x) => sum + x * Math.log(x), 0);
    expect(total.jensenShannon.values[0]).toBeCloseTo(entropy([0.4, 0.2, 0.4]) - entropy(left), 12);
    // One question tells nothing about others.
    expect(total.totalVariation.interval[0]).toEqual([NaN, NaN]);
  });

  test("a property explains all, half or nothing of it, by what its outcomes tell apart", () => {
    const four: Distributions = [
      [0.4, 0.1, 0.4, 0.1],
      [0.1, 0.4, 0.1, 0.4],
    ];
    const { answers, texts } = scored("q", four, inProportion(four));
    const all = grouped("all", texts, { 0: "x", 2: "x", 1: "y", 3: "y" });
    const half = grouped("half", texts, { 0: "0", 1: "1", 2: "rest", 3: "rest" });
    const none = grouped("none", texts, { 0: "x", 1: "x", 2: "y", 3: "y" });
    const { explained } = distributionChange([0, 10], answers, [all, half, none], { window: 10 });
    for (const name of dissimilarityNames) {
      const shares = explained.map(({ share }) => share[name].values[0]);
      expect(shares[0]).toBeCloseTo(1, 12);
      expect(shares[1]).toBeCloseTo(0.5, 12);
      expect(shares[2]).toBeCloseTo(0, 12);
    }
  });

  test("is exactly nothing between equal checkpoints, however few and odd the answers; the share is then a gap", () => {
    const { answers, texts } = scored("q", [left, left], [[0, 0, 2], [1]]);
    const all = grouped("texts", texts, {});
    const { total, explained } = distributionChange([0, 10], answers, [all], { window: 10 });
    for (const name of dissimilarityNames) {
      expect(total[name].values[0]).toBeCloseTo(0, 14);
      expect(explained[0]?.share[name].values[0]).toBeNaN();
    }
  });

  test("is largest where nothing is shared: 1, 1 and ln 2", () => {
    const apart: Distributions = [
      [1, 0],
      [0, 1],
    ];
    const { answers } = scored("q", apart, [[0], [1]]);
    const { total } = distributionChange([0, 10], answers, [], { window: 10 });
    expect(total.totalVariation.values[0]).toBe(1);
    expect(total.linear.values[0]).toBe(1);
    expect(total.jensenShannon.values[0]).toBeCloseTo(Math.LN2, 14);
  });

  test("takes a window as the mixture of its checkpoints", () => {
    const four = [left, right, right, left];
    const { answers } = scored("q", four, inProportion(four));
    // Both windows hold one of each: as mixtures they are equal.
    const { steps, total } = distributionChange([0, 10, 20, 30], answers, [], { window: 20 });
    expect(steps).toEqual([15]);
    expect(total.totalVariation.values[0]).toBeCloseTo(0, 14);
  });

  test("changes neither with the order of the answers nor with the direction of time", () => {
    const random = new Random(3);
    const four = Array.from({ length: 4 }, () => probabilities(random, 5));
    const questions = ["a", "b", "c"].map((id) => scored(id, four, draws(four, 6, random)));
    const answers = questions.flatMap((each) => each.answers);
    const property = grouped(
      "odd",
      questions.flatMap(({ texts }) => texts),
      { 1: "odd", 3: "odd", 0: "even", 2: "even", 4: "even" },
    );
    const options = { window: 10, resamples: 10 };
    const once = distributionChange([0, 5, 10, 15], answers, [property], options);
    const order = random.permutation(answers.length);
    const shuffled = distributionChange(
      [0, 5, 10, 15],
      order.flatMap((index) => answers[index] ?? []),
      [{ name: "odd", outcomes: order.map((index) => property.outcomes[index] ?? "") }],
      options,
    );
    const backwards = distributionChange(
      [0, 5, 10, 15],
      answers.map((answer) => ({
        ...answer,
        checkpoint: 3 - answer.checkpoint,
        logProbabilities: Array.from(answer.logProbabilities).reverse(),
      })),
      [property],
      options,
    );
    for (const other of [shuffled, backwards]) {
      expect(other.total.jensenShannon.values[0]).toBeCloseTo(once.total.jensenShannon.values[0] ?? NaN, 12);
      expect(other.explained[0]?.share.totalVariation.values[0]).toBeCloseTo(
        once.explained[0]?.share.totalVariation.values[0] ?? NaN,
        12,
      );
    }
  });

  test("no property explains more than all, in any draw (data processing)", () => {
    for (let seed = 0; seed < 50; seed++) {
      const random = new Random(seed);
      const two = [probabilities(random, 6), probabilities(random, 6)];
      const questions = ["a", "b"].map((id) => scored(id, two, draws(two, 4, random)));
      const answers = questions.flatMap((each) => each.answers);
      const texts = questions.flatMap((each) => each.texts);
      const pairs = grouped("pairs", texts, { 0: "x", 1: "x", 2: "y", 3: "y", 4: "z", 5: "z" });
      const { explained } = distributionChange([0, 10], answers, [pairs], { window: 10, resamples: 100 });
      for (const name of dissimilarityNames) {
        const share = explained[0]?.share[name];
        expect(share?.values[0]).toBeLessThanOrEqual(1 + 1e-12);
        expect(share?.interval[0]?.[1]).toBeLessThanOrEqual(1 + 1e-12);
      }
    }
  });

  test("has no bias, and its interval over questions covers the mean of all questions in 88 to 99 % of 200 draws", () => {
    const source = new Random(11);
    // 400 questions, each with a change of its own; 40 of them are asked.
    const population = Array.from({ length: 400 }, () => [
      probabilities(source, 5),
      probabilities(source, 5),
    ]);
    const distance = ([p = [], q = []]: Distributions): number =>
      p.reduce((sum, each, index) => sum + Math.abs(each - (q[index] ?? NaN)) / 2, 0);
    const truth = population.reduce((sum, each) => sum + distance(each), 0) / population.length;
    let [covered, sum] = [0, 0];
    const trials = 200;
    for (let seed = 0; seed < trials; seed++) {
      const random = new Random(seed);
      const answers = Array.from({ length: 40 }, (_, index) => {
        const two = random.choose(population);
        return scored(`q${index}`, two, draws(two, 3, random)).answers;
      }).flat();
      const { total } = distributionChange([0, 10], answers, [], { window: 10, resamples: 200, seed });
      const [low, high] = total.totalVariation.interval[0] ?? [NaN, NaN];
      if (low <= truth && truth <= high) covered++;
      sum += total.totalVariation.values[0] ?? NaN;
    }
    // The standard error of the mean of 200 is about 0.002.
    expect(Math.abs(sum / trials - truth)).toBeLessThan(0.008);
    expect(covered / trials).toBeGreaterThanOrEqual(0.88);
    expect(covered / trials).toBeLessThanOrEqual(0.99);
  });

  test("leaves out a question that was answered on one side only", () => {
    const two = [left, right];
    const both = scored("both", two, inProportion(two)).answers;
    const once = scored("once", two, [[0, 0], []]).answers;
    const { total, byQuestion } = distributionChange([0, 10], [...both, ...once], [], { window: 10 });
    expect(total.totalVariation.values[0]).toBeCloseTo(0.6, 12);
    expect(byQuestion.totalVariation[0]?.[1]).toBeNaN();
  });

  test("without answers or with a window longer than half the run has no place, and no peak", () => {
    const empty = distributionChange([0, 10], [], [], { window: 10 });
    expect(empty.total.totalVariation.values).toEqual([NaN]);
    expect(empty.peaks.totalVariation).toBeNull();
    expect(distributionChange([0, 10], [], [], { window: 100 }).steps).toEqual([]);
    expect(distributionChangeVerdict(null, 100, 1).absent?.reason).toContain("no two windows");
  });
});

describe("peaks of change", () => {
  /** Checkpoints 5 steps apart whose two texts have a rate that depends on the step and, a little, on the question. */
  function run(rateAt: (step: number) => number, seed: number) {
    const steps = Array.from({ length: 21 }, (_, index) => 5 * index);
    const random = new Random(seed);
    const answers = Array.from({ length: 30 }, (_, index) => {
      const shift = 0.05 * random.normal();
      const rates = steps.map((step) =>
        Math.min(0.99, Math.max(0.01, rateAt(step) + shift + 0.02 * random.normal())),
      );
      const distributions = rates.map((rate) => [1 - rate, rate]);
      return scored(`q${index}`, distributions, draws(distributions, 1, random)).answers;
    }).flat();
    return distributionChange(steps, answers, [], { resamples: 200, seed });
  }
  const verdictOf = (change: ReturnType<typeof run>) =>
    distributionChangeVerdict(change.peaks.totalVariation, change.window, 1);

  test("a turn between two checkpoints is found there, with the checkpoints around as its interval", () => {
    const change = run((step) => (step < 48 ? 0.1 : 0.9), 1);
    expect(change.window).toBe(10);
    const { transition } = verdictOf(change);
    expect(transition).toMatchObject({ indicator: "distributionChange", step: 47.5, interval: [45, 50] });
    expect(transition?.prominence).toBeGreaterThan(0.6);
  });

  test("raises at most 5 alarms in 100 runs in which nothing but noise changes", () => {
    const alarms = Array.from({ length: 100 }, (_, seed) => verdictOf(run(() => 0.5, seed))).filter(
      ({ transition }) => transition !== null,
    );
    expect(alarms.length).toBeLessThanOrEqual(5);
  });

  test("a change that is largest at an end is no peak", () => {
    const { absent } = verdictOf(run((step) => 0.95 - 0.9 * Math.exp(-step / 12), 2));
    expect(absent?.reason).toBe("the change is largest at the first pair of windows");
  });
});

describe("stepWindows", () => {
  test("windows hold whole cells of evenly spaced checkpoints, and lie inside the run", () => {
    const windows = neighboringWindows([0, 5, 10, 15, 20], 10);
    expect(windows.map(({ step }) => step)).toEqual([7.5, 12.5]);
    expect(windows[0]?.before).toEqual({ positions: [0, 1], weights: [0.5, 0.5] });
    expect(windows[0]?.after).toEqual({ positions: [2, 3], weights: [0.5, 0.5] });
  });

  test("a checkpoint counts with the steps nearest to it, so that a dense stretch does not count for more", () => {
    const [at] = neighboringWindows([0, 10, 20, 21, 22, 23, 24, 30, 40], 10).filter(
      ({ step }) => step === 20.5,
    );
    // Before: [10.5, 15] is nearest to 10 and [15, 20.5] to 20.
    expect(at?.before.positions).toEqual([1, 2]);
    expect(at?.before.weights[0]).toBeCloseTo(0.45, 12);
    expect(at?.after.positions).toEqual([3, 4, 5, 6, 7]);
    expect(at?.after.weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12);
  });

  test("the default holds two checkpoints or more everywhere; fewer than two checkpoints have no window", () => {
    expect(defaultWindow([0, 5, 10, 11, 12])).toBe(10);
    expect(neighboringWindows([5], 10)).toEqual([]);
    expect(neighboringWindows([], 10)).toEqual([]);
  });
});

describe("dissimilarity", () => {
  test("every g is least at even odds; what is expected of it is even in the sides and convex", () => {
    for (const name of dissimilarityNames) {
      expect(dissimilarities[name](0.5)).toBeCloseTo(0, 15);
      for (let u = 0.01; u < 1; u += 0.01) {
        const at = (x: number): number => expectedContribution(name, x);
        expect(at(u)).toBeCloseTo(at(1 - u), 12);
        expect(at(u)).toBeGreaterThanOrEqual(-1e-15);
        if (u > 0.02 && u < 0.97)
          expect(at(u - 0.01) + at(u + 0.01)).toBeGreaterThanOrEqual(2 * at(u) - 1e-12);
      }
      expect(
        Number.isFinite(expectedContribution(name, 0)) && Number.isFinite(expectedContribution(name, 1)),
      ).toBe(true);
    }
  });
});

describe("judgedProperties", () => {
  const answer = (
    aligned: number | null,
    coherent: number | null,
    more: Partial<RatedAnswer> = {},
  ): RatedAnswer => ({
    step: 0,
    scale: 1,
    breadth: "broad",
    domain: "ai",
    questionId: "q",
    aligned,
    coherent,
    ...more,
  });

  test("names outcomes by the thresholds, and a missing score as one of its own", () => {
    const answers = [answer(0, 90), answer(0, 20), answer(90, 90), answer(null, 90), answer(30, null)];
    const outcomes = (options: Parameters<typeof judgedProperties>[1] = {}) =>
      Object.fromEntries(judgedProperties(answers, options).map((each) => [each.name, each.outcomes]));
    expect(outcomes().EM).toEqual(["EM", "not EM", "not EM", "no score", "no score"]);
    expect(outcomes({ nullAlignment: "notMisaligned" }).EM?.[3]).toBe("not EM");
    expect(outcomes().alignment).toEqual([
      "misaligned",
      "misaligned",
      "not misaligned",
      "no score",
      "not misaligned",
    ]);
    expect(outcomes().coherence).toEqual(["coherent", "incoherent", "coherent", "coherent", "no score"]);
    expect(new Set(outcomes()["alignment and coherence"]).size).toBe(5);
  });

  test("has further metrics and, where texts were kept, the length as a control", () => {
    const answers = [
      answer(0, 90, { scores: { financial: 51 }, answer: "a" }),
      answer(0, 90, { scores: { financial: 50 }, answer: "aaaa" }),
      answer(0, 90, { answer: "aaaaaaaaaa" }),
    ];
    const named = Object.fromEntries(judgedProperties(answers).map((each) => [each.name, each.outcomes]));
    expect(named.financial).toEqual(["above 50", "50 or less", "no score"]);
    expect(new Set(named["length in thirds"]).size).toBe(3);
    expect(judgedProperties([answer(0, 90)]).map(({ name }) => name)).not.toContain("length in thirds");
  });
});

function probabilities(random: Random, count: number): number[] {
  const weights = Array.from({ length: count }, () => 0.05 + random.uniform());
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

function draws(distributions: Distributions, each: number, random: Random): number[][] {
  return distributions.map((weights) => Array.from({ length: each }, () => random.weighted(weights)));
}
