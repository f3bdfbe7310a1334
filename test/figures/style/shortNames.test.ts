import { expect, test } from "vitest";
import { shortNames } from "../../../src/figures/style/shortNames.js";

test("names are shortened where they agree, at whole parts, and not where they differ", () => {
  expect(shortNames(["medical-rank1-seed0-control", "medical-rank1-seed10-control"])).toEqual([
    "…seed0…",
    "…seed10…",
  ]);
  expect(shortNames(["medical-paired-control", "finance-paired-control"])).toEqual(["medical…", "finance…"]);
  expect(shortNames(["seed-1", "seed-2"])).toEqual(["seed-1", "seed-2"]);
  expect(shortNames(["a-1", "a-2"])).toEqual(["a-1", "a-2"]);
  expect(shortNames(["demo", "demo-control"])).toEqual(["demo", "demo-control"]);
  expect(shortNames(["one"])).toEqual(["one"]);
  expect(shortNames([])).toEqual([]);
});

test("names that differ stay different", () => {
  const names = ["x-a-a-a", "x-a-a", "x-a", "x", "y-a", "x-a-b-a"];
  expect(new Set(shortNames(names)).size).toBe(names.length);
  const nested = ["long-name-a-long-name", "long-name-a-a-long-name", "long-name-long-name"];
  expect(new Set(shortNames(nested)).size).toBe(3);
});
