import { cpSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { missingSteps } from "../../src/runs/missingSteps.js";
import { openRun } from "../../src/runs/openRun.js";
import { readTrajectories } from "../../src/runs/trajectories.js";
import { temporaryFolder } from "../support/temporaryFolder.js";

const from = (first: number, last: number, spacing: number): number[] =>
  Array.from({ length: Math.floor((last - first) / spacing) + 1 }, (_, index) => first + index * spacing);
const lostOf = (steps: readonly number[]): number[] => missingSteps(steps).map(({ step }) => step);

describe("missingSteps: steps whose checkpoints were lost", () => {
  test("are found inside a regular schedule", () => {
    expect(lostOf(from(0, 41, 1).filter((step) => step !== 13 && step !== 27))).toEqual([13, 27]);
    expect(missingSteps(from(0, 100, 5).filter((step) => step !== 40 && step !== 45))).toEqual([
      { step: 40, spacing: 5 },
      { step: 45, spacing: 5 },
    ]);
    expect(lostOf(from(0, 41, 1).filter((step) => step !== 13 && step !== 15))).toEqual([13, 15]);
  });

  test("are not read into a schedule that changes, thins out or ends off its grid", () => {
    const published = [...from(1, 10, 1), ...from(15, 790, 5), 792];
    expect(published).toHaveLength(167);
    expect(lostOf(published)).toEqual([]);
    expect(lostOf([...from(0, 20, 1), ...from(25, 100, 5), ...from(101, 110, 1)])).toEqual([]);
    expect(lostOf([1, 2, 3, 4, 5, 8, 10, 15, 20, 25, 30, 33])).toEqual([]);
    expect(lostOf([0, 1, 3, 100])).toEqual([]);
    expect(lostOf([])).toEqual([]);
  });

  test("are gaps of the trajectories, with the folder that is not there", () => {
    const run = join(temporaryFolder(), "run");
    for (const step of from(0, 12, 1).filter((each) => each !== 6)) {
      cpSync("test/fixtures/peft-run-rank1-f32/checkpoint-1", join(run, `checkpoint-${step}`), {
        recursive: true,
      });
    }
    const { adapters, gaps } = readTrajectories(openRun(run));
    expect(gaps).toEqual([
      { step: 6, reason: `${join(run, "checkpoint-6")}: no such folder, though steps around it are 1 apart` },
    ]);
    expect(adapters[0]?.steps).toHaveLength(12);
    expect(readTrajectories(openRun(run), { isStepWanted: (step) => step > 6 }).gaps).toEqual([]);
  });
});
