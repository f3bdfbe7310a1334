import { expect, test } from "vitest";
import { normalQuantile } from "../../../src/analysis/statistics/normalQuantile.js";

/** Quantiles that scipy.stats.norm.ppf gives. */
test.each([
  [0.5, 0.67449],
  [0.9, 1.644854],
  [0.95, 1.959964],
  [0.99, 2.575829],
  [0.9999, 3.890592],
])("of %d is %d", (coverage, z) => {
  expect(Math.abs(normalQuantile(coverage) - z)).toBeLessThan(4.5e-4);
});
