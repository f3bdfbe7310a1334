import { describe, expect, it } from "vitest";
import { detection, falseAlarms } from "../../bench/transitions.js";
import { indicators } from "../../bench/transitionTrials.js";

/*
 * A small version of `npm run bench -- transitions`. Thresholds: at a true rate of 5 %, more than 6 alarms in 40
 * have a chance of 0.7 %; five indicators make that 3 %, but the seeds are fixed, so a failure means that a
 * detector has changed. Detection of an event that the bench always finds must not fall below 9 of 10.
 */
const all = indicators({ draws: 49, resamples: 49 });
const certain: Readonly<Record<string, readonly [size: string, noise: string]>> = {
  rotation: ["45°", "walk 0.05"],
  pcaCorner: ["45°", "walk 0.05"],
  gradientNorm: ["4 times", "white 5 %"],
  normGrowth: ["logistic, scale 30", "walk 0.0005"],
  compBend: ["45°", "white 0.005"],
};

describe.each(all)("$name", (indicator) => {
  it("raises at most 6 alarms over 40 trajectories in which nothing happens", () => {
    const total = falseAlarms(indicator, 40).at(-1);
    expect(total?.trials).toBe(40);
    expect(total?.alarms).toBeLessThanOrEqual(6);
  });

  it("finds a clear event, without bias, inside its interval", () => {
    const [size, noise] = certain[indicator.name] ?? [];
    const events = indicator.events.filter((event) => event.size === size && event.noise === noise);
    const [row] = detection({ ...indicator, events }, 10);
    expect(row?.detectedPercent).toBeGreaterThanOrEqual(90);
    expect(Math.abs(row?.bias ?? NaN)).toBeLessThanOrEqual(1.5);
    expect(row?.coveredPercent).toBeGreaterThanOrEqual(80);
  });
});
