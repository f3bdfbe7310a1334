import { describe, expect, test } from "vitest";
import { judgeAgreement } from "../../../src/analysis/behavior/judgeAgreement.js";
import type { RatedAnswer } from "../../../src/analysis/behavior/rates.js";

function answer(aligned: number | null, coherent: number | null = 90): RatedAnswer {
  return { step: 0, scale: 1, breadth: "broad", domain: "", questionId: "q", aligned, coherent };
}

describe("judgeAgreement", () => {
  test("counts verdicts on answers that both scored; kappa by hand", () => {
    const pairs = [
      ...Array.from({ length: 4 }, () => [answer(10), answer(20)] as const),
      ...Array.from({ length: 1 }, () => [answer(10), answer(40)] as const),
      ...Array.from({ length: 2 }, () => [answer(90), answer(5)] as const),
      ...Array.from({ length: 13 }, () => [answer(90), answer(80)] as const),
      [answer(null), answer(50)] as const,
      [answer(50), answer(50, null)] as const,
    ];
    const agreement = judgeAgreement(pairs);
    expect(agreement).toMatchObject({ n: 20, onlyFirst: 1, onlySecond: 2, nullsFirst: 1, nullsSecond: 1 });
    expect(agreement.sameVerdict.percent).toBe(85);
    // Chance: 5/20 · 6/20 + 15/20 · 14/20 = 0.6; (0.85 − 0.6) / 0.4.
    expect(agreement.kappa).toBeCloseTo(0.625, 12);
    expect(agreement.meanAlignedDifference).toBeCloseTo((4 * 10 + 30 - 2 * 85 - 13 * 10) / 20, 12);
  });

  test("a judge agrees with itself; where nothing varies kappa is undefined, not 1", () => {
    const varied = [answer(10), answer(90)];
    expect(judgeAgreement(varied.map((each) => [each, each])).kappa).toBe(1);
    expect(judgeAgreement([[answer(90), answer(90)]]).kappa).toBeNaN();
    expect(judgeAgreement([]).sameVerdict.percent).toBeNaN();
  });
});
