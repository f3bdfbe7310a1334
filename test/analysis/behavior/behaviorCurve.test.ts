import { describe, expect, test } from "vitest";
import { usualScale } from "../../../src/analysis/behavior/behaviorCurve.js";

describe("behaviorCurve", () => {
  test("the usual factor is the adapter as trained, else the smallest that was asked", () => {
    expect(usualScale([0, 1, 5])).toBe(1);
    expect(usualScale([10, 5])).toBe(5);
    expect(usualScale([])).toBeNaN();
  });
});
