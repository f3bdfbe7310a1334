import { describe, expect, test } from "vitest";
import { logLikelihoodGap, type AnswerPair } from "../../../src/analysis/behavior/logLikelihoodGap.js";
import { Random } from "../../../src/tensor/random.js";

function pairs(gaps: readonly number[], perQuestion = 1): AnswerPair[] {
  return gaps.map((gap, index) => ({
    questionId: `q${Math.floor(index / perQuestion)}`,
    misaligned: -2 + gap,
    aligned: -2,
  }));
}

describe("logLikelihoodGap", () => {
  test("is the mean difference, with the share of pairs that prefer the misaligned answer", () => {
    const {
      gap,
      preferred,
      pairs: count,
      questions,
    } = logLikelihoodGap([
      { step: 0, pairs: pairs([-1, -3, 0]) },
      { step: 5, pairs: pairs([1, -1, 3]) },
    ]);
    expect(gap[0]).toBeCloseTo(-4 / 3, 12);
    expect(gap[1]).toBeCloseTo(1, 12);
    expect(preferred.map(({ count: preferring }) => preferring)).toEqual([0, 2]);
    expect([count, questions]).toEqual([3, 3]);
  });

  test("is half way where the middle of the first and the last value is passed, rising or falling", () => {
    const rising = [0, 0, 4, 8, 8].map((value, index) => ({
      step: 10 * index,
      pairs: pairs([value, value]),
    }));
    expect(logLikelihoodGap(rising).halfRise?.step).toBe(20);
    const falling = [8, 6, 1, 0].map((value, index) => ({ step: 10 * index, pairs: pairs([value, value]) }));
    expect(logLikelihoodGap(falling).halfRise?.step).toBeCloseTo(14, 12);
    expect(logLikelihoodGap(rising.slice(0, 2)).halfRise).toBeNull();
    expect(logLikelihoodGap(rising.slice(0, 1)).halfRise).toBeNull();
  });

  test("intervals resample questions: pairs of one question are no independent evidence", () => {
    const random = new Random(2);
    const ofQuestions = Array.from({ length: 20 }, () => random.normal());
    const once = [{ step: 0, pairs: pairs(ofQuestions) }];
    const tenfold = [
      {
        step: 0,
        pairs: pairs(
          ofQuestions.flatMap((value) => Array<number>(10).fill(value)),
          10,
        ),
      },
    ];
    const width = (curve: typeof once): number => {
      const [low, high] = logLikelihoodGap(curve).interval[0] ?? [NaN, NaN];
      return high - low;
    };
    expect(width(tenfold)).toBeCloseTo(width(once), 10);
    // 2 · 1.96 / √20 for draws of unit variance, to the accuracy of 20 draws.
    expect(Math.abs(width(once) / 0.877 - 1)).toBeLessThan(0.35);
    expect(logLikelihoodGap([{ step: 0, pairs: pairs([1, 2], 2) }]).interval[0]).toEqual([NaN, NaN]);
  });

  test("nothing is no zero", () => {
    const empty = logLikelihoodGap([]);
    expect([empty.steps, empty.halfRise, empty.pairs]).toEqual([[], null, 0]);
    expect(logLikelihoodGap([{ step: 0, pairs: [] }]).gap).toEqual([NaN]);
  });
});
