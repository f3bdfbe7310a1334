import { describe, expect, test } from "vitest";
import type { DirectionTrajectory } from "../../../src/analysis/geometry/trajectory.js";
import {
  lookAt,
  newWatch,
  type ObservedRun,
  type TransitionEvent,
} from "../../../src/analysis/transitions/transitionWatch.js";
import { exampleRun } from "../../support/exampleAnalysisInput.js";
import { noisyPath, organismLikePath } from "../../support/plantedPaths.js";

const input = exampleRun();

/** What had been written when a step was reached. */
function observedUntil(path: DirectionTrajectory, last: number): ObservedRun {
  const log = input.log.filter(({ step }) => step <= last);
  const kept = path.steps.filter((step) => step <= last).length;
  return {
    gradientNorm: { steps: log.map(({ step }) => step), values: log.map(({ gradNorm }) => gradNorm ?? NaN) },
    directions: [{ ...path, steps: path.steps.slice(0, kept), vectors: path.vectors.slice(0, kept) }],
  };
}

function watched(
  path: DirectionTrajectory,
  indicators: readonly ("rotation" | "gradientNorm")[],
  every = 1,
): {
  events: TransitionEvent[];
  looks: number;
} {
  let watch = newWatch;
  let looks = 0;
  const events: TransitionEvent[] = [];
  for (let step = every; step <= (path.steps.at(-1) ?? 0); step += every) {
    const before = watch;
    const result = lookAt(watch, observedUntil(path, step), { indicators, draws: 49 });
    watch = result.watch;
    if (watch !== before) looks++;
    events.push(...result.events);
  }
  expect(watch.fired).toEqual(events);
  return { events, looks };
}

describe("lookAt", () => {
  test("fires once for each detector, soon after the event and at its place", () => {
    const { events, looks } = watched(organismLikePath({ seed: 3, dimension: 24 }), [
      "gradientNorm",
      "rotation",
    ]);
    expect(events.map(({ transition }) => transition.indicator).sort()).toEqual(["gradientNorm", "rotation"]);
    for (const { knownAt, transition } of events) {
      const planted = transition.indicator === "rotation" ? 69 : 62;
      expect(Math.abs(transition.step - planted)).toBeLessThanOrEqual(5);
      // Two looks a tenth apart, once the largest window of 15 steps lies behind the turn.
      expect(knownAt).toBeGreaterThan(planted);
      expect(knownAt).toBeLessThanOrEqual(1.1 ** 3 * (planted + 25));
    }
    expect(events.find(({ transition }) => transition.indicator === "rotation")?.transition.adapter).toBe(
      "path",
    );
    // From 1 to 160 by a tenth and at least one step: no more than 10 + log(160/10)/log 1.1.
    expect(looks).toBeLessThanOrEqual(40);
  });

  test("looks again only at a run that has grown, and keeps its state otherwise", () => {
    const path = organismLikePath({ seed: 3, dimension: 24 });
    const first = lookAt(newWatch, observedUntil(path, 100), { indicators: ["rotation"], draws: 49 });
    expect(first.events).toEqual([]);
    expect(first.watch.lookedAt).toBe(100);
    expect(lookAt(first.watch, observedUntil(path, 105)).watch).toBe(first.watch);
    expect(lookAt(newWatch, {}).watch).toBe(newWatch);
  });

  // Some ten looks at each run. At a rate of 5 % a run, more than two alarms in ten have a chance of 1 %.
  test("stays silent on at least 8 of 10 straight runs and random walks", () => {
    let alarms = 0;
    for (let seed = 0; seed < 10; seed++) {
      const path = noisyPath(() => (seed % 2 === 0 ? [1] : []), { seed, walk: 0.3, dimension: 8, count: 81 });
      if (watched(path, ["rotation"], 8).events.length > 0) alarms++;
    }
    expect(alarms).toBeLessThanOrEqual(2);
  });
});
