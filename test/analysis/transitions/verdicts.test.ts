import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { behaviorCurve } from "../../../src/analysis/behavior/behaviorCurve.js";
import { directionTrajectory } from "../../../src/analysis/geometry/trajectory.js";
import { behavioralTransition } from "../../../src/analysis/transitions/behavior/behavioralTransition.js";
import { compBend } from "../../../src/analysis/transitions/corner/compBend.js";
import { pcaCorner } from "../../../src/analysis/transitions/corner/pcaCorner.js";
import { gradientNormPeak } from "../../../src/analysis/transitions/peak/gradientNormPeak.js";
import { normGrowth } from "../../../src/analysis/transitions/peak/normGrowth.js";
import { rotation } from "../../../src/analysis/transitions/rotation/rotation.js";
import { lookAt, newWatch } from "../../../src/analysis/transitions/transitionWatch.js";
import { absenceReason, absenceSentence } from "../../../src/analysis/transitions/verdictWords.js";
import { analyzeRun } from "../../../src/pipeline/report/analyzeRun.js";
import { summary } from "../../../src/pipeline/report/summary.js";
import { openRun } from "../../../src/runs/openRun.js";
import { Random } from "../../../src/tensor/random.js";
import { hasReferenceData, needsReferenceData, referenceFolder } from "../../support/referenceData.js";
import { noisyPath, withoutSteps } from "../../support/plantedPaths.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";

const straight = noisyPath(() => [1], { count: 61, dimension: 16, seed: 1, walk: 0.05 });

/** Step 7, 8, … are left of a run. */
const everyBut = (kept: readonly number[]) =>
  withoutSteps(
    straight,
    straight.steps.filter((step) => !kept.includes(step)),
  );

const curveOf = (rates: readonly number[], n = 100) => ({
  ...behaviorCurve([]),
  steps: rates.map((_, index) => 10 * index),
  misaligned: rates.map((rate) => Math.round(n * rate)),
  n: rates.map(() => n),
});

describe("what is tested and does not turn", () => {
  test("says how large a turn of the direction would have been found, and where", () => {
    const { absent } = rotation(straight).verdict;
    expect(absent?.verdict).toBe("doesNotTurn");
    if (absent?.verdict !== "doesNotTurn") return;
    const { size, percent, event } = absent.sensitivity;
    expect(event).toMatch(/^a turn of \d+° between steps \d+ and \d+$/u);
    expect(size).toBeLessThanOrEqual(45);
    expect(percent).toBeGreaterThanOrEqual(80);
    // And that is so: planted turns of that size are found at least as often, in four of five.
    const radians = (size * Math.PI) / 180;
    const found = Array.from({ length: 10 }, (_, seed) =>
      rotation(
        noisyPath((step) => (step < 30 ? [1] : [Math.cos(radians), Math.sin(radians)]), {
          ...{ count: 61, dimension: 16, seed: seed + 10, walk: 0.05 },
        }),
        { resamples: 9 },
      ),
    ).filter(({ verdict }) => verdict.transition !== null);
    expect(found.length).toBeGreaterThanOrEqual(7);
  });

  test("says how large a corner, a peak, a bend and a rise would have been found", () => {
    const random = new Random(1);
    const steps = Array.from({ length: 80 }, (_, index) => index);
    const noisy = (at: (step: number) => number) => ({
      steps,
      values: steps.map((step) => at(step) * Math.exp(0.03 * random.normal())),
    });
    const verdicts = [
      pcaCorner(straight, { resamples: 9 }),
      gradientNormPeak(noisy(() => 1)),
      normGrowth(noisy((step) => 1 - Math.exp(-step / 20))),
      compBend(noisy((step) => 1 - Math.exp(-step / 40))),
      behavioralTransition(curveOf(steps.slice(0, 30).map(() => 0.3))).verdict,
    ];
    for (const { absent } of verdicts) {
      expect(absent?.verdict).toBe("doesNotTurn");
      if (absent?.verdict !== "doesNotTurn") continue;
      expect(absent.sensitivity.size).toBeGreaterThan(0);
      expect(absenceReason(absent)).toMatch(/; (a|growth) .* would be found/u);
    }
    const [, , , , rise] = verdicts;
    expect(rise?.absent).toMatchObject({ sensitivity: { size: 20, percent: 80 } });
  });
});

