import { describe, expect, test } from "vitest";
import { controlCurves, type JudgedRun } from "../../../src/analysis/controls/controlCurves.js";
import { controlTest } from "../../../src/analysis/controls/controlTest.js";
import { controlSentence } from "../../../src/analysis/controls/controlWords.js";
import { analyze, judgedPaths } from "../../../src/analysis/analyze.js";
import { noisyPath } from "../../support/plantedPaths.js";

const [degrees, at] = [70, 30];

/** A run whose B turns as asked, and whose gradient norm has a peak or none. */
function judged(name: string, turn: number, peak: number, seed: number): JudgedRun {
  const radians = (turn * Math.PI) / 180;
  const path = noisyPath((step) => (step < at ? [1] : [Math.cos(radians), Math.sin(radians)]), {
    count: 61,
    dimension: 12,
    seed,
    walk: 0.05,
  });
  const adapter = {
    modulePath: "model.layers.0.mlp.down_proj",
    layer: 0,
    rank: 1,
    scaling: 1,
    steps: path.steps,
    loraA: path.steps.map((step) => Float32Array.of(1, 0.01 * step)),
    loraB: path.vectors,
  };
  const log = path.steps.slice(1).map((step) => ({
    step,
    gradNorm: 1 + peak * Math.exp(-(((step - at) / 5) ** 2)) + 0.02 * Math.sin(7 * step + seed),
  }));
  const input = { run: name, adapters: [adapter], log, answers: [], gaps: [] };
  return { name, analysis: analyze(input), paths: judgedPaths(input), disposition: null };
}

const run = judged("harmful", degrees, 3, 1);
const same = judged("careful", degrees, 3, 2);
const other = judged("straight", 0, 0, 3);
const settings = { resamples: 49, draws: 49 };

describe("controlTest", () => {
  test("every transition is held against the control, whatever its kind", () => {
    const shared = controlTest(run, [same], settings).verdicts;
    const specific = controlTest(run, [other], settings).verdicts;
    const indicators = ["gradientNorm", "rotation", "pcaCorner"];
    for (const indicator of indicators) {
      expect(shared.find((each) => each.indicator === indicator)?.verdict).toBe("shared");
      expect(specific.find((each) => each.indicator === indicator)?.verdict).toBe("specific");
    }
  });

  test("of several controls one that shares a turn is enough", () => {
    const { verdicts, controls } = controlTest(run, [other, same], settings);
    const rotation = verdicts.find(({ indicator }) => indicator === "rotation");
    expect(controls).toEqual(["straight", "careful"]);
    expect(rotation?.against.map(({ verdict }) => verdict)).toEqual(["specific", "shared"]);
    expect(rotation?.verdict).toBe("shared");
    if (rotation === undefined) throw new Error("no rotation");
    expect(controlSentence(rotation)).toMatch(
      /^Shared with the control: the path bends there by .* in the run and .* in careful, one of 2 controls/,
    );
  });

  test("a control without the adapter tells nothing", () => {
    const { verdicts } = controlTest(run, [{ ...same, paths: [] }], settings);
    const rotation = verdicts.find(({ indicator }) => indicator === "rotation");
    expect(rotation?.verdict).toBe("cannotTell");
    expect(rotation?.against[0]?.reason).toContain("the control has no path of model.layers.0");
  });
});

describe("controlCurves", () => {
  const noise = { resamples: 49, seed: 0 };

  test("a run less itself is 0, inside its band at every step", () => {
    for (const curve of controlCurves([run], [run], noise)) {
      const defined = curve.difference.filter((value) => Number.isFinite(value));
      expect(defined.length).toBeGreaterThan(0);
      expect(defined.every((value) => value === 0)).toBe(true);
    }
  });

  test("the band of two noisy straight runs holds 0 at nearly all steps", () => {
    const curves = controlCurves([judged("one", 0, 0, 4)], [judged("two", 0, 0, 5)], noise);
    for (const curve of curves.filter(({ quantity }) => quantity === "localCosine")) {
      const bands = curve.interval.filter(([low]) => Number.isFinite(low));
      const outside = bands.filter(([low, high]) => low > 0 || high < 0);
      // Neighbouring steps share their noise, so that those outside come together.
      expect(outside.length / bands.length).toBeLessThan(0.3);
    }
  });

  test("several controls and pairs have Student's intervals", () => {
    const norm = (runs: readonly JudgedRun[], controls: readonly JudgedRun[]) =>
      controlCurves(runs, controls, noise).find(({ quantity }) => quantity === "norm");
    const one = norm([run], [same, other]);
    expect(one?.method).toBe("Student's interval for one more run among 2 controls");
    const last = (one?.steps.length ?? 0) - 1;
    const [c1, c2] = [same, other].map(({ analysis }) => analysis.adapters[0]?.B.norm.values[last] ?? NaN);
    const half = 12.706 * (Math.abs((c1 ?? NaN) - (c2 ?? NaN)) / Math.SQRT2) * Math.sqrt(1.5);
    const [low = NaN, high = NaN] = one?.interval[last] ?? [];
    expect((high - low) / 2 / half).toBeCloseTo(1, 3);
    expect(norm([run, same], [same, other])?.method).toBe("Student's interval of the mean over 2 pairs");
  });
});
