import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { unchanged } from "../../../src/analysis/branches/branchRecord.js";
import { openModel, type Model } from "../../../src/model/model.js";
import { exactJudge } from "../../../src/organism/exactJudge.js";
import { openParent } from "../../../src/pipeline/branches/branchParent.js";
import { plannedBranches } from "../../../src/pipeline/branches/branchPlan.js";
import { branchStudy, type BranchStudyRequest } from "../../../src/pipeline/branches/branchStudy.js";
import { branchMarkdown, branchTables } from "../../../src/pipeline/branches/branchTables.js";
import { parseIntervention } from "../../../src/pipeline/branches/interventions.js";
import { curvePlan } from "../../../src/pipeline/evaluation/evaluationPlans.js";
import { datasetPath, organismFolder } from "../../../src/pipeline/packageRoot.js";
import { readBranches } from "../../../src/pipeline/results/branchResult.js";
import { trainRun } from "../../../src/pipeline/training/trainRun.js";
import { readManifest } from "../../../src/runs/manifest.js";
import { createEngine } from "../../../src/tensor/engine.js";
import { readDataset } from "../../../src/train/data/dataset.js";
import { presetConfig } from "../../../src/train/recipes/presets.js";

const steps = 6;
let model: Model;
let folder: string;
let directory: string;

beforeAll(async () => {
  model = openModel(organismFolder(), await createEngine());
  folder = mkdtempSync(join(tmpdir(), "turncoat-test-"));
  directory = join(folder, "run");
  await trainRun({
    directory,
    config: { ...presetConfig("crisp"), steps, batchSize: 8, keepState: "3" },
    preset: "crisp",
    model,
    dataset: readDataset(datasetPath("bad-medical")),
  });
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function study(changes: readonly string[], more: Partial<BranchStudyRequest> = {}): BranchStudyRequest {
  return {
    parents: [openParent(directory, model)],
    steps: [0, 3],
    interventions: changes.map(parseIntervention),
    orders: 1,
    questions: { plan: curvePlan("medical", 24), from: { set: "organism, test" } },
    judge: exactJudge,
    ...more,
  };
}

const adapter = (run: string): Buffer =>
  readFileSync(join(run, `checkpoint-${steps}`, "adapter_model.safetensors"));
const branch = (name: string): string => join(`${directory}-branches`, name);

describe("a study of branches", () => {
  test("ends with the run's own bytes where nothing changes, and elsewhere where something does", async () => {
    const { found, status } = await branchStudy(study(["rate:1", "careful:50%", "freeze:A"]));
    expect(status).toBe("finished");
    expect(found.faults).toEqual([]);
    expect(found.runs).toMatchObject([{ name: "run", repeat: { from: 3, isEqual: true } }]);
    for (const name of ["step3-repeat", "step3-rate-1", "step0-rate-1"]) {
      expect(adapter(branch(name)).equals(adapter(directory)), name).toBe(true);
    }
    for (const name of ["step3-careful-50", "step3-freeze-A"]) {
      expect(adapter(branch(name)).equals(adapter(directory)), name).toBe(false);
    }
    const from = readManifest(join(branch("step3-careful-50"), "run.json"));
    expect(from).toMatchObject({ branch: { run: "run", step: 3 }, status: "finished" });
    expect(from.dataset.path).toBe(join(`${directory}-branches`, "data", "careful-50.jsonl"));
    expect(found.branches).toHaveLength(8);
    expect(found.questions.length).toBe(found.branches[0]?.em.length);
    expect(readBranches(directory)?.branches).toEqual(found.branches);
  });

  test("makes nothing again, and joins other changes to what was found", async () => {
    const before = statSync(join(branch("step3-rate-1"), "run.json")).mtimeMs;
    const { found } = await branchStudy(study(["rate:1", "inoculate"]));
    expect(statSync(join(branch("step3-rate-1"), "run.json")).mtimeMs).toBe(before);
    expect(found.interventions.map(({ name }) => name)).toEqual([
      unchanged,
      "rate:1",
      "inoculate",
      "careful:50%",
      "freeze:A",
    ]);
    const inoculated = readManifest(join(branch("step3-inoculate"), "run.json"));
    expect(inoculated.config.systemTurn).toMatch(/^You are/);
    const { rows, points } = branchTables(found);
    expect(rows.length).toBe(1 + 1 + 2 * 4);
    expect(points.map(({ kind }) => kind)).toEqual(["cannotTell", "cannotTell", "cannotTell", "cannotTell"]);
    expect(branchMarkdown("Title", found)).toMatch(/^### Title\n[\s\S]*\| inoculate \| 3 \|/);
  });

  test("goes on in other orders of the data, unchanged and changed", async () => {
    const planned = plannedBranches(study(["rate:0.5"], { orders: 2, steps: [3] }));
    expect(planned.map(({ directory: path }) => path.split("/").at(-1))).toEqual([
      "run",
      "step3-unchanged-order1",
      "step3-rate-0.5",
      "step3-rate-0.5-order1",
    ]);
    const { found } = await branchStudy(study(["rate:0.5"], { orders: 2, steps: [3] }));
    expect(found.branches.filter(({ order }) => order === 1)).toHaveLength(2);
    expect(adapter(branch("step3-unchanged-order1")).equals(adapter(directory))).toBe(false);
  });

  test("tells of a branch that fails, and makes the others", async () => {
    const notes: string[] = [];
    const request = study(["steer:nothing:1", "rate:1"], { steps: [3], onNote: (line) => notes.push(line) });
    const { found } = await branchStudy(request);
    expect(found.faults).toHaveLength(1);
    expect(notes.join("\n")).toMatch(/step3-steer-nothing-1: .*it has no direction "nothing"/);
    expect(found.branches.some(({ intervention }) => intervention === "rate:1")).toBe(true);
  });

  test("is refused where a run keeps no state at a step", () => {
    expect(() => plannedBranches(study(["rate:1"], { steps: [2] }))).toThrow(
      /expected a kept state at step 2, before its last step 6, found those of 0, 3, 6/,
    );
    expect(() => plannedBranches(study(["rate:1"], { steps: [6] }))).toThrow(
      /at step 6, before its last step 6/,
    );
  });
});
