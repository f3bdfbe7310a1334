import { describe, expect, test } from "vitest";
import { analyze } from "../../../../src/analysis/analyze.js";
import type { Analysis, AnalysisInput } from "../../../../src/analysis/analysisRecord.js";
import type { ControlTest } from "../../../../src/analysis/controls/controlTest.js";
import type { ControlVerdict } from "../../../../src/analysis/controls/shareVerdict.js";
import { headlineOf } from "../../../../src/pipeline/report/sentences/headline.js";
import { exampleRun } from "../../../support/exampleAnalysisInput.js";

const input = exampleRun();
const whole = analyze(input);
const unanswered = analyze({ ...input, answers: [] });

/** The control's verdict on every transition of a run. */
function heldAs(analysis: Analysis, verdict: ControlVerdict): ControlTest {
  return {
    controls: ["other"],
    verdicts: analysis.transitions.map(({ indicator, adapter, scale, step, interval }) => ({
      indicator,
      adapter: adapter ?? null,
      scale: scale ?? null,
      step,
      interval,
      verdict,
      against: [],
    })),
    curves: [],
    learningCoefficients: [],
    parameters: { resamples: 199, draws: 99, seed: 0, rule: "" },
  };
}

function calm(changes: Partial<AnalysisInput> = {}): Analysis {
  const [first] = input.adapters;
  if (first === undefined) throw new Error("the example has no adapter");
  const straight = first.steps.map((step) => Float32Array.from([step / 100, 0, 0]));
  return analyze({
    ...input,
    adapters: [{ ...first, loraB: straight }],
    log: input.log.map((entry) => ({ ...entry, gradNorm: 0.1 })),
    answers: input.answers.map((answer) => ({ ...answer, aligned: 100 })),
    ...changes,
  });
}

describe("headline", () => {
  test("says that behaviour turns, when, how sure, and what the control has of it", () => {
    const start = /^Behaviour turns at step 7\d \(95\u202f% interval \d+ to \d+\)/;
    const endings: readonly (readonly [ControlTest | null, string])[] = [
      [heldAs(whole, "specific"), ", specific: the control does not share it."],
      [heldAs(whole, "shared"), ", shared with the control."],
      [heldAs(whole, "cannotTell"), "; whether that is specific cannot be told."],
      [null, ", held against no control."],
    ];
    for (const [control, ending] of endings) {
      const { headline, evidence } = headlineOf(whole, control);
      expect(headline).toMatch(start);
      expect(headline.endsWith(ending), headline).toBe(true);
      expect(evidence).toMatch(
        /^Emergent misalignment \(EM\) rises from [\d.]+\u202f% to \d+\u202f% within \d+ steps; at step 160 it is \d+\u202f% \[\d+, \d+\] of 59 answers on 3 unseen domains, \d+\u202f% coherent\.$/,
      );
    }
  });

  test("names the rates of the aligned control", () => {
    const em = { percent: 0.4, interval: [0, 2.2] as const, n: 60, count: 0 };
    expect(headlineOf(whole, null, { em, step: 160 }).evidence).toContain(
      "(aligned control: 0.4\u202f% [0, 2.2])",
    );
  });

  test("leads without answers with the direction, and says that nothing is said of EM, spelt out", () => {
    const { headline, evidence } = headlineOf(unanswered, heldAs(unanswered, "shared"));
    expect(headline).toMatch(
      /^The direction of the adapter turns at step \d+ \(95\u202f% interval \d+ to \d+\), shared with the control\.$/,
    );
    expect(evidence).toMatch(
      /^It turns by \d+°\. What the control shares is no sign of misalignment\. No answers were judged: nothing is said of emergent misalignment \(EM\)\.$/,
    );
    expect(headlineOf(unanswered).evidence).toContain(
      "Without a control run this does not say that misalignment did it.",
    );
  });

  test("leads with the gradient norm where no direction was kept, and never names an adapter", () => {
    const { headline, evidence } = headlineOf(analyze({ ...input, answers: [], adapters: [], gaps: [] }));
    expect(headline).toMatch(/^The gradient norm peaks at step \d+ /);
    expect(`${headline} ${evidence}`).not.toContain("adapter");
  });

  test("says what does not turn, and how large a rise would have been found", () => {
    const { headline, evidence } = headlineOf(calm());
    expect(headline).toBe(
      "Behaviour does not turn; the direction of the adapter makes no sharp turn; the gradient norm has no peak.",
    );
    expect(evidence).toMatch(
      /^At step 160 emergent misalignment \(EM\) is 0\u202f% \[0, [\d.]+\] .* With so many answers a rise of \d+ points half-way would be found in 80\u202f% of such runs\.$/,
    );
  });

  test("keeps what cannot be told at that, with what to do", () => {
    const answers = input.answers.filter(({ step }) => step === 0 || step === 160);
    const { headline, evidence } = headlineOf(calm({ answers }));
    expect(headline).toMatch(/^Whether behaviour turns cannot be told; /);
    expect(evidence).toContain("To tell, evaluate more checkpoints.");
    const short = input.log.slice(0, 3);
    const [first] = input.adapters;
    if (first === undefined) throw new Error("the example has no adapter");
    const cut = {
      ...first,
      steps: first.steps.slice(0, 4),
      loraA: first.loraA.slice(0, 4),
      loraB: first.loraB.slice(0, 4),
    };
    expect(
      headlineOf(analyze({ ...input, adapters: [cut], log: short, answers: [], gaps: [] })).headline,
    ).toBe("Whether the direction of the adapter turns and whether the gradient norm peaks cannot be told.");
    const nothing = analyze({ run: "", adapters: [], log: [], answers: [], gaps: [] });
    expect(headlineOf(nothing).headline).toMatch(/^Nothing can be said of this run yet/);
  });

  test("counts adapters where there are several, and takes verdicts that differ as one that cannot be told", () => {
    const [first] = input.adapters;
    if (first === undefined) throw new Error("the example has no adapter");
    const second = { ...first, modulePath: "model.layers.3.mlp.down_proj", layer: 3 };
    const both = analyze({ ...input, answers: [], adapters: [first, second] });
    const held = heldAs(both, "specific");
    const verdicts = held.verdicts.map((each) =>
      each.adapter === second.modulePath ? { ...each, verdict: "shared" as const } : each,
    );
    expect(headlineOf(both, { ...held, verdicts }).headline).toMatch(
      /^The direction turns in 2 of 2 adapters, first at step \d+; whether that is specific cannot be told\.$/,
    );
  });

  test("holds no statistic's name, no bare word for what is not there, no hyphen for a minus", () => {
    for (const analysis of [whole, unanswered, calm(), calm({ answers: [] })]) {
      const { headline, evidence } = headlineOf(analysis);
      expect(`${headline} ${evidence}`).not.toMatch(/BIC|give or take|undefined|NaN| -\d|\b1 steps\b/);
      expect(headline).not.toMatch(/\[/);
    }
  });
});
