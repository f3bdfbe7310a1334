import { describe, expect, test } from "vitest";
import {
  removalTest,
  type RemovalArm,
  type RemovalOutcome,
} from "../../../src/analysis/attribution/removalTest.js";
import { removalWords } from "../../../src/analysis/attribution/removalWords.js";

/** A gap that goes from −1 to its end in a straight line over 100 steps. */
function outcome(arm: RemovalArm, seed: number, end: number, count = 0): RemovalOutcome {
  const steps = Array.from({ length: 11 }, (_, index) => 10 * index);
  return { arm, seed, steps, gap: steps.map((step) => -1 + ((end + 1) * step) / 100), em: { count, n: 100 } };
}

function trial(ends: Readonly<Record<RemovalArm, readonly number[]>>): RemovalOutcome[] {
  return (["whole", "top", "random"] as const).flatMap((arm) =>
    ends[arm].map((end, seed) => outcome(arm, seed, end, arm === "top" ? 10 : 50)),
  );
}

describe("removalTest", () => {
  test("finds that the top rows move the turn, where they do in every seed", () => {
    const found = removalTest(trial({ whole: [1, 1.1, 0.9], top: [-0.8, -0.7, -0.75], random: [1, 1, 0.9] }));
    expect(found.verdict).toBe("moves");
    expect(found.rise.value).toBeCloseTo(2, 10);
    // By hand: differences −1.8, −1.7, −1.65; t(2) = 4.302653 times their standard error 0.0440959.
    expect(found.final.value).toBeCloseTo(-1.716667, 6);
    expect(found.final.interval[0]).toBeCloseTo(-1.716667 - 4.302653 * 0.0440959, 5);
    expect(found.emPercent.value).toBe(-40);
    expect(found.neverHalf).toEqual({ whole: 0, top: 3, random: 0 });
    expect(found.half.value).toBeNaN();
    const [sentence = "", verdict] = removalWords(found, 20);
    expect(sentence).toContain("−1.72 [−1.91, −1.53] nats per token");
    expect(sentence).toContain(
      "it never comes in 3 trainings without the top rows and 0 without random ones",
    );
    expect(verdict).toContain("move or remove the turn beyond random removal");
  });

  test("measures where half of the rise of the whole training comes", () => {
    const { rows } = removalTest([outcome("whole", 0, 1), outcome("top", 0, 0.25)]);
    // The level is 0: half way of the whole training, four fifths of the other.
    expect(rows[0]?.half).toBeCloseTo(50, 10);
    expect(rows[1]?.half).toBeCloseTo(80, 10);
  });

  test("says that they do not where the interval lies within a tenth of the rise", () => {
    const found = removalTest(trial({ whole: [1, 1, 1], top: [1, 1.01, 0.99], random: [1.005, 1, 1] }));
    expect(found.verdict).toBe("doesNotMove");
    expect(removalWords(found, 5)[1]).toContain("do not move the turn");
  });

  test("measures the shift over the seeds in which both turn", () => {
    const found = removalTest(trial({ whole: [1, 1], top: [0.25, -0.9], random: [1, 1] }));
    expect(found.half.values).toHaveLength(1);
    expect(found.half.value).toBeCloseTo(30, 10);
    expect(found.half.interval).toEqual([NaN, NaN]);
    expect(removalWords(found, 5)[0]).toContain("30 [–, –] steps later in 1 of 2 seeds");
  });

  test("cannot tell where seeds disagree, or where there is one", () => {
    const found = removalTest(trial({ whole: [1, 1, 1], top: [-0.5, 1.4, 0.2], random: [1, 0.6, 1] }));
    expect(found.verdict).toBe("cannotTell");
    const one = removalTest(trial({ whole: [1], top: [-1], random: [1] }));
    expect(one.final.interval).toEqual([NaN, NaN]);
    expect(one.verdict).toBe("cannotTell");
    expect(removalWords(one, 5).slice(1)).toEqual([
      "Over the seeds the gap of whole trainings does not surely rise.",
      "Whether the rows move the turn beyond random removal cannot be told: more seeds would tell.",
    ]);
  });

  test("holds 5 % false alarms where the top rows do nothing", () => {
    // Ends of both arms drawn alike; the seeds of the draw are fixed.
    let alarms = 0;
    const trials = 400;
    let state = 1;
    const noise = (): number => {
      state = (state * 48271) % 2147483647;
      return state / 2147483647 - 0.5;
    };
    for (let each = 0; each < trials; each++) {
      const draws = (): number[] => [0.5 + noise(), 0.5 + noise(), 0.5 + noise(), 0.5 + noise()];
      if (removalTest(trial({ whole: [1, 1, 1, 1], top: draws(), random: draws() })).verdict === "moves")
        alarms++;
    }
    // 5 % of 400 are 20, with a standard deviation of 4.4.
    expect(alarms).toBeLessThan(34);
  });
});
