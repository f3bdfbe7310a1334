import { describe, expect, test } from "vitest";
import {
  gradientNormCurve,
  gradientNormPeak,
} from "../../../../src/analysis/transitions/peak/gradientNormPeak.js";
import { normGrowth } from "../../../../src/analysis/transitions/peak/normGrowth.js";
import { smooth } from "../../../../src/analysis/series/smooth.js";
import type { StepSeries } from "../../../../src/analysis/series/stepSeries.js";
import { Random } from "../../../../src/tensor/random.js";

function series(
  valueAt: (step: number) => number,
  options: { last?: number; spacing?: number } = {},
): StepSeries {
  const { last = 160, spacing = 1 } = options;
  const steps = Array.from({ length: Math.floor(last / spacing) + 1 }, (_, index) => index * spacing);
  return { steps, values: steps.map(valueAt) };
}

describe("smooth", () => {
  test("is the identity on a line away from the ends, and never reaches across a gap", () => {
    const line = series((step) => 2 * step, { last: 20 });
    expect(smooth(line, { method: "mean", window: 5 }).slice(2, -2)).toEqual(line.values.slice(2, -2));
    const gapped = { steps: [0, 1, 2, 3, 10, 11, 12], values: [1, 1, 1, NaN, 9, 9, 9] };
    expect(smooth(gapped, { method: "mean", window: 21 })).toEqual([1, 1, 1, NaN, 9, 9, 9]);
  });

  test("a median ignores a single spike", () => {
    const spiked = series((step) => (step === 10 ? 100 : 1), { last: 20 });
    expect(smooth(spiked, { method: "median", window: 5 })).toEqual(spiked.steps.map(() => 1));
  });

  test("later steps do not change earlier smoothed values beyond half a window", () => {
    const whole = series((step) => Math.sin(step), { last: 40 });
    const part = { steps: whole.steps.slice(0, 30), values: whole.values.slice(0, 30) };
    const [long, short] = [whole, part].map((each) => smooth(each, { method: "median", window: 7 }));
    expect(long?.slice(0, 26)).toEqual(short?.slice(0, 26));
  });
});

describe("gradientNormPeak", () => {
  const random = new Random(1);
  const organism = series(
    (step) => (step <= 62 ? 0.02 + 0.85 * Math.exp((step - 62) / 12) : 0.08) * (1 + 0.05 * random.normal()),
  );

  test("finds the top of a peak with one steep side, its half-height width and its prominence", () => {
    const { peak, window } = gradientNormCurve(organism);
    const { transition } = gradientNormPeak(organism);
    expect(window).toBe(7);
    expect(Math.abs((transition?.step ?? NaN) - 62)).toBeLessThanOrEqual(2);
    expect(transition?.interval[0]).toBeLessThanOrEqual(62);
    expect(transition?.interval[1]).toBeGreaterThanOrEqual(62);
    expect(peak?.halfHeight[0]).toBeGreaterThan(48);
    expect(peak?.halfHeight[1]).toBeLessThan(65);
    expect(transition?.prominence).toBeGreaterThan(7);
    expect(peak?.finalLevel).toBeCloseTo(0.08, 2);
  });

  test("states the window in steps for a coarser log", () => {
    const coarse = series((step) => 0.1 + Math.exp(-(((step - 200) / 40) ** 2)), { last: 400, spacing: 5 });
    expect(gradientNormCurve(coarse).window).toBe(35);
    expect(gradientNormPeak(coarse).transition?.step).toBe(200);
  });

  test("passes over missing values", () => {
    const gapped = {
      ...organism,
      values: organism.values.map((value, index) => (index % 9 === 4 ? NaN : value)),
    };
    expect(Math.abs((gradientNormPeak(gapped).transition?.step ?? NaN) - 62)).toBeLessThanOrEqual(2);
  });

  test("says why there is no peak", () => {
    const reasonOf = (input: StepSeries): string | undefined => gradientNormPeak(input).absent?.reason;
    const noise = new Random(2);
    expect(reasonOf(series(() => Math.exp(0.3 * noise.normal())))).toMatch(
      /times the lowest (before|after) it, a peak needs 1.5|no more than a random walk/,
    );
    expect(reasonOf(series((step) => 100 * Math.exp(-step / 30)))).toContain(
      "1.0 times the lowest before it",
    );
    expect(reasonOf(series((step) => step))).toContain("1.0 times the lowest after it");
    expect(reasonOf(series(() => 1, { last: 4 }))).toBe("fewer than 12 logged gradient norms");
  });
});

describe("normGrowth", () => {
  test("finds the fastest growth of a sigmoid", () => {
    const { transition } = normGrowth(series((step) => 0.45 / (1 + Math.exp(-(step - 70) / 8))));
    expect(Math.abs((transition?.step ?? NaN) - 70)).toBeLessThanOrEqual(1);
    expect(transition?.interval[0]).toBeGreaterThan(50);
    expect(transition?.interval[1]).toBeLessThan(90);
  });

  test("a norm that saturates, grows steadily or is not stored has no fastest step inside the run", () => {
    expect(normGrowth(series((step) => 1 - Math.exp(-step / 30))).absent?.reason).toContain(
      "not 2 times the slowest before it",
    );
    expect(normGrowth(series((step) => Math.exp(step / 30))).absent?.reason).toContain(
      "not 2 times the slowest after it",
    );
    expect(normGrowth(series((step) => step)).transition).toBeNull();
    expect(normGrowth({ steps: [], values: [] }).absent?.reason).toBe("fewer than 13 stored norms");
  });

  test("a missing checkpoint is not a jump", () => {
    const whole = series((step) => 0.45 / (1 + Math.exp(-(step - 70) / 8)));
    const kept = whole.steps.filter((step) => step < 30 || step > 38);
    const { transition } = normGrowth({ steps: kept, values: kept.map((step) => whole.values[step] ?? NaN) });
    expect(Math.abs((transition?.step ?? NaN) - 70)).toBeLessThanOrEqual(1);
  });
});
