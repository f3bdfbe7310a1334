import { describe, expect, test } from "vitest";
import { analyze } from "../../src/analysis/analyze.js";
import type { Analysis, AnalysisInput } from "../../src/analysis/analysisRecord.js";
import { summary } from "../../src/pipeline/report/summary.js";
import { toJson } from "../../src/analysis/toJson.js";
import { exampleRun } from "../support/exampleAnalysisInput.js";

const input = exampleRun();
const analysis = analyze(input, { rates: { nullAlignment: "notMisaligned" } });
const [adapter] = analysis.adapters;

function transitionStep(record: Analysis, indicator: string): number {
  return record.transitions.find((each) => each.indicator === indicator)?.step ?? NaN;
}

describe("analyze", () => {
  test("finds every planted event near where it was planted", () => {
    expect(Math.abs(transitionStep(analysis, "gradientNorm") - 62)).toBeLessThanOrEqual(2);
    expect(Math.abs(transitionStep(analysis, "normGrowth") - 63)).toBeLessThanOrEqual(3);
    expect(Math.abs(transitionStep(analysis, "rotation") - 69)).toBeLessThanOrEqual(4);
    // Two straight legs meet where the turn between them is half done, counted by distance rather than by steps.
    expect(Math.abs(transitionStep(analysis, "pcaCorner") - 67)).toBeLessThanOrEqual(4);
    expect(Math.abs(transitionStep(analysis, "narrowBehavior") - 64)).toBeLessThanOrEqual(3);
    expect(Math.abs(transitionStep(analysis, "behavior") - 72)).toBeLessThanOrEqual(3);
    expect(analysis.absent).toEqual([]);
  });

  test("every transition lies in its interval and names its method", () => {
    for (const { step, interval, method } of analysis.transitions) {
      expect(step).toBeGreaterThanOrEqual(interval[0]);
      expect(step).toBeLessThanOrEqual(interval[1]);
      expect(method.length).toBeGreaterThan(10);
    }
  });

  test("lags are differences of steps, with intervals that contain them", () => {
    expect(analysis.lags).toHaveLength(15);
    for (const lag of analysis.lags) {
      expect(lag.steps).toBe(transitionStep(analysis, lag.to) - transitionStep(analysis, lag.from));
      expect(lag.interval[0]).toBeLessThanOrEqual(lag.steps);
      expect(lag.interval[1]).toBeGreaterThanOrEqual(lag.steps);
    }
  });

  test("step 0 has norm 0 and no cosine, and a missing checkpoint is a gap of its neighbours only", () => {
    expect(adapter?.B.norm.values[0]).toBe(0);
    expect(adapter?.B.cosineToFinal.values[0]).toBeNaN();
    expect(adapter?.B.cosineToInitial.values.every(Number.isNaN)).toBe(true);
    const five = adapter?.B.localCosine["5"];
    const undefinedSteps = five?.steps.filter((_, index) => Number.isNaN(five.values[index]));
    expect(undefinedSteps).toEqual([0, 1, 2, 3, 4, 35, 45, 156, 157, 158, 159, 160]);
    expect(Object.keys(adapter?.B.localCosine ?? {})).toEqual(["5", "10", "15"]);
  });

  test("is a function of its input", () => {
    expect(analyze(exampleRun(), { rates: { nullAlignment: "notMisaligned" } })).toEqual(analysis);
  });

  test("warns that higher ranks are not safe under rotation", () => {
    const [first] = input.adapters;
    if (first === undefined) throw new Error("the example has no adapter");
    const ranked = analyze({ ...input, adapters: [{ ...first, rank: 4 }] });
    expect(ranked.adapters[0]?.warnings[0]).toContain("rank 4");
    expect(summary(ranked).at(-1)).toContain("not safe under rotation");
    expect(adapter?.warnings).toEqual([]);
  });

  test("a step logged twice keeps its last value", () => {
    const relogged = { ...input, log: [...input.log, { step: 10, loss: 99 }] };
    const { loss } = analyze(relogged);
    expect(loss?.values[loss.steps.indexOf(10)]).toBe(99);
    expect(loss?.steps).toHaveLength(160);
  });

  test("an empty run is a record of what was not measured, not an error", () => {
    const nothing: AnalysisInput = { run: "empty", adapters: [], log: [], answers: [], gaps: [] };
    const empty = analyze(nothing);
    expect(empty.behavior).toBeNull();
    expect(empty.gradNorm).toBeNull();
    expect(empty.transitions).toEqual([]);
    expect(empty.absent.map((each) => each.indicator)).toEqual(["gradientNorm", "rotation", "behavior"]);
    expect(summary(empty)).toEqual(["Behaviour was not evaluated."]);
  });

  test("survives a run with a single checkpoint", () => {
    const [first] = input.adapters;
    if (first === undefined) throw new Error("the example has no adapter");
    const start = { ...first, steps: [0], loraA: first.loraA.slice(0, 1), loraB: first.loraB.slice(0, 1) };
    const young = analyze({ ...input, adapters: [start], log: [], answers: [] });
    expect(young.transitions).toEqual([]);
    expect(young.adapters[0]?.B.pca?.scores).toEqual([[0]]);
    expect(() => JSON.stringify(toJson(young))).not.toThrow();
  });
});

