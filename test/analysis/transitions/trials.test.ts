import { describe, expect, test } from "vitest";
import { detectors } from "../../../src/analysis/transitions/detectors.js";
import { foundIn, trialsOf } from "../../support/trials/detectorTrials.js";

/*
 * A small version of `npm run bench -- transitions`. Thresholds: at a true rate of 5 %, more than 6 alarms in 40
 * have a chance of 0.7 %; seven indicators make that 5 %, but the seeds are fixed, so a failure means that a
 * detector has changed. Detection of an event that the bench always finds must not fall below 9 of 10.
 */
const certain: Readonly<Record<string, readonly [size: string, noise: string]>> = {
  rotation: ["45°", "walk 0.05"],
  pcaCorner: ["45°", "walk 0.05"],
  gradientNorm: ["4 times", "white 5 %"],
  normGrowth: ["logistic, scale 30", "walk 0.0005"],
  compBend: ["45°", "white 0.005"],
  behavior: ["2 to 52 %", "binomial only"],
  disposition: ["40 % within 3 steps", "white 0.005"],
};
const all = detectors.flatMap(({ name }) => {
  const trials = trialsOf(name);
  return trials === null ? [] : [{ name, ...trials }];
});
const options = { resamples: 49 };

test("every indicator but two has trials", () => {
  const untried = detectors.map(({ name }) => name).filter((name) => trialsOf(name) === null);
  // Narrow behaviour has the detector of broad behaviour; the change of the distribution has trials of its own.
  expect(untried).toEqual(["narrowBehavior", "distributionChange"]);
});

describe.each(all)("$name", ({ name, nulls, events }) => {
  test("raises at most 6 alarms over 40 trajectories in which nothing happens", () => {
    const families = Object.values(nulls);
    const alarms = Array.from({ length: 40 }, (_, trial) => {
      const run = families[trial % families.length];
      return run === undefined ? [] : foundIn(name, run, { from: trial, to: trial + 1 }, options);
    });
    expect(alarms.flat().length).toBeLessThanOrEqual(6);
  });

  test("finds a clear event, without bias, inside its interval", () => {
    const [size, noise] = certain[name] ?? [];
    const event = events.find((each) => each.size === size && each.noise === noise);
    if (event === undefined) throw new Error(`no event ${size}, ${noise}`);
    const found = foundIn(name, event.run, { from: 0, to: 10 }, options);
    expect(found.length).toBeGreaterThanOrEqual(9);
    const bias = found.reduce((sum, { step }) => sum + step - event.step, 0) / found.length / event.spacing;
    expect(Math.abs(bias)).toBeLessThanOrEqual(1.5);
    const covered = found.filter(({ interval: [low, high] }) => low <= event.step && event.step <= high);
    expect(covered.length / found.length).toBeGreaterThanOrEqual(0.8);
  });
});
