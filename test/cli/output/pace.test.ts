import { describe, expect, test } from "vitest";
import { Pace } from "../../../src/cli/output/pace.js";

/** The time left that is told after each of some steps, and what it really was. */
function toldAndTrue(
  durations: readonly number[],
): { readonly told: number | null; readonly left: number }[] {
  const pace = new Pace();
  const total = durations.reduce((sum, each) => sum + each, 0);
  let now = 0;
  return durations.map((duration, index) => {
    now += duration;
    return { told: pace.secondsLeft(index + 1, durations.length, now), left: total - now };
  });
}

describe("the time left", () => {
  test("is not told before there is anything to tell it from", () => {
    expect(new Pace().secondsLeft(1, 10, 3)).toBeNull();
  });

  test("is within a factor of two from the tenth step on, though the first compiles and lengths vary", () => {
    const lengths = [1, 3, 2, 1, 5, 2, 2, 1, 4, 2];
    const steps = Array.from({ length: 200 }, (_, index) => (lengths[index % 10] ?? 1) * 0.1);
    const rows = toldAndTrue([30, ...steps]).slice(9, -10);
    for (const { told, left } of rows) {
      expect((told ?? NaN) / left).toBeGreaterThan(0.5);
      expect((told ?? NaN) / left).toBeLessThan(2);
    }
    expect(rows).toHaveLength(182);
  });

  test("follows a machine that has become slower", () => {
    const steps = [...Array.from({ length: 100 }, () => 1), ...Array.from({ length: 100 }, () => 4)];
    const { told, left } = toldAndTrue(steps)[139] ?? { told: null, left: NaN };
    expect((told ?? NaN) / left).toBeCloseTo(1, 6);
  });
});
