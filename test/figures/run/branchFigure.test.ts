import { describe, expect, test } from "vitest";
import { analyze } from "../../../src/analysis/analyze.js";
import { unchanged } from "../../../src/analysis/branches/branchRecord.js";
import { branchFigure } from "../../../src/figures/run/branches/branchFigure.js";
import { drawFigures, runFigures } from "../../../src/figures/run/runFigures.js";
import { plantedBranches } from "../../support/branches/plantedBranches.js";
import { checksOfFigure } from "../../support/checksOfFigure.js";
import { exampleRun } from "../../support/exampleAnalysisInput.js";

const analysis = analyze(exampleRun({ dimension: 6, every: 4 }), {
  rates: { nullAlignment: "notMisaligned" },
});
const em = { [unchanged]: [80, 80, 80, 80], careful: [0, 3, 10, 80], "rate:0.25": [0, 30, 60, 80] };
const record = plantedBranches({ runs: 3, em });

describe("the figure of branches", () => {
  checksOfFigure("branches", (options) => {
    const figure = branchFigure(analysis, record, "em", options);
    if (figure === null) throw new Error("nothing was drawn");
    return figure;
  });

  test("says the point of no return of every change, and what its intervals are over", () => {
    const { meta } = branchFigure(analysis, record, "em") ?? { meta: null };
    expect(meta?.summary).toMatch(/careful: the point of no return is step 40/);
    expect(meta?.caption).toMatch(/over 3 runs \(t\)/);
    const one = branchFigure(analysis, plantedBranches({ runs: 1, em }), "coherent");
    expect(one?.meta.caption).toMatch(/over questions resampled, within one run/);
    expect(one?.meta.title).toMatch(/^Coherent/);
  });

  test("is drawn on a run's page where branches were made, and nowhere else", () => {
    const input = { analysis, probes: null, answers: null, control: null };
    const ids = (branches: typeof record | null): string[] =>
      drawFigures(runFigures, { ...input, branches }).map(({ id }) => id);
    expect(ids(record).filter((id) => id.startsWith("branches"))).toEqual(["branches", "branches-coherent"]);
    expect(ids(null).some((id) => id.startsWith("branches"))).toBe(false);
    expect(branchFigure(analysis, { ...record, branches: [] }, "em")).toBeNull();
  });
});
