import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { planFile, readStudyPlan, type StudyPlan } from "../../../src/pipeline/study/studyPlan.js";
import { keepStudyFault } from "../../../src/pipeline/study/studyFaults.js";
import { readManifest } from "../../../src/runs/manifest.js";
import { writeSyntheticRun } from "../syntheticRun.js";

/** Plan of a study of one row whose pairs are called after their seeds: `small-seed0` and `small-seed0-control`. */
export function plannedStudy(seeds: readonly number[]): StudyPlan {
  return {
    formatVersion: 2,
    title: "A small study",
    file: "study.yaml",
    follows: {
      likelihood: null,
      disposition: null,
      answers: { curve: { steps: ["last"], seeds: null } },
      directions: [],
      analysis: false,
    },
    pairs: seeds.map((seed) => ({
      ...{ model: "small", data: "medical", recipe: "short", seed, peakRate: 0.1, dataSeed: null },
      ...{ otherwise: "same", harmful: `small-seed${seed}`, control: `small-seed${seed}-control` },
    })),
  };
}

/** Writes the plan of a study into the folder of its runs. */
export function writePlan(runsRoot: string, plan: StudyPlan): void {
  mkdirSync(join(runsRoot, ".study"), { recursive: true });
  writeFileSync(join(runsRoot, planFile), JSON.stringify(plan));
  if (readStudyPlan(runsRoot) === null) throw new Error("no plan");
}

/** Writes a study of which the first pair is made, of the second only the harmful run failed, and the third is missing. */
export function writePlannedStudy(runsRoot: string): void {
  const run = join(runsRoot, "small-seed0");
  writeSyntheticRun(run);
  const file = join(run, "run.json");
  writeFileSync(file, JSON.stringify({ ...readManifest(file), control: "small-seed0-control" }));
  writeSyntheticRun(join(runsRoot, "small-seed0-control"), { turn: 90 });
  keepStudyFault(runsRoot, {
    ...{ run: "small-seed1", message: "models/small: expected weights, found none", hint: "Fetch them." },
    ...{ worker: "machine/7", time: "2026-01-01T00:00:00.000Z" },
  });
  writePlan(runsRoot, plannedStudy([0, 1, 2]));
}
