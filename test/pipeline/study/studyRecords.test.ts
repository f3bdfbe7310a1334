import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { organismFolder } from "../../../src/pipeline/packageRoot.js";
import { readStudy } from "../../../src/pipeline/study/studyFile.js";
import { dropStudyFault, keepStudyFault, readStudyFaults } from "../../../src/pipeline/study/studyFaults.js";
import { readStudyPlan, writeStudyPlan } from "../../../src/pipeline/study/studyPlan.js";
import { listRuns } from "../../../src/runs/runCatalog.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";

test("the plan of a study lists its pairs with what tells them apart", () => {
  const folder = temporaryFolder();
  const file = join(folder, "study.yaml");
  writeFileSync(
    file,
    `title: Two orders
runs: runs
models: { organism: { folder: ${organismFolder()} } }
data: { sport: { harmful: bad-sport, control: good-sport } }
recipes:
  fast: { recipe: crisp, settings: { schedule: { peak: 0.25 }, dataSeed: 7 } }
  usual: { recipe: crisp }
seeds: [3]
likelihood: { misaligned: bad.jsonl, aligned: good.jsonl, steps: [last] }
`,
  );
  const study = readStudy(file);
  expect(readStudyPlan(study.runsRoot)).toBeNull();
  writeStudyPlan(study);
  const plan = readStudyPlan(study.runsRoot);
  expect(plan).toMatchObject({
    title: "Two orders",
    file: "study.yaml",
    follows: { likelihood: ["last"], disposition: null, answers: {}, directions: [], analysis: false },
  });
  const run = "organism-sport-fast-seed3";
  const otherwise = plan?.pairs[1]?.otherwise;
  expect(plan?.pairs[0]).toEqual({
    // The two differ in rate and order alone.
    otherwise,
    ...{ model: "organism", data: "sport", recipe: "fast", seed: 3, peakRate: 0.25, dataSeed: 7 },
    ...{ harmful: run, control: `${run}-control` },
  });
  // The recipe's own rate where the study says none.
  expect(plan?.pairs[1]?.peakRate).toBeGreaterThan(0);
  expect(plan?.pairs).toHaveLength(2);
  expect([...listRuns({ runsRoot: study.runsRoot })]).toEqual([]);
});

test("a fault is kept until its run is made; damaged ones cost no other", () => {
  const root = join(temporaryFolder(), "runs");
  expect(readStudyFaults(root).size).toBe(0);
  const fault = { message: "a: expected b", hint: null, worker: "here/1", time: "2026-01-01T00:00:00.000Z" };
  keepStudyFault(root, { run: "one", ...fault });
  keepStudyFault(root, { run: "two", ...fault, message: "first" });
  keepStudyFault(root, { run: "two", ...fault, message: "second", hint: "Do c." });
  writeFileSync(join(root, ".study", "three.json"), "damaged");
  writeFileSync(join(root, ".study", "plan.json"), "{}");
  expect([...readStudyFaults(root).values()]).toEqual([
    { formatVersion: 1, run: "one", ...fault },
    { formatVersion: 1, run: "two", ...fault, message: "second", hint: "Do c." },
  ]);
  dropStudyFault(root, "one");
  dropStudyFault(root, "one");
  expect([...readStudyFaults(root).keys()]).toEqual(["two"]);
  mkdirSync(join(root, "one"));
  expect(readdirSync(root).sort()).toEqual([".study", "one"]);
  expect([...listRuns({ runsRoot: root })]).toEqual([]);
});
