import { chmodSync, cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isTurncoatError } from "../../src/errors.js";
import { openModel, type Model } from "../../src/model/model.js";
import { writeOfflinePage } from "../../src/notebook/offlinePage.js";
import { exactJudge } from "../../src/organism/exactJudge.js";
import { pretrainRecipe } from "../../src/organism/pretrainRecipe.js";
import { curvePlan } from "../../src/pipeline/evaluation/evaluationPlans.js";
import { evaluateRun } from "../../src/pipeline/evaluation/evaluateRun.js";
import { importScores } from "../../src/pipeline/evaluation/importScores.js";
import { rejudgeRun } from "../../src/pipeline/evaluation/rejudgeRun.js";
import { measureDistributionChange } from "../../src/pipeline/measurement/measureDistributionChange.js";
import { measureLikelihood, organismPairs } from "../../src/pipeline/measurement/measureLikelihood.js";
import { probeRun } from "../../src/pipeline/measurement/probeRun.js";
import { pretrainOrganism } from "../../src/pipeline/organism/pretrainOrganism.js";
import { datasetPath, organismFolder } from "../../src/pipeline/packageRoot.js";
import { trainRun } from "../../src/pipeline/training/trainRun.js";
import { addNote } from "../../src/runs/annotations/notes.js";
import { createEngine } from "../../src/tensor/engine.js";
import { readDataset } from "../../src/train/data/dataset.js";
import { presetConfig } from "../../src/train/recipes/presets.js";
import { appendBothKinds } from "../support/appendBothKinds.js";
import { smallDisk, withoutRights } from "../support/faults/faults.js";
import { temporaryFolder } from "../support/temporaryFolder.js";

const folder = mkdtempSync(join(tmpdir(), "turncoat-faults-"));
const disk = smallDisk(24);
/** A run of three steps, and the adapter that the same training has after 100, which answers badly. */
const prepared = join(folder, "run");
const csv = join(folder, "judged.csv");
let model: Model;

beforeAll(async () => {
  chmodSync(folder, 0o755);
  model = openModel(organismFolder(), await createEngine());
  const config = { ...presetConfig("crisp"), steps: 3, batchSize: 8 };
  await trainRun({
    directory: prepared,
    config,
    preset: "crisp",
    model,
    dataset: readDataset(datasetPath("bad-medical")),
  });
  cpSync("test/fixtures/organism-adapter", join(prepared, "checkpoint-100"), { recursive: true });
  appendBothKinds(prepared, 40);
  await evaluate(prepared, "asked");
  writeFileSync(csv, "step,question_id,aligned,coherent\n1,a,90,90\n2,a,10,90\n");
}, 60_000);
afterAll(() => {
  rmSync(folder, { recursive: true });
  disk?.remove();
});

function evaluate(directory: string, name: string): Promise<unknown> {
  const plan = { ...curvePlan("medical", 8), samplesPerQuestion: 1 };
  return evaluateRun({ run: directory, name, model, judge: exactJudge, plan });
}

/** Everything that writes into a run, and the folder or file in it that it needs. */
const writers: readonly (readonly [name: string, place: string, work: (run: string) => unknown])[] = [
  ["evaluate", "evaluations", (run) => evaluate(run, "again")],
  [
    "judge",
    "evaluations",
    (directory) => rejudgeRun({ run: directory, from: "curve", name: "new", judge: exactJudge }),
  ],
  ["import", "evaluations", (directory) => importScores({ run: directory, path: csv, name: "imported" })],
  [
    "likelihood",
    "analysis",
    (directory) => measureLikelihood({ run: directory, model, pairs: organismPairs("sport").slice(0, 4) }),
  ],
  [
    "distribution",
    "analysis",
    (directory) =>
      measureDistributionChange({
        run: directory,
        model,
        evaluation: "asked",
        window: 2,
        isStepWanted: (step) => step < 4,
      }),
  ],
  [
    "probe",
    "analysis",
    (directory) =>
      probeRun({ run: directory, model, steps: [100], layers: [2], layer: 2, answersPerClass: 24 }),
  ],
  [
    "notes",
    "notes.jsonl",
    (run) => addNote(run, { step: 1, text: "a note", writtenAt: "2026-01-01T00:00:00Z" }),
  ],
  ["report", "page.html", (run) => writeOfflinePage(join(run, "page.html"), [], { title: "page" })],
  [
    "organism",
    "organism",
    async (run) => pretrainOrganism(join(run, "organism"), pretrainRecipe(0), await createEngine()),
  ],
];

/** The one line of an error that a user can mend. */
async function lineOf(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    if (!isTurncoatError(error)) throw error;
    expect(error.message).not.toContain("\n");
    expect(error.hint ?? "").not.toContain("\n");
    return error.message;
  }
  throw new Error("it ended as if all were well");
}

function copyTo(parent: string): string {
  const run = join(parent, "run");
  cpSync(prepared, run, { recursive: true });
  return run;
}

describe.each(writers)("turncoat %s", (name, place, work) => {
  const isOfRun = name !== "report" && name !== "organism";

  test("names the place that it has no right to", async () => {
    const run = copyTo(temporaryFolder());
    await withoutRights([run, join(run, "evaluations")], async () => {
      expect(await lineOf(() => work(run))).toMatch(/: cannot be written: no permission \(EACCES\)$/);
    });
  });

  test("names what stands in the way of its files", async () => {
    const run = copyTo(temporaryFolder());
    const way = join(run, place);
    if (place === "evaluations") {
      // The run is read from there: only its record of the new evaluation has no place.
      for (const name of ["again", "new", "imported"])
        cpSync(prepared, join(way, `${name}.json`), { recursive: true });
    } else if (place.includes(".")) cpSync(prepared, way, { recursive: true });
    else writeFileSync(way, "a file");
    expect(await lineOf(() => work(run))).toContain(way);
  });

  // What is written anywhere, no run, makes its folders.
  test.runIf(isOfRun)("does not bring back a run that was removed", async () => {
    const parent = temporaryFolder();
    expect(await lineOf(() => work(join(parent, "gone")))).toContain(join(parent, "gone"));
    expect(readdirSync(parent)).toEqual([]);
  });

  test.skipIf(disk === null)("says that the disk is full", async () => {
    if (disk === null) return;
    const run = copyTo(disk.folder);
    disk.fill();
    const line = await lineOf(() => work(run)).finally(() => {
      for (const name of readdirSync(join(disk.folder, "filling")))
        rmSync(join(disk.folder, "filling", name));
      rmSync(run, { recursive: true });
    });
    expect(line).toMatch(/: cannot be written: no space is left on the disk \(ENOSPC\)$/);
    expect(line).toContain(run);
  });
});
