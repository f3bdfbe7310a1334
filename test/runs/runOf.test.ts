import { cpSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { analyzeRun, heldAgainstControls } from "../../src/index.js";
import { directoryOf, openRun, runOf } from "../../src/runs/openRun.js";
import { temporaryFolder } from "../support/temporaryFolder.js";

const fixture = "test/fixtures/peft-run-rank1-f32";

test("a run is taken as a path, or as it was opened", () => {
  const run = openRun(fixture);
  expect(runOf(run)).toBe(run);
  expect(runOf(fixture)).toEqual(run);
  expect([directoryOf(run), directoryOf(fixture)]).toEqual([fixture, fixture]);
  expect(() => runOf("nowhere")).toThrow("nowhere: no such folder");
});

test("an analysis is the same of a path and of an opened run, and so is what is held against controls", async () => {
  const folder = join(temporaryFolder(), "run");
  cpSync(fixture, folder, { recursive: true });
  const byPath = await analyzeRun(folder);
  const opened = await analyzeRun(openRun(folder));
  expect(opened.analysis.transitions).toEqual(byPath.analysis.transitions);
  const held = await heldAgainstControls(folder, [openRun(folder)]);
  expect(held.verdicts).toEqual((await heldAgainstControls(opened, [byPath])).verdicts);
  expect(held.controls).toEqual(["run"]);
});
