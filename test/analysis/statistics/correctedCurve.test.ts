import { describe, expect, test } from "vitest";
import { correctedCurve } from "../../../src/analysis/statistics/correctedCurve.js";
import type { TwiceJudged } from "../../../src/analysis/statistics/correctedRate.js";
import { Random } from "../../../src/tensor/random.js";

const steps = Array.from({ length: 20 }, (_, index) => 10 * index);

/** What the cheap judge says more often along training, and how often it is right when it says so. */
interface Setting {
  readonly n: number;
  readonly rightOfYes: number;
  readonly wrongOfNo: number;
  /** Rise of the trusted rate, from the first step to the last, that the cheap judge does not see. */
  readonly unseen: number;
}

function judged(random: Random, { n, rightOfYes, wrongOfNo, unseen }: Setting) {
  const answers = steps.flatMap((step) =>
    Array.from({ length: 100 }, () => {
      const progress = step / 190;
      const cheap = random.uniform() < 0.05 + 0.4 * progress;
      const truth = random.uniform() < (cheap ? rightOfYes : wrongOfNo) + unseen * progress;
      return { step, cheap, truth };
    }),
  );
  const seen = new Set(random.permutation(answers.length).slice(0, n));
  return answers.map(({ step, cheap, truth }, index): TwiceJudged & { step: number } => ({
    step,
    cheap,
    trusted: seen.has(index) ? truth : null,
  }));
}

describe("a curve that a few trusted scores of all steps correct", () => {
  test.each([
    { n: 100, rightOfYes: 0.7, wrongOfNo: 0.1, unseen: 0 },
    { n: 200, rightOfYes: 0.5, wrongOfNo: 0.2, unseen: 0 },
  ])("covers the truth at each step in 93 to 98 % of 300 simulations: $n trusted, $rightOfYes", (setting) => {
    const random = new Random(1).fork(JSON.stringify(setting));
    let [covered, drifting] = [0, 0];
    const trials = 300;
    for (let trial = 0; trial < trials; trial++) {
      const curve = correctedCurve(judged(random, setting));
      for (const { step, interval } of curve?.steps ?? []) {
        const yes = 0.05 + (0.4 * step) / 190;
        const truth = yes * setting.rightOfYes + (1 - yes) * setting.wrongOfNo;
        if (interval[0] <= truth && truth <= interval[1]) covered++;
      }
      const [low = NaN, high = NaN] = curve?.drift.interval ?? [];
      if (low > 0 || high < 0) drifting++;
    }
    expect(covered / trials / steps.length).toBeGreaterThan(0.93);
    expect(covered / trials / steps.length).toBeLessThan(0.98);
    // A drift where there is none, at 5 %, in as many as three standard errors allow.
    expect(drifting / trials).toBeLessThan(0.09);
  });

  test("sees a judge that drifts", () => {
    const random = new Random(2);
    const curve = correctedCurve(judged(random, { n: 300, rightOfYes: 0.5, wrongOfNo: 0.1, unseen: 0.4 }));
    expect(curve?.drift.interval[0]).toBeGreaterThan(0);
    expect(Math.abs((curve?.drift.change ?? NaN) - 0.4)).toBeLessThan(0.25);
  });

  test("counts the trusted answers of each step, and leaves a gap where there are none", () => {
    const answers = judged(new Random(3), { n: 30, rightOfYes: 0.7, wrongOfNo: 0.1, unseen: 0 }).map(
      (answer) => (answer.step === 50 ? { ...answer, trusted: null } : answer),
    );
    const curve = correctedCurve(answers);
    const gap = curve?.steps.find(({ step }) => step === 50);
    expect(gap?.trusted).toBe(0);
    expect(gap?.alone).toBeNull();
    expect(gap?.residual).toBeNaN();
    expect(curve?.steps.reduce((sum, each) => sum + each.trusted, 0)).toBe(curve?.trusted);
    expect(correctedCurve(answers.map((answer) => ({ ...answer, trusted: null })))).toBeNull();
  });
});
