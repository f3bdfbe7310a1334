import { describe, expect, test } from "vitest";
import { seedMeans, studyEffects, variedFactors } from "../../../src/pipeline/study/studyEffects.js";
import { studyHeadline } from "../../../src/pipeline/study/studyHeadline.js";
import type { NumberedPair, RunNumbers } from "../../../src/pipeline/study/studyNumbers.js";

function numbers(em: number, step: number | null = null): RunNumbers {
  const [verdict, at] = step === null ? (["doesNotTurn", NaN] as const) : (["turns", step] as const);
  return {
    direction: { verdict, step: at, interval: [at - 2, at + 2], reason: step === null ? "no bend" : null },
    behavior: null,
    answers: {
      step: 60,
      em: { percent: em, interval: [em - 3, em + 3] },
      coherent: { percent: 90, interval: [85, 95] },
      n: 100,
    },
    disposition: null,
    againstControl: null,
  };
}

/** Rates 0.1 and 0.2 crossed with seeds: the faster one has 20 points more of EM, each seed a level of its own. */
function crossed(seeds: readonly number[]): NumberedPair[] {
  return seeds.flatMap((seed) =>
    [0.1, 0.2].map((peakRate) => ({
      pair: {
        ...{ model: "small", data: "medical", recipe: `rate${peakRate}`, seed, peakRate, dataSeed: null },
        ...{ otherwise: "same", harmful: `r${peakRate}-${seed}`, control: `r${peakRate}-${seed}-control` },
      },
      harmful: numbers((peakRate === 0.2 ? 40 : 20) + seed, 30 + seed),
      control: numbers(0),
    })),
  );
}

const effectOn = (pairs: readonly NumberedPair[], quantity: string, factor: string) =>
  studyEffects(
    pairs,
    pairs.map(({ pair }) => pair),
  ).filter((each) => each.quantity.id === quantity && each.factor === factor);

test("means of shares have intervals within 0 and 100 %", () => {
  const [pair] = crossed([0]);
  if (pair === undefined) throw new Error("no pair");
  const pairs = [0, 94, 92].map((em) => ({ ...pair, harmful: numbers(em) }));
  const [em] = seedMeans(pairs, "harmful").filter(({ quantity }) => quantity.id === "em");
  expect([em?.n, em?.mean, em?.interval]).toEqual([3, 62, [0, 100]]);
});

test("a share that is the same in every seed has Wilson's interval of all answers, not one without width", () => {
  const [pair] = crossed([0]);
  if (pair === undefined) throw new Error("no pair");
  const of = (count: number) =>
    seedMeans(Array<NumberedPair>(count).fill({ ...pair, harmful: numbers(0) }), "harmful").find(
      ({ quantity }) => quantity.id === "em",
    );
  expect(of(3)?.interval[0]).toBe(0);
  // Newcombe 1998: 0 of n has the upper limit z² / (n + z²).
  expect(of(3)?.interval[1]).toBeCloseTo((100 * 1.959964 ** 2) / (300 + 1.959964 ** 2), 5);
  expect(of(2)?.interval).toEqual([NaN, NaN]);
});

describe("the effects of a study", () => {
  test("tell a factor from the seed and the answers from the control", () => {
    const pairs = crossed([0, 5, 9]);
    const [rate] = effectOn(pairs, "em", "rate");
    // The seeds differ, the differences do not: all of the spread is the seed's.
    expect(rate).toMatchObject({ from: "0.1", to: "0.2", seeds: 3, pairs: 3, verdict: "differs" });
    expect(rate?.difference).toBeCloseTo(20, 10);
    const [answers] = effectOn(pairs, "em", "answers");
    expect(answers?.difference).toBeCloseTo(30 + 14 / 3, 10);
    expect(answers).toMatchObject({ seeds: 3, pairs: 6, verdict: "differs" });
    expect(effectOn(pairs, "coherent", "rate")[0]).toMatchObject({ difference: 0, verdict: "notTold" });
  });

  test("cannot be told with fewer than three seeds, or where no two runs have the number", () => {
    const [rate] = effectOn(crossed([0, 5]), "em", "rate");
    expect(rate).toMatchObject({ seeds: 2, verdict: "cannotTell" });
    expect(rate?.interval).toEqual([NaN, NaN]);
    // The controls do not turn: a step less nothing is nothing.
    expect(effectOn(crossed([0, 5, 9]), "direction", "answers")).toMatchObject([
      { difference: NaN, seeds: 0, pairs: 0, verdict: "cannotTell" },
    ]);
    expect(studyEffects([], [])).toEqual([]);
  });

  test("are of a rate only where nothing else differs", () => {
    const pairs = crossed([0, 1, 2]).map((each) => ({
      ...each,
      pair: { ...each.pair, otherwise: each.pair.recipe },
    }));
    expect(variedFactors(pairs.map(({ pair }) => pair))).toEqual(["recipe"]);
    expect(effectOn(pairs, "em", "rate")).toEqual([]);
    expect(effectOn(pairs, "em", "recipe")).toMatchObject([{ from: "rate0.1", to: "rate0.2", pairs: 3 }]);
    expect(variedFactors(crossed([0, 1]).map(({ pair }) => pair))).toEqual(["rate"]);
  });

  test("means are over the seeds that have the number", () => {
    const [first, second, third] = crossed([0, 5, 9]).filter(({ pair }) => pair.peakRate === 0.1);
    if (first === undefined || second === undefined || third === undefined) throw new Error("no pairs");
    const two = [first, second, { ...third, harmful: null }];
    const [direction, em] = seedMeans(two, "harmful");
    expect(direction).toMatchObject({
      quantity: { id: "direction" },
      n: 2,
      mean: 32.5,
      interval: [NaN, NaN],
    });
    expect(em).toMatchObject({ quantity: { id: "em" }, n: 2, mean: 22.5 });
    expect(seedMeans(two, "control").map(({ quantity }) => quantity.id)).toEqual(["em", "coherent"]);
  });
});

test("the headline counts what is there and says what cannot be told", () => {
  const counts = { runs: 6, done: 4, atWork: 1, failed: 1, unread: 2 };
  const [pair] = crossed([0]);
  if (pair === undefined) throw new Error("no pair");
  const untold: RunNumbers = {
    ...numbers(3),
    direction: { verdict: "cannotTell", step: NaN, interval: [NaN, NaN], reason: "too few steps" },
  };
  const turned: RunNumbers = {
    ...numbers(40, 30),
    againstControl: { verdict: "specific", sentence: "Specific." },
  };
  const { headline, evidence } = studyHeadline(
    [
      { ...pair, harmful: turned },
      { ...pair, harmful: untold },
      { ...pair, harmful: null, control: null },
    ],
    counts,
  );
  expect(headline).toBe(
    "4 of 6 runs are finished (1 at work, 1 failed). The direction turns in 1 of 2 harmful runs (1 specific); of 1 it " +
      "cannot be told whether it turns.",
  );
  expect(evidence).toBe("Of the controls the direction turns in 0 of 2 · 2 trained, not analysed yet");
  expect(studyHeadline([], { runs: 2, done: 0, atWork: 0, failed: 0, unread: 0 })).toEqual({
    headline: "0 of 2 runs are finished.",
    evidence: "",
  });
});
