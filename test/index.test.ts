import { expect, test } from "vitest";
import * as turncoat from "../src/index.js";

test("the entry offers what research calls directly", () => {
  expect(turncoat.nearestStep([0, 10, 20], 14)).toBe(10);
  expect(turncoat.wilsonInterval(0, 10)[0]).toBe(0);
  expect(turncoat.median([3, NaN, 1])).toBe(2);
  const vectors = [Float32Array.of(3, 4), Float32Array.of(0, 5)];
  const trajectory = { name: "B", steps: [0, 1], vectors };
  expect(turncoat.norms(trajectory).values).toEqual([5, 5]);
  expect(turncoat.angleBetween(Float32Array.of(1, 0), Float32Array.of(0, 2))).toBeCloseTo(90, 10);
  const { analyze, auroc, fitProbe, meanDifference, questionBootstrap, steer } = turncoat;
  for (const each of [analyze, auroc, fitProbe, meanDifference, questionBootstrap, steer]) {
    expect(each).toBeTypeOf("function");
  }
});

test("nothing that the entry exports is undefined", () => {
  expect(Object.entries(turncoat).filter(([, value]) => typeof value === "undefined")).toEqual([]);
});

test("the entry offers controls, tests of many adapters, corrected rates, judges and projections", () => {
  const answers = Array.from({ length: 40 }, (_, index) => ({
    cheap: index % 4 === 0,
    trusted: index % 2 === 0 ? index % 8 === 0 : null,
  }));
  const { trusted, rate = NaN } = turncoat.correctedRate(answers) ?? {};
  expect(trusted).toBe(20);
  // Where both judged, the trusted one says yes to a quarter and the cheap one to half; of all answers the cheap one does to a quarter.
  expect(rate).toBeGreaterThan(0.05);
  expect(rate).toBeLessThan(0.25);
  expect(
    turncoat.stepDown(
      [9, 0],
      [
        [1, 1],
        [2, 3],
        [0, 1],
      ],
    ).adjusted,
  ).toEqual([0.25, 1]);
  const module = { modulePath: "model.layers.0.mlp.down_proj", rank: 1, scaling: 2 };
  const factors = {
    inFeatures: 2,
    outFeatures: 3,
    loraA: Float32Array.of(3, 4),
    loraB: Float32Array.of(0, 0, 1),
  };
  const numbers = new turncoat.UpdateSketch().of([{ ...module, ...factors }]);
  // Of one adapter of rank 1 the sketch has the norm of ΔW, 2 · 1 · 5, as nearly as hashes leave it.
  expect(Math.hypot(...numbers)).toBeGreaterThan(9);
  expect(Math.hypot(...numbers)).toBeLessThan(11);
  const { controlTest, turningParts, fitProbeJudge, openFolderJudge, readDirections } = turncoat;
  for (const each of [controlTest, turningParts, fitProbeJudge, openFolderJudge, readDirections]) {
    expect(each).toBeTypeOf("function");
  }
});
