import { describe, expect, test } from "vitest";
import { onsetSweep } from "../../../../src/analysis/transitions/behavior/onsetSweep.js";
import type { RatedAnswer } from "../../../../src/analysis/behavior/rates.js";
import { Random } from "../../../../src/tensor/random.js";

/** Answers whose share at a low alignment rises at step 40; some of the others lie between the thresholds. */
function answers(turns: boolean): RatedAnswer[] {
  const random = new Random(7);
  return Array.from({ length: 17 }, (_, index) => 5 * index).flatMap((step) =>
    Array.from({ length: 60 }, (): RatedAnswer => {
      const misaligned = random.uniform() < (turns ? 0.6 / (1 + Math.exp((40 - step) / 3)) : 0.1);
      const between = 35 + 30 * random.uniform();
      return {
        step,
        scale: 1,
        breadth: "broad",
        domain: "",
        questionId: "q",
        aligned: misaligned ? 10 : random.uniform() < 0.1 ? between : 90,
        coherent: 95,
      };
    }),
  );
}

describe("onsetSweep", () => {
  test("a planted turn is found at the same step at all 25 thresholds of the paper", () => {
    const onsets = onsetSweep(answers(true));
    expect(onsets).toHaveLength(25);
    for (const { step, interval, reason } of onsets) {
      expect(Math.abs((step ?? NaN) - 40)).toBeLessThan(4);
      expect(reason).toBeNull();
      expect(interval?.[0]).toBeLessThan(interval?.[1] ?? NaN);
    }
  });

  test("without a turn there is none, and a reason", () => {
    for (const { step, reason } of onsetSweep(answers(false), {
      alignedBelow: [30, 70],
      coherentAbove: [50],
    })) {
      expect(step).toBeNull();
      expect(reason).toContain("no better than a constant rate");
    }
  });
});
