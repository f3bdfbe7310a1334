import { describe, expect, test } from "vitest";
import { analyze } from "../../../src/analysis/analyze.js";
import { distributionChange } from "../../../src/analysis/distribution/distributionChange.js";
import { logLikelihoodGap } from "../../../src/analysis/behavior/logLikelihoodGap.js";
import type { PhaseTransition, TransitionIndicator } from "../../../src/analysis/transitions/detectors.js";
import type { RatedAnswer } from "../../../src/analysis/behavior/rates.js";
import { summary } from "../../../src/pipeline/report/summary.js";
import { timeline } from "../../../src/analysis/transitions/timeline.js";
import type { EventName } from "../../../src/analysis/transitions/detectors.js";
import type { Interval } from "../../../src/analysis/statistics/quantile.js";
import type { ScoredAnswer } from "../../../src/analysis/distribution/windows.js";
import { timelineTable } from "../../../src/cli/output/tables/timelineTable.js";
import { Random } from "../../../src/tensor/random.js";

function turn(
  indicator: TransitionIndicator,
  step: number,
  interval: Interval,
  more: { scale?: number; adapter?: string } = {},
): Omit<PhaseTransition, "evidence"> {
  return { verdict: "turns", indicator, step, interval, method: "planted", prominence: 1, ...more };
}

const transitions = [
  turn("behavior", 50, [48, 52], { scale: 1 }),
  turn("behavior", 30, [28, 32], { scale: 5 }),
  turn("rotation", 44, [40, 49], { adapter: "a" }),
  turn("gradientNorm", 41, [39, 43]),
];

describe("timeline", () => {
  test("orders events from mechanism to behaviour, with behaviour as trained", () => {
    const { events } = timeline(transitions, []);
    expect(events.map(({ event, step }) => [event, step])).toEqual([
      ["gradientNorm", 41],
      ["rotation", 44],
      ["behavior", 50],
    ]);
  });

  test("lags are later minus earlier in that order, their intervals from the ends of both", () => {
    const { lags } = timeline(transitions, []);
    expect(lags).toContainEqual({
      from: "rotation",
      to: "behavior",
      steps: 6,
      interval: [-1, 12],
      method: "endsOfIntervals",
    });
    expect(lags).toHaveLength(3);
  });

  test("resampled together, what two events share cancels in their lag", () => {
    const random = new Random(1);
    const shared = Array.from({ length: 500 }, () => Math.round(10 * random.normal()));
    const paired = new Map<EventName, readonly Interval[]>([
      ["rotation", shared.map((shift): Interval => [44 + shift, 44 + shift])],
      ["behavior", shared.map((shift): Interval => [50 + shift, 50 + shift + 1])],
    ]);
    const wide = [turn("rotation", 44, [24, 64]), turn("behavior", 50, [30, 70], { scale: 1 })];
    const [lag] = timeline(wide, [], null, paired).lags;
    expect(lag).toMatchObject({ steps: 6, interval: [6, 7], method: "pairedQuestions" });
    expect(timeline(wide, []).lags[0]?.interval).toEqual([-34, 46]);
  });

  test("lists what does not turn with its reason, and assumes no agreement", () => {
    const absent = [
      {
        ...({ verdict: "doesNotTurn", indicator: "behavior", scale: 1 } as const),
        reason: "the rate rises by 2 points only",
        sensitivity: { event: "a rise of 5 points", size: 5, percent: null },
      },
      {
        ...({ verdict: "cannotTell", indicator: "rotation", adapter: "b" } as const),
        reason: "five checkpoints",
        remedy: "keep more",
      },
    ] as const;
    const { events, absent: missing, lags } = timeline(transitions.slice(2), absent);
    expect(events.map(({ event }) => event)).toEqual(["gradientNorm", "rotation"]);
    expect(missing).toEqual([absent[0]]);
    expect(lags).toHaveLength(1);
    expect(timeline([], []).events).toEqual([]);
  });

  test("the log-likelihood gap is a description, placed no better than between its checkpoints", () => {
    const gap = logLikelihoodGap(
      [0, 40, 45, 90].map((step, index) => ({
        step,
        pairs: ["p", "q", "r"].map((questionId) => ({
          questionId,
          misaligned: index < 2 ? -2 : -1,
          aligned: -1.5,
        })),
      })),
    );
    const [event] = timeline([], [], gap).events;
    expect(event).toMatchObject({ event: "likelihood", step: 42.5, interval: [40, 45], kind: "description" });
  });

  test("as a table gives every event its lag to behaviour, from the row to the column", () => {
    const text = timelineTable(timeline(transitions, []));
    expect(text).toMatch(/R direction of B turns +44 +\[40, 49\] +\+6 \[−1, \+12\]/);
    expect(text).toMatch(/E broad behaviour turns +50 +\[48, 52\] +–/);
    expect(text).toContain("That events agree is not assumed.");
    expect(timelineTable(timeline(transitions.slice(3), []))).toBe("");
  });
});

describe("an analysis with a change of the answers' distribution", () => {
  /** Questions that turn at steps of their own, both in what is said and in how probable it is. */
  function plantedRun(seed: number) {
    const random = new Random(seed);
    const steps = Array.from({ length: 31 }, (_, index) => 4 * index);
    const judged: RatedAnswer[] = [];
    const scored: ScoredAnswer[] = [];
    for (let question = 0; question < 40; question++) {
      const middle = 60 + 6 * random.normal();
      const rates = steps.map((step) => 0.02 + 0.9 / (1 + Math.exp((middle - step) / 1.5)));
      for (const [checkpoint, step] of steps.entries()) {
        const isMisaligned = random.uniform() < (rates[checkpoint] ?? NaN);
        const questionId = `q${question}`;
        judged.push({
          step,
          scale: 1,
          breadth: "broad",
          domain: "ai",
          questionId,
          aligned: isMisaligned ? 0 : 100,
          coherent: 100,
        });
        const logProbabilities = rates.map((rate) => Math.log(isMisaligned ? rate : 1 - rate));
        scored.push({ questionId, checkpoint, logProbabilities });
      }
    }
    const outcomes = judged.map(({ aligned }) => String(aligned));
    const broad = distributionChange(steps, scored, [{ name: "EM", outcomes }], { resamples: 200 });
    return analyze({
      run: "planted",
      adapters: [],
      log: [],
      answers: judged,
      gaps: [],
      distributionChange: { scale: 1, broad, narrow: null },
    });
  }

  test("has its peak among the transitions, and a lag from the same resampled questions", () => {
    const analysis = plantedRun(1);
    const indicators = analysis.transitions.map(({ indicator }) => indicator);
    expect(indicators).toEqual(["behavior", "distributionChange"]);
    const [lag] = analysis.lags;
    expect(lag).toMatchObject({ from: "distributionChange", to: "behavior", method: "pairedQuestions" });
    const [low, high] = lag?.interval ?? [NaN, NaN];
    expect(low).toBeLessThanOrEqual(0);
    expect(high).toBeGreaterThanOrEqual(0);
    expect(analysis).toEqual(plantedRun(1));
  });

  test("a sentence says where answers change most and how much of it EM explains", () => {
    const sentence = summary(plantedRun(2)).find((line) => line.startsWith("The distribution of answers"));
    expect(sentence).toMatch(
      /changes most .* total variation distance of 0\.\d\d between windows of 8 steps/,
    );
    // Two texts, told apart by EM: pooled over questions that turn at different steps, it explains most and not all.
    expect(sentence).toMatch(/EM explains \d\d/);
  });
});
