import { describe, expect, test } from "vitest";
import { controlCoefficients } from "../../../src/analysis/learningCoefficient/controlCoefficients.js";
import type { CoefficientRecord } from "../../../src/analysis/learningCoefficient/coefficientRecord.js";
import { coefficientRecord, controlRecord } from "../../support/trials/coefficientRecord.js";

const { settings, units } = coefficientRecord;

function differenceTo(change: Partial<CoefficientRecord>): string | null | undefined {
  return controlCoefficients(coefficientRecord, "careful", { ...controlRecord, ...change })?.difference;
}

describe("coefficients of a control", () => {
  test("are those that can be told, of the same rows, γ and units", () => {
    expect(controlCoefficients(coefficientRecord, "careful", controlRecord)).toEqual({
      ...{ control: "careful", difference: null, count: 720, steps: [40, 80, 100] },
      values: [expect.closeTo(0.15), NaN, expect.closeTo(0.3)],
      intervals: [expect.anything(), [NaN, NaN], [expect.closeTo(-0.2), expect.closeTo(0.8)]],
    });
  });

  test.each([
    [
      { rows: 32 },
      "its loss is over 32 of 2000 rows drawn with seed 0, the run's over 64 of 2000 rows drawn",
    ],
    [{ trained: 1000 }, "over 64 of 1000 rows"],
    [{ settings: { ...settings, seed: 1 } }, "drawn with seed 1, the run's"],
    [{ settings: { ...settings, localization: 10 } }, "its γ is 10, the run's 1"],
    [
      { unitsOf: "careful", units: units.map((each) => ({ ...each, unit: 0.2 })) },
      "it is in units of careful, the run in units of demo",
    ],
    [
      { units: units.map((each) => ({ ...each, unit: 0.2 })) },
      "both are in units of demo, but of another state of it",
    ],
    [{ units: [] }, "of another state of it"],
  ])("do not compare where these differ: %o", (change, words) => {
    expect(differenceTo(change)).toContain(words);
  });

  test("compare whatever the chains are like, and where units have another name but are the same", () => {
    expect(differenceTo({ settings: { ...settings, chains: 8, draws: 500 } })).toBeNull();
    expect(differenceTo({ unitsOf: "copy of demo" })).toBeNull();
  });

  test("are none where either has none", () => {
    expect(controlCoefficients(null, "careful", controlRecord)).toBeNull();
    expect(controlCoefficients(coefficientRecord, "careful", null)).toBeNull();
    expect(controlCoefficients(coefficientRecord, "careful", { ...controlRecord, steps: [] })).toBeNull();
  });
});