describe("what cannot be told is not called absent", () => {
  test("with five checkpoints left of sixty", () => {
    const path = everyBut([0, 15, 30, 45, 60]);
    for (const { absent } of [
      rotation(path).verdict,
      pcaCorner(path),
      normGrowth({ steps: [], values: [] }),
    ]) {
      expect(absent?.verdict).toBe("cannotTell");
      if (absent?.verdict === "cannotTell") expect(absent.remedy).toMatch(/^keep .*checkpoints/u);
    }
  });

  test("with three evaluated steps between 0 and 100 %, and with few answers", () => {
    const three = behavioralTransition(curveOf([0, 0.5, 1])).verdict.absent;
    expect(three).toMatchObject({ verdict: "cannotTell", remedy: "evaluate more checkpoints" });
    expect(three === null ? "" : absenceSentence(three, { isNot: "It does not", event: "it turns" })).toBe(
      "Whether it turns cannot be told: only 3 steps were evaluated, a fit needs 5; to tell, evaluate more checkpoints.",
    );
    const few = behavioralTransition(curveOf([0, 0.25, 0.25, 0.5, 0.25, 0.5], 4)).verdict.absent;
    expect(few?.verdict).toBe("cannotTell");
    // Many answers at as many steps can say that the rate stays.
    expect(
      behavioralTransition(
        curveOf(
          Array.from({ length: 12 }, () => 0.4),
          400,
        ),
      ).verdict.absent?.verdict,
    ).toBe("doesNotTurn");
  });

  test("where a peak stands out by a factor that noise makes too", () => {
    const random = new Random(3);
    let level = 0;
    const steps = Array.from({ length: 160 }, (_, index) => index);
    const walks = Array.from({ length: 20 }, () => {
      level = 0;
      return { steps, values: steps.map(() => Math.exp((level += 0.3 * random.normal()))) };
    });
    const absences = walks.flatMap((walk) => gradientNormPeak(walk, { resamples: 9 }).absent ?? []);
    const wide = absences.filter(({ reason }) => reason.includes("no more than a random walk"));
    expect(wide.length).toBeGreaterThan(3);
    expect(wide.every(({ verdict }) => verdict === "cannotTell")).toBe(true);
  });

  test("where the turn is too near to the start for the windows", () => {
    const turned = (step: number): number[] => (step < 7 ? [1] : [0.2, 0.98]);
    const path = noisyPath(turned, { count: 61, dimension: 16, seed: 2, walk: 0.02 });
    const { absent, transition } = rotation(path).verdict;
    expect(transition).toBeNull();
    expect(absent?.verdict).toBe("cannotTell");
  });

  test("where noise is so strong that no turn would be found", () => {
    const shaking = noisyPath(() => [1], { count: 61, dimension: 16, seed: 2, jitter: 20 });
    expect(rotation(shaking).verdict.absent?.verdict).toBe("cannotTell");
    expect(pcaCorner(shaking, { resamples: 9 }).absent?.verdict).toBe("cannotTell");
  });

  test("where nothing moves", () => {
    const still = directionTrajectory(
      "still",
      straight.steps,
      straight.steps.map(() => Float32Array.of(1, 2)),
    );
    expect(rotation(still).verdict.absent?.verdict).toBe("cannotTell");
  });

  test("and a watch says so of a young run", () => {
    const young = everyBut([0, 1, 2, 3, 4, 5, 6]);
    const { absent, events } = lookAt(newWatch, { directions: [young] });
    expect(events).toEqual([]);
    expect(absent.map(({ verdict }) => verdict)).toEqual(absent.map(() => "cannotTell"));
    expect(absent.length).toBeGreaterThan(2);
  });
});

describe.skipIf(!hasReferenceData)(
  `two real runs on one model, harmful and careful ${needsReferenceData}`,
  { timeout: 180_000 },
  () => {
    const runOf = (side: string): string =>
      join(referenceFolder, "real_runs", `smollm2-135m_${side}-medical_rank1_seed0`);

    test("the careful one, which bends by 63°, is not called straight, and the reason is the one there is", async () => {
      const { analysis } = await analyzeRun(runOf("good"));
      const words = summary(analysis).join("\n");
      expect(words).toContain("Whether the direction makes a sharp turn cannot be told: largest bend 63°");
      // The half-windows agree on the step within four; what is missing is a second one that dates it.
      expect(words).toContain("only one half-window dates it, k = 10 at 15; at k = 5 another bend is about");
      expect(words).not.toContain("do not agree");
    });

    test.each(["bad", "good"])(
      "of the %s one cut near its turn, neither turn nor corner is called absent",
      async (side) => {
        for (const [from, to] of [
          [0, 20],
          [0, 25],
          [0, 30],
          [10, 120],
        ] as const) {
          const { analysis } = await analyzeRun(cutRun(runOf(side), from, to));
          const found = new Map(analysis.absent.map(({ indicator, verdict }) => [indicator, verdict]));
          const turns = (["rotation", "pcaCorner"] as const).map((indicator) => [
            from,
            to,
            found.get(indicator),
          ]);
          expect(turns).toEqual([
            [from, to, "cannotTell"],
            [from, to, "cannotTell"],
          ]);
        }
      },
    );
  },
);

/** A run with the checkpoints of another between two steps. */
function cutRun(directory: string, from: number, to: number): string {
  const folder = temporaryFolder();
  for (const { step, path } of openRun(directory).checkpoints) {
    if (step >= from && step <= to) symlinkSync(path, join(folder, `checkpoint-${step}`), "junction");
  }
  return folder;
}
