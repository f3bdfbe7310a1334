import { expect, test } from "vitest";
import { analyze } from "../../../src/analysis/analyze.js";
import type { ControlTest } from "../../../src/analysis/controls/controlTest.js";
import { localCosineFigure } from "../../../src/figures/run/localCosineFigure.js";
import { normsFigure } from "../../../src/figures/run/normsFigure.js";
import { recordIn } from "../../../src/figures/style/plotlyValues.js";
import { palette } from "../../../src/figures/style/palette.js";
import { exampleRun } from "../../support/exampleAnalysisInput.js";

const analysis = analyze(exampleRun());
const adapter = analysis.adapters[0]?.name ?? "";
const steps = [10, 20, 30];
const common = { adapter, steps, run: steps, difference: steps, interval: steps.map(() => [0, 1] as const) };
const control: ControlTest = {
  controls: ["careful"],
  curves: [
    { ...common, quantity: "norm", k: null, control: [0, 0.1, 0.2], method: "none" },
    ...[5, 10, 15].map((k) => ({
      ...common,
      quantity: "localCosine" as const,
      k,
      control: [-1, -0.9, -1],
      method: "none",
    })),
  ],
  verdicts: [],
  learningCoefficients: [],
  parameters: { resamples: 1, draws: 1, seed: 0, rule: "none" },
};

test.each(["light", "dark"] as const)("a control is grey and behind the run in every figure, %s", (theme) => {
  const { control: grey, mechanism, series } = palette(theme);
  for (const figure of [
    normsFigure(analysis, { theme, control }),
    localCosineFigure(analysis, { theme, control }),
  ]) {
    const named = (figure?.data ?? []).map(({ name = "", line }, place) => ({
      name,
      place,
      line: recordIn(line),
    }));
    const controls = named.filter(({ name }) => name.includes("control"));
    const own = named.filter(({ name }) => /^(‖B‖|k = )/.test(name) && !name.includes("control"));
    expect(controls.length).toBeGreaterThan(0);
    expect(controls.map(({ line }) => line.color)).toEqual(controls.map(() => grey));
    expect(Math.max(...controls.map(({ place }) => place))).toBeLessThan(
      Math.min(...own.map(({ place }) => place)),
    );
    // What is of B has the hue of B, whatever its window.
    for (const { line } of own) expect([mechanism, ...series]).toContain(line.color);
  }
});

test("curves of one window have one dash, the run's and the control's", () => {
  const figure = localCosineFigure(analysis, { control });
  const dashOf = (name: string): unknown =>
    recordIn(figure?.data.find((trace) => trace.name === name)?.line).dash;
  for (const k of [5, 10, 15]) expect(dashOf(`control, k = ${k}`)).toBe(dashOf(`k = ${k}`));
});
