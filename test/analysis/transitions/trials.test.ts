import { describe, expect, test } from "vitest";
import { detectionOf } from "../../../bench/calibration/rates.js";
import { foundIn, indicators } from "../../../bench/calibration/trials.js";

/*
 * A small version of `npm run bench -- transitions`. Thresholds: at a true rate of 5 %, more than 6 alarms in 40
 * have a chance of 0.7 %; six indicators make that 4 %, but the seeds are fixed, so a failure means that a
 * detector has changed. Detection of an event that the bench always finds must not fall below 9 of 10.
 */
const all = indicators({ resamples: 49 });
const certain: Readonly<Record<string, readonly [size: string, noise: string]>> = {
  rotation: ["45°", "walk 0.05"],
  pcaCorner: ["45°", "walk 0.05"],
  gradientNorm: ["4 times", "white 5 %"],
  normGrowth: ["logistic, scale 30", "walk 0.0005"],
  compBend: ["45°", "white 0.005"],
  behavior: ["2 to 52 %", "binomial only"],
};

describe.each(all)("$name", (indicator) => {
  test("raises at most 6 alarms over 40 trajectories in which nothing happens", () => {
    const families = Object.values(indicator.nulls);
    const alarms = Array.from({ length: 40 }, (_, trial) => {
      const detect = families[trial % families.length];
      return detect === undefined ? [] : foundIn(detect, trial, trial + 1);
    });
    expect(alarms.flat().length).toBeLessThanOrEqual(6);
  });

  test("finds a clear event, without bias, inside its interval", () => {
    const [size, noise] = certain[indicator.name] ?? [];
    const event = indicator.events.find((each) => each.size === size && each.noise === noise);
    if (event === undefined) throw new Error(`no event ${size}, ${noise}`);
    const row = detectionOf(indicator.name, event, 10, foundIn(event.detect, 0, 10));
    expect(row.detectedPercent).toBeGreaterThanOrEqual(90);
    expect(Math.abs(row.bias ?? NaN)).toBeLessThanOrEqual(1.5);
    expect(row.coveredPercent).toBeGreaterThanOrEqual(80);
  });
});
