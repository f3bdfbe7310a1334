import { describe, expect, test } from "vitest";
import { correctedRate, type TwiceJudged } from "../../../src/analysis/statistics/correctedRate.js";
import { Random } from "../../../src/tensor/random.js";

/** Answers with a true rate, a cheap judge who errs in a share of them, and a trusted one who saw the first n. */
function judged(random: Random, { rate, errs, n }: { rate: number; errs: number; n: number }): TwiceJudged[] {
  return Array.from({ length: 2000 }, (_, index) => {
    const truth = random.uniform() < rate;
    const cheap = random.uniform() < errs ? !truth : truth;
    return { cheap, trusted: index < n ? truth : null };
  });
}

describe("a rate that a few trusted scores correct", () => {
  test.each([
    { rate: 0.1, errs: 1 / 3, n: 50 },
    { rate: 0.1, errs: 1 / 3, n: 200 },
    { rate: 0.4, errs: 1 / 3, n: 50 },
    { rate: 0.4, errs: 0.1, n: 200 },
    { rate: 0.2, errs: 0.1, n: 200 },
  ])("covers the truth in 93 to 97 % of 1000 simulations: $rate, n $n, wrong in $errs", (setting) => {
    const random = new Random(1).fork(JSON.stringify(setting));
    let [covered, sum] = [0, 0];
    const trials = 1000;
    for (let trial = 0; trial < trials; trial++) {
      const found = correctedRate(judged(random, setting));
      const [low = NaN, high = NaN] = found?.interval ?? [];
      if (low <= setting.rate && setting.rate <= high) covered++;
      sum += found?.rate ?? NaN;
    }
    expect(covered / trials).toBeGreaterThanOrEqual(0.93);
    expect(covered / trials).toBeLessThanOrEqual(0.97);
    expect(Math.abs(sum / trials - setting.rate)).toBeLessThan(0.01);
  });

  test("is narrower than the trusted judge alone with a good judge, and hardly wider with a useless one", () => {
    const width = ([low, high]: readonly [number, number]): number => high - low;
    const ratio = (errs: number): number => {
      const random = new Random(2);
      const ratios = Array.from({ length: 50 }, () => {
        const found = correctedRate(judged(random, { rate: 0.3, errs, n: 200 }));
        return found === null ? NaN : width(found.interval) / width(found.alone.interval);
      });
      return ratios.reduce((sum, value) => sum + value, 0) / ratios.length;
    };
    expect(ratio(0.05)).toBeLessThan(0.65);
    expect(ratio(0.5)).toBeLessThan(1.03);
    expect(ratio(0.5)).toBeGreaterThan(0.95);
  });

  test("does not take a judge who never erred on few answers to never err", () => {
    const answers = Array.from({ length: 1000 }, (_, index): TwiceJudged => {
      const yes = index % 5 === 0;
      return { cheap: yes, trusted: index < 40 ? yes : null };
    });
    const [low = NaN, high = NaN] = correctedRate(answers)?.interval ?? [];
    expect(high - low).toBeGreaterThan(0.1);
  });

  test("is wider where answers to one question are alike", () => {
    const random = new Random(4);
    const answers = Array.from({ length: 8 }, (_, question) => ({
      question,
      isBad: question % 2 === 0,
    })).flatMap(({ question, isBad }) =>
      Array.from({ length: 25 }, (): TwiceJudged => ({
        cheap: random.uniform() < 0.3,
        trusted: random.uniform() < 0.05 ? !isBad : isBad,
        cluster: `question ${question}`,
      })),
    );
    const width = (from: readonly TwiceJudged[]): number => {
      const [low = NaN, high = NaN] = correctedRate(from)?.interval ?? [];
      return high - low;
    };
    const apart = answers.map(({ cheap, trusted }) => ({ cheap, trusted }));
    expect(width(answers)).toBeGreaterThan(2 * width(apart));
  });

  test("needs two trusted scores", () => {
    expect(correctedRate([{ cheap: true, trusted: true }])).toBeNull();
    expect(correctedRate([])).toBeNull();
  });
});
