import { describe, expect, test } from "vitest";
import { analyze } from "../../../src/analysis/analyze.js";
import type { ControlTest } from "../../../src/analysis/controls/controlTest.js";
import { controlCoefficients } from "../../../src/analysis/learningCoefficient/controlCoefficients.js";
import type { CoefficientRecord } from "../../../src/analysis/learningCoefficient/coefficientRecord.js";
import { learningCoefficientFigure } from "../../../src/figures/run/learningCoefficient/learningCoefficientFigure.js";
import { checksOfFigure } from "../../support/checksOfFigure.js";
import { palette } from "../../../src/figures/style/palette.js";
import { exampleRun } from "../../support/exampleAnalysisInput.js";
import { coefficientRecord as record, controlRecord } from "../../support/trials/coefficientRecord.js";

const analysis = analyze(exampleRun({ dimension: 6, every: 4 }), {
  rates: { nullAlignment: "notMisaligned" },
});
/** The run held against controls of these coefficients, and nothing else of them. */
function heldAgainst(...controls: readonly (CoefficientRecord | null)[]): ControlTest {
  const names = controls.map((_, place) => (place === 0 ? "careful" : `careful-${place}`));
  return {
    ...{ controls: names, verdicts: [], curves: [] },
    parameters: { resamples: 1, draws: 1, seed: 0, rule: "none" },
    learningCoefficients: controls.flatMap(
      (each, place) => controlCoefficients(record, names[place] ?? "", each) ?? [],
    ),
  };
}

describe("the figure of learning coefficients", () => {
  checksOfFigure("learningCoefficient", (options) => {
    const figure = learningCoefficientFigure(analysis, record, options);
    if (figure === null) throw new Error("nothing was drawn");
    return figure;
  });

  test("draws what cannot be told apart from the line, and says why in the caption", () => {
    const { data, meta } = learningCoefficientFigure(analysis, record) ?? {};
    expect(data?.map(({ name }) => name)).toEqual([
      "λ̂",
      "cannot be told: single sizes",
      "cannot be told: the loss falls",
    ]);
    expect(data?.[0]?.y).toEqual([null, expect.closeTo(2.2), null, expect.closeTo(5.05)]);
    expect(data?.[1]).toMatchObject({ x: [80, 80], y: [9, 4] });
    expect(data?.[2]).toMatchObject({ x: [0], y: [0] });
    expect(meta?.caption).toMatch(
      /Step 0: λ̂ is negative, as where the loss falls away from w\*.*; step 80: the two smallest/,
    );
    expect(meta?.summary).toContain("Told at 2 of 4 steps");
  });

  test("needs no second trace where all can be told, and is not drawn of nothing", () => {
    const told = { ...record, steps: record.steps.filter(({ step }) => [40, 120].includes(step)) };
    const { data, meta } = learningCoefficientFigure(analysis, told) ?? {};
    expect(data).toHaveLength(1);
    expect(meta?.caption).toContain("Every step could be told.");
    expect(learningCoefficientFigure(analysis, { ...record, steps: [] })).toBeNull();
    expect(learningCoefficientFigure(analysis, null)).toBeNull();
  });

  test("draws the control behind the run, in grey, with its whiskers", () => {
    const { data, meta } =
      learningCoefficientFigure(analysis, record, { control: heldAgainst(controlRecord) }) ?? {};
    expect(data?.map(({ name }) => name).slice(0, 2)).toEqual(["λ̂, control", "λ̂"]);
    expect(data?.[0]).toMatchObject({
      x: [40, 80, 100],
      y: [expect.closeTo(0.15), null, expect.closeTo(0.3)],
      line: { color: palette().control },
      error_y: { array: [expect.closeTo(0.5), null, expect.closeTo(0.5)] },
    });
    expect(meta?.caption).toContain(
      "Grey: the control careful over the same rows (n = 720), told at 2 of 3 steps.",
    );
    expect(meta?.summary).toContain("The control careful: from 0.15 to 0.3, last 0.3.");
  });

  test("has a row for every step of run and control", () => {
    const { table } =
      learningCoefficientFigure(analysis, record, { control: heldAgainst(controlRecord) })?.meta ?? {};
    const column = (name: string) => table?.rows.map((row) => row[table.columns.indexOf(name)]);
    expect(column("step")).toEqual([0, 40, 80, 100, 120]);
    expect(column("λ̂ of careful")?.[3]).toBeCloseTo(0.3);
    expect(column("verdict")?.[3]).toBe("not measured");
    expect(column("low")?.[3]).toBeNull();
  });

  test("says why a control is not drawn whose coefficients do not compare, or cannot be told", () => {
    const tighter = { ...controlRecord, settings: { ...controlRecord.settings, localization: 10 } };
    const untold = { ...controlRecord, steps: controlRecord.steps.filter(({ step }) => step === 80) };
    const { data, meta } =
      learningCoefficientFigure(analysis, record, { control: heldAgainst(tighter, untold, null) }) ?? {};
    expect(data?.[0]?.name).toBe("λ̂");
    expect(meta?.caption).toContain(
      "The control careful is not drawn: its γ is 10, the run's 1, so the two do not compare.",
    );
    expect(meta?.caption).toContain("The control careful-1 is not drawn: it can be told at no step.");
    expect(meta?.caption).not.toContain("careful-2");
    expect(meta?.table.columns.join()).not.toContain("careful");
  });

  test("tells several controls apart by their names", () => {
    const { data } =
      learningCoefficientFigure(analysis, record, { control: heldAgainst(controlRecord, controlRecord) }) ??
      {};
    expect(data?.slice(0, 2).map(({ name }) => name)).toEqual(["λ̂, control careful", "λ̂, control careful-1"]);
  });
});
