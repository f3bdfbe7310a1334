import { describe, expect, test } from "vitest";
import {
  areComparable,
  dispositionCurve,
  type ChanceBand,
  type DispositionReading,
} from "../../../src/analysis/directions/disposition.js";
import { ChanceDirections, evenDirections } from "../../../src/analysis/directions/chanceDirections.js";
import { crossingStep } from "../../../src/analysis/series/crossing.js";
import { dispositionRise } from "../../../src/analysis/transitions/behavior/dispositionRise.js";
import { dispositionWords } from "../../../src/analysis/transitions/behavior/dispositionWords.js";
import { Random } from "../../../src/tensor/random.js";

const narrow: ChanceBand = { even: 0.02, amongPrompts: 0.03, furthest: 0.04 };
const steps = Array.from({ length: 61 }, (_, step) => step);

/** Readings of twelve prompts whose mean follows a curve. */
function reading(
  curve: (step: number) => number,
  { at = steps, chance = narrow }: { at?: readonly number[]; chance?: ChanceBand } = {},
): DispositionReading {
  const random = new Random(1);
  const own = Array.from({ length: 12 }, () => [random.normal(), 1 + 0.2 * random.normal()] as const);
  return {
    ...{
      direction: "personas",
      directionStep: 0,
      directionSha256: "a",
      layer: 3,
      place: "last",
      hasOrigin: true,
    },
    steps: at,
    values: at.map((step) => own.map(([offset, size]) => offset + size * curve(step))),
    chance: at.map(() => chance),
    draws: 200,
  };
}

const jump = (step: number): number => 0.4 / (1 + Math.exp(-(step - 30)));

describe("a disposition", () => {
  test("is the mean over prompts, with the interval of its change from the first step", () => {
    const made = reading(jump);
    const curve = dispositionCurve(made);
    const mean = (index: number): number =>
      (made.values[index] ?? []).reduce((sum, value) => sum + value, 0) / 12;
    expect(curve.values[0]).toBeCloseTo(mean(0), 12);
    expect(curve.values[60]).toBeCloseTo(mean(60), 12);
    const [low = NaN, high = NaN] = curve.intervals[60] ?? [];
    // The prompts differ by 1 from each other, and only by a fifth of the change in how far they move.
    expect(high - low).toBeLessThan(0.15);
    expect(low).toBeLessThan(mean(60));
    expect(high).toBeGreaterThan(mean(60));
    expect(curve.intervals[0]).toEqual([curve.values[0], curve.values[0]]);
  });

  test("turns where prompts move further than by chance, and at once", () => {
    const { transition } = dispositionRise(dispositionCurve(reading(jump)));
    expect(transition?.step).toBe(30);
    expect(transition?.interval[0]).toBeLessThanOrEqual(30);
    expect(transition?.interval[1]).toBeGreaterThanOrEqual(30);
    expect(transition?.evidence.width).toBeCloseTo(2 * Math.log(3), 0);
    expect(transition?.evidence.pValue).toBeLessThan(0.01);
    expect(dispositionWords(dispositionCurve(reading(jump)))).toMatch(
      /^The disposition turns at step 30 \[\d+, \d+\]: /,
    );
  });

  test("does not turn where it rises evenly, falls, or moves no further than chance", () => {
    const ramp = dispositionRise(dispositionCurve(reading((step) => step / 120))).absent;
    expect(ramp?.verdict).toBe("doesNotTurn");
    expect(ramp?.reason).toContain("not in one turn");
    const fall = dispositionRise(dispositionCurve(reading((step) => -jump(step)))).absent;
    expect(fall?.verdict).toBe("doesNotTurn");
    expect(fall?.reason).toContain("no further");
    const wide = { even: 0.3, amongPrompts: 0.4, furthest: 0.6 };
    const small = dispositionRise(dispositionCurve(reading(jump, { chance: wide }))).absent;
    expect(small).toMatchObject({ verdict: "doesNotTurn", sensitivity: { size: 0.6 } });
    expect(dispositionWords(dispositionCurve(reading(jump, { chance: wide })))).toContain(
      "The disposition does not turn",
    );
  });

  test("cannot be told with few checkpoints, a band wider than the direction, or where it falls back", () => {
    const verdict = (made: DispositionReading): string | undefined =>
      dispositionRise(dispositionCurve(made)).absent?.verdict;
    expect(verdict(reading(jump, { at: [0, 20, 40, 60] }))).toBe("cannotTell");
    // Coarse: whether it rose at once is not known.
    expect(verdict(reading(jump, { at: [0, 15, 30, 45, 60] }))).toBe("cannotTell");
    expect(verdict(reading(jump, { chance: { even: 1, amongPrompts: 2, furthest: 3 } }))).toBe("cannotTell");
    expect(verdict(reading((step) => 0.4 * Math.exp(-(((step - 30) / 5) ** 2))))).toBe("cannotTell");
  });

  test("is seldom called a turn when it is a walk", () => {
    let turns = 0;
    for (let trial = 0; trial < 40; trial++) {
      const random = new Random(trial);
      let level = 0;
      const path = steps.map(() => (level += 0.05 * random.normal()));
      if (dispositionRise(dispositionCurve(reading((step) => path[step] ?? NaN))).transition !== null)
        turns++;
    }
    expect(turns).toBeLessThanOrEqual(4);
  });

  test("compares with another that was read along the same vector alone", () => {
    const one = reading(jump);
    expect(
      areComparable(
        one,
        reading((step) => step),
      ),
    ).toBe(true);
    expect(areComparable(one, { ...one, directionSha256: "b" })).toBe(false);
    expect(areComparable(one, { ...one, values: one.values.map((row) => row.slice(1)) })).toBe(false);
  });
});

describe("directions by chance", () => {
  test("reach as far as their length says, evenly and among prompts", () => {
    const random = new Random(3);
    const dimension = 40;
    // Prompts differ along the first two entries alone.
    const first = Array.from({ length: 30 }, () =>
      Float32Array.from({ length: dimension }, (_, at) => (at < 2 ? random.normal() : 0)),
    );
    const chance = new ChanceDirections(first, evenDirections(dimension, { draws: 400, seed: 0 }), 0);
    const all = first.map(() => true);
    const moved = (at: number): ChanceBand =>
      chance.changeAlong(
        first.map((row) => row.map((value, index) => value + (index === at ? 1 : 0))),
        all,
      );
    const [within, outside] = [moved(0), moved(9)];
    expect(within.even).toBeCloseTo(1.96 / Math.sqrt(dimension), 1);
    expect(within.amongPrompts).toBeGreaterThan(0.9);
    expect(within.furthest).toBeLessThanOrEqual(1 + 1e-6);
    expect(outside.amongPrompts).toBeLessThan(1e-6);
    expect(chance.changeAlong(first, all).furthest).toBe(0);
  });
});

describe("crossingStep", () => {
  test("is where the curve first passes a share of its way, straight between steps", () => {
    expect(crossingStep([0, 10, 20], [0, 1, 4], 0.5)).toBeCloseTo(10 + 10 / 3, 12);
    expect(crossingStep([0, 10, 20], [4, 3, 0], 0.25)).toBe(10);
    expect(crossingStep([0, 10], [1, 1], 0.5)).toBeNull();
    expect(crossingStep([0], [1], 0.5)).toBeNull();
  });
});
