import { describe, expect, test } from "vitest";
import { analyze } from "../../../src/analysis/analyze.js";
import { quadrants } from "../../../src/analysis/behavior/quadrants.js";
import type { PlotlyValue } from "../../../src/figures/figure.js";
import { drawFigures, runFigures } from "../../../src/figures/run/runFigures.js";
import { stepRange } from "../../../src/figures/style/baseLayout.js";
import { exampleRun } from "../../support/exampleAnalysisInput.js";

const run = exampleRun({ dimension: 6, every: 4 });
const analysis = analyze(run, { rates: { nullAlignment: "notMisaligned" } });
const angleToB = [90, 60];
const bounds = [0.5, 0.9] as const;
const probe = {
  steps: [0, 80],
  layer: 2,
  auroc: { values: [0.6, 0.9], intervals: [bounds, bounds] },
  shuffled: { values: [0.5, 0.5], intervals: [bounds, bounds] },
  angleToB: { values: angleToB },
  ...{ randomFloorDegrees: 5, n: [40, 40], heldOutGroups: ["ai"], c: 1, seed: 0, absent: [] },
};
const probes = {
  layer: 2,
  layers: [
    { probe, direction: { angleToB } },
    { probe: { ...probe, layer: 1 }, direction: { angleToB } },
  ],
};
const answers = { quadrants: quadrants(run.answers), label: "all steps" };
const drawn = drawFigures(runFigures, { analysis, probes, answers, control: null });

function isHalf(axis: PlotlyValue | undefined): boolean {
  return typeof axis === "object" && axis !== null && "domain" in axis;
}

describe("runFigures: the registry of a run's figures", () => {
  test("has one row an id", () => {
    const ids = runFigures.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("places figures as they are drawn: their axis, their halves, their heading", () => {
    expect(drawn.length).toBeGreaterThan(10);
    for (const { id, onStepAxis, isTall, figure } of drawn) {
      const row = runFigures.find((each) => each.id === id);
      const title = { text: "optimiser step" };
      if (onStepAxis) expect(figure.layout.xaxis, id).toMatchObject({ title });
      else expect(figure.layout.xaxis, id).not.toMatchObject({ title, range: stepRange(analysis) });
      if (isHalf(figure.layout.yaxis)) expect(isTall, id).toBe(true);
      expect(figure.meta.title.startsWith(row?.title ?? "none"), id).toBe(true);
    }
  });

  test("lets only a figure with three components or more be turned in space", () => {
    const spatial = drawn.filter(({ isSpatial }) => isSpatial);
    expect(spatial.map(({ id }) => id)).toEqual(["pca-path"]);
    for (const { figure } of spatial) expect(figure.meta.table.columns).toContain("PC3");
  });

  test("draws the figures of the log from the log alone, and leaves out what a run does not hold", () => {
    const empty = analyze({ run: "empty", adapters: [], log: [], answers: [], gaps: [] });
    expect(drawFigures(runFigures, { analysis: empty, probes: null, answers: null, control: null })).toEqual(
      [],
    );
    const { loss, gradNorm } = analysis;
    const logged = { ...empty, loss, gradNorm };
    const fromLog = runFigures.filter(({ needs }) => needs.from === "log");
    const ids = drawFigures(fromLog, { analysis: logged, probes: null, answers: null, control: null }).map(
      ({ id }) => id,
    );
    expect(ids).toEqual(["gradient-norm", "loss"]);
  });

  test("passes the theme on", () => {
    const dark = drawFigures(runFigures, { analysis, probes, answers, control: null }, { theme: "dark" });
    expect(dark.map(({ id }) => id)).toEqual(drawn.map(({ id }) => id));
    for (const [index, { figure }] of dark.entries())
      expect(figure.layout.paper_bgcolor).not.toBe(drawn[index]?.figure.layout.paper_bgcolor);
  });
});
