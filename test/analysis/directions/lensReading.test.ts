import { describe, expect, test } from "vitest";
import { lensBaseline, lensDraws, lensReading } from "../../../src/analysis/directions/lensReading.js";
import { Random } from "../../../src/tensor/random.js";

const random = new Random(0);
const normal = (): Float32Array => Float32Array.from({ length: 1000 }, () => random.normal());
const baseline = lensBaseline(Array.from({ length: 100 }, normal));

describe("lensReading", () => {
  test("lists both ends with their z scores", () => {
    const logits = Float32Array.from({ length: 5 }, (_, token) => 10 * token);
    const { top, bottom, largestZ } = lensReading(logits, baseline, { directions: 1, listed: 2 });
    expect(top.map(({ token }) => token)).toEqual([4, 3]);
    expect(bottom.map(({ token }) => token)).toEqual([0, 1]);
    expect(largestZ).toBeCloseTo(20 / Math.sqrt(200), 12);
    expect(bottom[0]?.z).toBeCloseTo(-largestZ, 12);
  });

  test("says of a planted token, whatever its sign, that it stands out, and not so of noise", () => {
    const planted = normal();
    planted[17] = -8;
    const found = lensReading(planted, baseline, { directions: 1, listed: 1 });
    expect(found.bottom[0]?.token).toBe(17);
    expect(found).toMatchObject({ standsOut: true, pValue: 1 / 101 });
    const noise = Array.from({ length: 40 }, () =>
      lensReading(normal(), baseline, { directions: 1, listed: 1 }),
    );
    // 2 of 40 are expected at 5 %.
    expect(noise.filter(({ standsOut }) => standsOut === true).length).toBeLessThan(7);
  });

  test("judges several directions together, and only where there are enough random ones", () => {
    const planted = normal();
    planted[17] = 8;
    expect(lensReading(planted, baseline, { directions: 5, listed: 1 }).standsOut).toBe(true);
    expect(lensReading(planted, baseline, { directions: 6, listed: 1 }).standsOut).toBeNull();
    expect([lensDraws(1), lensDraws(5), lensDraws(6)]).toEqual([100, 100, 119]);
  });
});
