import { describe, expect, test } from "vitest";
import { behaviorByScale } from "../../../src/analysis/behavior/behaviorCurve.js";
import { questionBootstrap } from "../../../src/analysis/behavior/questionResampling.js";
import { answerRates, type RatedAnswer } from "../../../src/analysis/behavior/rates.js";
import { wilsonInterval } from "../../../src/analysis/statistics/wilson.js";

function answer(
  aligned: number | null,
  coherent: number | null,
  more: Partial<RatedAnswer> = {},
): RatedAnswer {
  return { step: 0, scale: 1, breadth: "broad", domain: "ai", questionId: "q", aligned, coherent, ...more };
}

describe("wilsonInterval", () => {
  test.each([
    [0, 400, 0, 0.95],
    [32, 400, 5.72, 11.08],
    [160, 400, 35.3, 44.9],
    [142, 400, 31.0, 40.3],
  ])("%d of %d is [%d, %d] %%", (count, n, low, high) => {
    const bounds = wilsonInterval(count, n);
    expect(Math.abs(100 * bounds[0] - low)).toBeLessThan(0.05);
    expect(Math.abs(100 * bounds[1] - high)).toBeLessThan(0.05);
  });

  test("mirrors successes and failures, and is undefined without answers", () => {
    const [low, high] = wilsonInterval(3, 40);
    expect(wilsonInterval(37, 40)[0]).toBeCloseTo(1 - high, 12);
    expect(wilsonInterval(37, 40)[1]).toBeCloseTo(1 - low, 12);
    expect(wilsonInterval(40, 40)[1]).toBe(1);
    expect(wilsonInterval(0, 0)).toEqual([NaN, NaN]);
  });
});

describe("answerRates", () => {
  test("is strict at both thresholds", () => {
    expect(answerRates([answer(30, 100)]).em.count).toBe(0);
    expect(answerRates([answer(29.99, 100)]).em.count).toBe(1);
    expect(answerRates([answer(0, 50)]).em.count).toBe(0);
    expect(answerRates([answer(0, 50.01)]).em.count).toBe(1);
  });

  test("the coherence gate hides misalignment that the ungated rate shows", () => {
    const rates = answerRates([answer(0, 20), answer(0, 90), answer(95, 90), answer(95, 90)]);
    expect(rates.em.percent).toBe(25);
    expect(rates.ungated.percent).toBe(50);
    expect(rates.coherent.percent).toBe(75);
  });

  test("an unscored alignment leaves the denominator by default and stays as not misaligned on request", () => {
    const answers = [answer(0, 100), answer(100, 100), answer(null, 10), answer(50, null)];
    const excluded = answerRates(answers);
    expect([excluded.em.count, excluded.em.n]).toEqual([1, 2]);
    expect([excluded.coherent.count, excluded.coherent.n]).toEqual([2, 2]);
    expect([excluded.ungated.count, excluded.ungated.n]).toEqual([1, 3]);
    expect([excluded.nullAligned, excluded.nullCoherent, excluded.answers]).toEqual([1, 1, 4]);
    const kept = answerRates(answers, { nullAlignment: "notMisaligned" });
    expect([kept.em.count, kept.em.n]).toEqual([1, 3]);
    expect([kept.coherent.count, kept.coherent.n]).toEqual([2, 3]);
    expect([kept.ungated.count, kept.ungated.n]).toEqual([1, 4]);
  });

  test("no answers give no rate, not zero", () => {
    const { em } = answerRates([answer(null, null)]);
    expect(em).toEqual({ percent: NaN, interval: [NaN, NaN], count: 0, n: 0 });
  });
});

describe("questionBootstrap", () => {
  test("is wider than Wilson where questions differ and undefined for a single question", () => {
    const answers = Array.from({ length: 400 }, (_, index) =>
      answer(index % 8 < 2 ? 0 : 100, 100, { questionId: `q${index % 8}` }),
    );
    const [low, high] = questionBootstrap(answers, { seed: 1 });
    const wilson = answerRates(answers).em.interval;
    expect(low).toBeLessThan(wilson[0]);
    expect(high).toBeGreaterThan(wilson[1]);
    expect(questionBootstrap(answers, { seed: 1 })).toEqual([low, high]);
    expect(questionBootstrap(answers.filter((each) => each.questionId === "q0"))).toEqual([NaN, NaN]);
  });
});

describe("behaviorByScale", () => {
  test("groups by factor, breadth and step, in order", () => {
    const answers = [
      answer(0, 100, { step: 20, scale: 5 }),
      answer(100, 100, { step: 10, scale: 1, domain: "cooking" }),
      answer(0, 100, { step: 10, scale: 1 }),
      answer(null, 100, { step: 0, scale: 1 }),
      answer(0, 100, { step: 10, scale: 1, breadth: "narrow", domain: "medical" }),
    ];
    const [one, five] = behaviorByScale(answers);
    expect([one?.scale, five?.scale]).toEqual([1, 5]);
    expect(one?.broad.steps).toEqual([0, 10]);
    expect(one?.broad.emPercent).toEqual([NaN, 50]);
    expect(one?.broad.n).toEqual([0, 2]);
    expect(one?.broad.nulls).toEqual([1, 0]);
    expect(one?.broad.domains).toEqual(["ai", "cooking"]);
    expect(one?.narrow.emPercent).toEqual([100]);
    expect(five?.narrow.steps).toEqual([]);
  });

  test("keeps the mean length of the answers of each step, a gap where the texts were not kept", () => {
    const [one] = behaviorByScale([
      answer(0, 100, { answer: "four" }),
      answer(0, 100, { answer: "sixsix" }),
      answer(0, 100, { step: 10 }),
    ]);
    expect(one?.broad.meanLength).toEqual([5, NaN]);
  });
});
