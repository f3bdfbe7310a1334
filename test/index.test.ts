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
