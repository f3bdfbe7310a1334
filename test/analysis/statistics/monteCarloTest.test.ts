import { describe, expect, test } from "vitest";
import { lowerLimit, monteCarloTest, upperLimit } from "../../../src/analysis/statistics/monteCarloTest.js";
import { Random } from "../../../src/tensor/random.js";

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

describe("monteCarloTest: limits from simulations", () => {
  test("one more draw of the same model exceeds them with a chance of at most the level", () => {
    // The k-th of n is exceeded by one more with a chance of (n + 1 − k)/(n + 1).
    expect(upperLimit(upTo(99))).toBe(95);
    expect(upperLimit(upTo(199), 0.04)).toBe(192);
    expect(upperLimit(upTo(49))).toBe(48);
    expect(lowerLimit(upTo(99))).toBe(5);
  });

  test("too few draws allow nothing; draws that are not finite are left out", () => {
    expect(upperLimit(upTo(18))).toBe(Infinity);
    expect(lowerLimit(upTo(18))).toBe(-Infinity);
    expect(upperLimit([])).toBeNaN();
    expect(upperLimit([...upTo(99), NaN])).toBe(95);
  });
});

describe("monteCarloTest: a simulated test", () => {
  const drawsOf = (values: readonly number[]) => (index: number) => values[index] ?? NaN;

  test("agrees with all draws made, and ends where the rest cannot matter", () => {
    const random = new Random(1);
    for (let trial = 0; trial < 300; trial++) {
      const values = Array.from({ length: 99 }, () => random.normal());
      const observed = 2.5 * random.normal();
      const simulated = monteCarloTest(observed, drawsOf(values), { draws: 99, level: 0.05 });
      expect(simulated.isExceptional).toBe(observed > upperLimit(values));
      const reached = values.slice(0, simulated.draws).filter((value) => value >= observed).length;
      expect(simulated.pValue).toBe((1 + reached) / (1 + simulated.draws));
      if (!simulated.isExceptional) expect(reached).toBe(5);
    }
  });

  test("where everything is noise, it is exceptional at the level, and takes few draws", () => {
    const random = new Random(2);
    let exceptional = 0;
    let made = 0;
    for (let trial = 0; trial < 2000; trial++) {
      const simulated = monteCarloTest(random.normal(), () => random.normal(), { draws: 99, level: 0.05 });
      if (simulated.isExceptional) exceptional++;
      made += simulated.draws;
    }
    // Three standard errors of a share of 5 % in 2 000.
    expect(exceptional / 2000).toBeGreaterThan(0.035);
    expect(exceptional / 2000).toBeLessThan(0.065);
    expect(made / 2000).toBeLessThan(25);
  });

  test("what is not finite is never exceptional", () => {
    expect(monteCarloTest(NaN, () => 0, { draws: 99, level: 0.05 })).toEqual({
      pValue: 1,
      draws: 0,
      isExceptional: false,
    });
  });
});
