import { cpSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { commonPaths } from "../../../src/pipeline/directions/commonPaths.js";
import { writeSyntheticRun } from "../../support/syntheticRun.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";

test("paths of several runs have common components: the same path lies on itself, another elsewhere", () => {
  const folder = temporaryFolder();
  const [one, same, later] = ["one", "same", "later"].map((name) => join(folder, name));
  if (one === undefined || same === undefined || later === undefined) throw new Error("no folders");
  writeSyntheticRun(one, { steps: 24, turn: 8 });
  cpSync(one, same, { recursive: true });
  writeSyntheticRun(later, { steps: 24, turn: 16 });
  const elsewhere = "test/fixtures/peft-run-rank1-f32";
  const { paths, absent } = commonPaths([
    { id: "one", run: one },
    { id: "elsewhere", run: elsewhere },
    { id: "same", run: same },
    { id: "later", run: later },
    { id: "none", run: join(folder, "none") },
  ]);
  expect(paths?.paths.map(({ id, steps }) => [id, steps.length])).toEqual([
    ["one", 25],
    ["same", 25],
    ["later", 25],
  ]);
  const [first, second, third] = paths?.paths ?? [];
  expect(second?.x.map((x, index) => Math.abs(x - (first?.x[index] ?? NaN)) < 1e-9)).toEqual(
    Array(25).fill(true),
  );
  // All begin at ΔW = 0, and part where one turns and the other does not yet.
  expect(Math.abs((third?.x[0] ?? NaN) - (first?.x[0] ?? NaN))).toBeLessThan(1e-9);
  expect(
    Math.hypot((third?.x[12] ?? 0) - (first?.x[12] ?? 0), (third?.y[12] ?? 0) - (first?.y[12] ?? 0)),
  ).toBeGreaterThan(0.01);
  expect(paths?.explainedVarianceRatio[0]).toBeGreaterThan(paths?.explainedVarianceRatio[1] ?? 1);
  expect(absent.map(({ id }) => id)).toEqual(["elsewhere", "none"]);
  expect(absent[0]?.reason).toMatch(/its adapter is \d+ × \d+, not \d+ × \d+/);
});

test("long paths are thinned, with their ends, and one run alone has no common components", () => {
  const directory = join(temporaryFolder(), "run");
  writeSyntheticRun(directory, { steps: 300, turn: 100, evaluateEvery: 100 });
  const runs = [1, 2].map((number) => ({ id: String(number), run: directory }));
  const steps = commonPaths(runs).paths?.paths[0]?.steps ?? [];
  expect(steps.length).toBe(180);
  expect([steps[0], steps.at(-1)]).toEqual([0, 300]);
  expect(commonPaths(runs.slice(1)).paths).toBeNull();
});