describe("toJson", () => {
  test("turns what is not finite into null and typed arrays into lists, and leaves the rest", () => {
    expect(
      toJson({ a: [1, NaN, -Infinity], b: Float32Array.from([1, NaN]), c: undefined, d: "x", e: null }),
    ).toEqual({
      a: [1, null, null],
      b: [1, null],
      d: "x",
      e: null,
    });
    expect(JSON.stringify(toJson(analysis))).not.toContain("NaN");
    expect(JSON.parse(JSON.stringify(toJson(analysis)))).toEqual(toJson(analysis));
  });
});

describe("summary", () => {
  const thin = "\u202f";

  test("says what turned, when and how much earlier the others are", () => {
    const sentences = summary(analysis);
    expect(sentences[0]).toMatch(
      /^Behaviour turns at step 7\d \[\d+, \d+\] \(×1\), emergent misalignment \(EM\) rising from [\d.]+\u202f% to \d+\u202f% within \d+ steps\.$/,
    );
    expect(sentences[2]).toMatch(
      /^The gradient norm peaks at step \d+ \[\d+, \d+\], \d+ steps? before behaviour \(\d+ to \d+\), at [\d.]+ times its final level\.$/,
    );
    expect(sentences[4]).toMatch(
      /^The direction of B turns by \d+° at step \d+ \[\d+, \d+\], \d+ steps? before behaviour \([^)]+\)\. Without a control run this does not say that misalignment did it\.$/,
    );
    expect(sentences[5]).toMatch(
      /^The path of B has a corner of \d+° at step \d+ \[\d+, \d+\], \d+ steps? before behaviour \([^)]+\)\. Without a control run this does not say that misalignment did it\.$/,
    );
    expect(sentences[6]).toContain(`${thin}% [`);
    expect(sentences[6]).toContain("on 3 domains outside the fine-tuning data (n = 60)");
    expect(sentences[7]).toBe("1 checkpoint is missing or unreadable (step 40); the curves have gaps there.");
  });

  test("says what did not turn and why", () => {
    const [first] = input.adapters;
    if (first === undefined) throw new Error("the example has no adapter");
    const straight = first.steps.map((step) => Float32Array.from([step / 100, 0, 0]));
    const calm = analyze({
      ...input,
      adapters: [{ ...first, loraB: straight }],
      log: input.log.map((entry) => ({ ...entry, gradNorm: 0.1 })),
      answers: input.answers.map((answer) => ({ ...answer, aligned: 100 })),
    });
    const text = summary(calm).join("\n");
    expect(text).toContain("Behaviour does not turn (×1): a rising curve explains the answers no better");
    expect(text).toContain("The gradient norm has no peak: the largest smoothed value");
    expect(text).toMatch(
      /The direction makes no sharp turn: largest bend 0° at \d+ \(k = \d+\), null model allows \d+° there.*; a turn of \d+° between steps \d+ and \d+ would be found in \d+\u202f% of such runs\./,
    );
    expect(text).not.toContain("turns at");
    expect(text).toContain("EM 0" + thin + "% [0, 6");
  });

  test("gives plain steps when behaviour was not evaluated", () => {
    const text = summary(analyze({ ...input, answers: [] })).join("\n");
    expect(text).toMatch(/The gradient norm peaks at step \d+ \[\d+, \d+\]/);
    expect(text).toContain("Behaviour was not evaluated.");
    expect(text).not.toContain("earlier");
  });

  test("counts adapters where there are several", () => {
    const [first] = input.adapters;
    if (first === undefined) throw new Error("the example has no adapter");
    const second = { ...first, modulePath: "model.layers.3.mlp.down_proj", layer: 3 };
    const text = summary(analyze({ ...input, adapters: [first, second] })).join("\n");
    expect(text).toMatch(/The direction of B turns in 2 of 2 adapters \(steps \d+\)/);
  });
});
