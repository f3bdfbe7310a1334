import { expect, test } from "vitest";
import {
  stratifiedDifference,
  stratumMeans,
  type CrossedValue,
} from "../../../src/analysis/comparison/stratifiedDifference.js";

/** Seeds differ by hundreds, blocks by tens, levels by what is asked. */
function design(effect: (stratum: number) => number): CrossedValue[] {
  return [1, 2, 3, 4].flatMap((stratum) =>
    [10, 20].flatMap((block) =>
      [0, 1].map((level) => ({
        stratum,
        block: `block ${block}`,
        level,
        value: 100 * stratum + block + level * effect(stratum),
      })),
    ),
  );
}

test("an effect that all strata share is found exactly, whatever strata and blocks add", () => {
  const found = stratifiedDifference(
    design(() => -7),
    0,
    1,
  );
  expect(found).toMatchObject({ n: 4, pairs: 8, planned: 8, mean: -7, size: 7 });
  expect(found.interval).toEqual([-7, -7]);
});

test("the interval is Student's over strata, not over pairs", () => {
  // Effects 1, 2, 3, 4: mean 2.5, standard deviation √(5/3), t(3) = 3.182.
  const { mean, interval, n } = stratifiedDifference(
    design((stratum) => stratum),
    0,
    1,
  );
  expect([mean, n]).toEqual([2.5, 4]);
  const half = (3.182446 * Math.sqrt(5 / 3)) / 2;
  expect(interval[0]).toBeCloseTo(2.5 - half, 4);
  expect(interval[1]).toBeCloseTo(2.5 + half, 4);
});

test("effects of opposite signs cancel in the mean, not in the size", () => {
  const { mean, size } = stratifiedDifference(
    design((stratum) => (stratum % 2 === 0 ? 5 : -5)),
    0,
    1,
  );
  expect([mean, size]).toEqual([0, 5]);
});

test("a pair without one of its values is left out and counted; few strata have no interval", () => {
  const values = design(() => 3).map((each) =>
    each.stratum > 2 && each.level === 1 ? { ...each, value: NaN } : each,
  );
  const found = stratifiedDifference(values, 0, 1);
  expect(found).toMatchObject({ n: 2, pairs: 4, planned: 8, mean: 3 });
  expect(found.interval).toEqual([NaN, NaN]);
  expect(stratifiedDifference([], 0, 1)).toMatchObject({ n: 0, pairs: 0, mean: NaN });
  expect(stratumMeans(values, 0)).toEqual([115, 215, 315, 415]);
  expect(stratumMeans(values, 1)).toEqual([118, 218, NaN, NaN]);
});
