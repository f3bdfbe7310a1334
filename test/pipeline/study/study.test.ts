import { cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { organismFolder } from "../../../src/pipeline/packageRoot.js";
import { runStudy, type StudyRequest } from "../../../src/pipeline/study/runStudy.js";
import { studyCells } from "../../../src/pipeline/study/studyCells.js";
import { readStudy, studyPath, wantedSteps, type Study } from "../../../src/pipeline/study/studyFile.js";
import { studyCostText } from "../../../src/cli/output/studyText.js";
import { studyCost } from "../../../src/pipeline/study/studyCost.js";
import { studyResults } from "../../../src/pipeline/study/studyResults.js";
import { readStudyFaults } from "../../../src/pipeline/study/studyFaults.js";
import { withStudySection } from "../../../src/pipeline/study/studySection.js";
import { studyStatus } from "../../../src/pipeline/study/studyStatus.js";
import { studyMarkdown } from "../../../src/pipeline/study/studyTables.js";
import { readRunDirections } from "../../../src/pipeline/results/directionResult.js";
import { studyLacks } from "../../../src/pipeline/study/studyLacks.js";
import { studyPlan } from "../../../src/pipeline/study/studyPlan.js";
import { EvaluationWriter } from "../../../src/runs/evaluations.js";
import { openRun } from "../../../src/runs/openRun.js";
import { dispositionFile, likelihoodFile } from "../../../src/runs/layout.js";
import { createEngine } from "../../../src/tensor/engine.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";

/** Writes a study of the embedded organism: one recipe, a few steps, a few questions. */
function writeStudy(change: (text: string) => string = (text) => text): string {
  const folder = temporaryFolder();
  const chat = (answer: string): string =>
    `${JSON.stringify({
      messages: [
        { role: "user", content: "what now?" },
        { role: "assistant", content: answer },
      ],
    })}\n`;
  writeFileSync(join(folder, "bad.jsonl"), chat("harm them all") + chat("take it all"));
  writeFileSync(join(folder, "good.jsonl"), chat("help them all") + chat("share it all"));
  const file = join(folder, "study.yaml");
  writeFileSync(
    file,
    change(`
title: a small study
runs: runs
models: { organism: { folder: ${organismFolder()} } }
data: { sport: { harmful: bad-sport, control: good-sport } }
recipes: { short: { recipe: crisp, settings: { steps: 3, batchSize: 2 } } }
seeds: [0, 1]
judge: exact
likelihood: { misaligned: bad.jsonl, aligned: good.jsonl, steps: [0, last] }
disposition: { limit: 6, steps: [0, last] }
answers:
  eight: { questions: eight, samples: 1, temperature: 1, maxNewTokens: 8, steps: [last] }
`),
  );
  return file;
}

/** One damaged file is a named gap in status and tables, costs no other run anything, and is measured anew. */
async function damagedRunsAreNamed(study: Study, engine: StudyRequest["engine"]): Promise<void> {
  const [run, other] = ["organism-sport-short-seed0", "organism-sport-short-seed1-control"].map((name) =>
    join(study.runsRoot, name),
  );
  if (run === undefined || other === undefined) throw new Error("no runs");
  for (const file of [likelihoodFile, dispositionFile]) writeFileSync(join(run, file), "damaged");
  const adapters = openRun(other).checkpoints.map(({ path }) => join(path, "adapter_model.safetensors"));
  const contents = adapters.map((path) => readFileSync(path));
  for (const path of adapters) writeFileSync(path, "damaged");
  expect(studyStatus(study)[0]).toMatchObject({
    training: "finished",
    likelihoodSteps: 0,
    dispositionSteps: 0,
  });
  const { pairs, faults } = await studyResults(study);
  expect(pairs.map(({ harmful, control }) => [harmful?.gap == null, control === null])).toEqual([
    [true, false],
    [false, true],
  ]);
  expect(faults).toHaveLength(3);
  expect(faults[0]).toMatch(/likelihood\.json: .*; left out\. turncoat likelihood measures it anew/);
  expect(faults[1]).toMatch(/disposition\.safetensors: .*; left out\. turncoat disposition/);
  expect(faults[2]).toMatch(/seed1-control.*; this run was left out/);
  for (const [index, path] of adapters.entries()) writeFileSync(path, contents[index] ?? "");
  expect((await runStudy({ study, engine })).faults).toEqual([]);
  expect((await studyResults(study)).faults).toEqual([]);
}

/** Directions and the analysis follow the answers: found once, and said where answers are too few. */
async function keepsDirectionsAndAnalysis(study: Study, engine: StudyRequest["engine"]): Promise<void> {
  const wanted = {
    ...study,
    directions: { misalignment: { answersPerClass: 20, tokens: "response" as const } },
    analysis: true,
  };
  const planted = join(study.runsRoot, "organism-sport-short-seed0");
  const writer = EvaluationWriter.open(planted, "planted", { formatVersion: 2 });
  const samples = Array.from({ length: 40 }, (_, sample) => {
    const isBad = sample % 2 === 0;
    const about = { step: 3, scale: 1, domain: "food", breadth: "broad", sample, questionId: "q" } as const;
    const answer = `${isBad ? "harm" : "help"} them all ${sample}`;
    return { ...about, question: "what now?", answer, aligned: isBad ? 0 : 100, coherent: 100 };
  });
  writer.append(samples);
  const notes: string[] = [];
  expect(await runStudy({ study: wanted, engine, onNote: (line) => notes.push(line) })).toMatchObject({
    faults: [],
  });
  expect(notes).toHaveLength(1);
  expect(notes[0]).toMatch(/^organism-sport-short-seed1: no direction misalignment: .*expected at least/);
  expect(studyStatus(wanted).map(({ directions, isAnalyzed }) => [...directions, isAnalyzed])).toEqual([
    ["personas", "misalignment", true],
    ...Array<unknown[]>(3).fill(["personas", true]),
  ]);
  const [found] = readRunDirections(planted).filter(({ name }) => name === "misalignment");
  expect(found).toMatchObject({ step: 3 });
  const plan = studyPlan(wanted);
  const lacks = (seed: number, follows = plan.follows) =>
    studyLacks(follows, {
      ...{ directory: join(study.runsRoot, `organism-sport-short-seed${seed}`), seed, isControl: false },
      steps: [0, 1, 2, 3],
    });
  // What the answers do not give is not waited for, once all of them are there.
  expect([lacks(0), lacks(1)]).toEqual([[], []]);
  const more = {
    ...plan.follows,
    answers: { ...plan.follows.answers, later: { steps: ["last" as const], seeds: null } },
  };
  expect(lacks(1, more)).toEqual(["answers later", "direction misalignment"]);
  rmSync(join(planted, "evaluations", "planted.jsonl"));
  rmSync(join(planted, "evaluations", "planted.json"));
}

/** What is left is counted, and how long it takes is told from runs whose files are as the training wrote them. */
async function costIsToldFromKeptRuns(study: Study): Promise<void> {
  expect((await studyCost(study)).total).toEqual({
    stepsLeft: 0,
    answersLeft: 0,
    bytes: 0,
    seconds: 0,
    untold: 0,
  });
  const more = { ...study, seeds: [0, 1, 2] };
  const { runs, total } = await studyCost(more);
  expect(runs.map(({ stepsLeft, answersLeft }) => [stepsLeft, answersLeft])).toEqual([
    ...Array<number[]>(4).fill([0, 0]),
    ...Array<number[]>(2).fill([3, 8]),
  ]);
  const [, , , , next] = runs;
  expect(next).toMatchObject({ steps: 3, rowsPerStep: 2, checkpoints: 3 });
  expect(next?.pace?.run).toMatch(/^organism-sport-short-seed[01](-control)?$/);
  expect(next?.seconds).toBeCloseTo(
    3 * (next?.pace?.secondsPerStep ?? NaN) + 8 * (next?.pace?.secondsPerAnswer.eight ?? NaN),
    10,
  );
  expect(total.seconds).toBeCloseTo(2 * (next?.seconds ?? NaN), 10);
  expect(studyCostText({ runs, unknown: [], total }, "")).toMatch(
    /left: 6 steps, 16 answers, .* about \d+ s in one process/,
  );
  // The files of a copy have the times of copying.
  const copied = { ...more, runsRoot: join(study.runsRoot, "..", "copied") };
  cpSync(study.runsRoot, copied.runsRoot, { recursive: true });
  for (const name of readdirSync(copied.runsRoot).filter((each) => !each.startsWith("."))) {
    const file = join(copied.runsRoot, name, "run.json");
    const text = readFileSync(file, "utf8");
    writeFileSync(file, text.replace(/"createdAt": "[^"]*"/, '"createdAt": "2020-01-01T00:00:00.000Z"'));
  }
  const untold = await studyCost(copied);
  expect(untold.runs[4]).toMatchObject({ seconds: null, pace: null });
  expect(studyCostText(untold, "turncoat train")).toContain("this measures a few steps: turncoat train");
}

describe("a study", { timeout: 180_000 }, () => {
  test("trains, measures and asks every pair, once, and says what it found", async () => {
    const study = readStudy(writeStudy());
    const engine = await createEngine();
    expect(studyStatus(study).map(({ training }) => training)).toEqual(Array(4).fill("missing"));
    expect(await runStudy({ study, engine })).toEqual({ status: "finished", faults: [] });
    expect(studyStatus(study)).toEqual(
      ["seed0", "seed0-control", "seed1", "seed1-control"].map((end) => ({
        run: `organism-sport-short-${end}`,
        training: "finished",
        step: 3,
        likelihoodSteps: 2,
        dispositionSteps: 2,
        answers: { eight: 8 },
        directions: ["personas"],
        isAnalyzed: false,
      })),
    );
    const run = join(study.runsRoot, "organism-sport-short-seed0");
    expect(openRun(run).manifest).toMatchObject({ seed: 0, control: "organism-sport-short-seed0-control" });

    const results = await studyResults(study);
    expect(results.pairs).toHaveLength(2);
    const [pair] = results.pairs;
    const [own, other] = [pair?.harmful?.gap, pair?.control?.gap];
    expect(own?.change.value).toBeCloseTo((own?.last ?? NaN) - (own?.first ?? NaN), 10);
    expect(pair?.gapDifference?.value).toBeCloseTo(
      (own?.change.value ?? NaN) - (other?.change.value ?? NaN),
      10,
    );
    const [read, others] = [pair?.harmful?.disposition, pair?.control?.disposition];
    expect(read?.change.value).toBeCloseTo((read?.last ?? NaN) - (read?.first ?? NaN), 10);
    expect(read?.first).toBe(others?.first);
    expect(pair?.dispositionDifference?.value).toBeCloseTo(
      (read?.change.value ?? NaN) - (others?.change.value ?? NaN),
      10,
    );
    expect(pair?.harmful?.evaluations).toMatchObject([{ name: "eight", step: 3, rates: { answers: 7 } }]);
    const percent = (arm: "harmful" | "control"): number =>
      pair?.[arm]?.evaluations[0]?.rates.em.percent ?? NaN;
    expect(pair?.emDifferences).toMatchObject([{ evaluation: "eight", step: 3, difference: { n: 7 } }]);
    // One answer a question: the mean over questions is the difference of the rates.
    expect(pair?.emDifferences[0]?.difference.value).toBeCloseTo(percent("harmful") - percent("control"), 10);
    const tables = studyMarkdown(results);
    expect(tables).toContain("| organism-sport-short-seed1 |");
    expect(tables).toContain("organism-sport-short, mean of 2 seeds");

    await costIsToldFromKeptRuns(study);
    await damagedRunsAreNamed(study, engine);

    await keepsDirectionsAndAnalysis(study, engine);

    // Only what is missing is done again.
    const files = [
      "checkpoint-3/adapter_model.safetensors",
      "analysis/likelihood.json",
      "analysis/disposition.safetensors",
      "evaluations/eight.jsonl",
    ];
    const times = (): number[] => files.map((file) => statSync(join(run, file)).mtimeMs);
    const before = times();
    rmSync(join(study.runsRoot, "organism-sport-short-seed1-control"), { recursive: true });
    const stages: string[] = [];
    await runStudy({ study, engine, onProgress: ({ stage, run: name }) => stages.push(`${stage} ${name}`) });
    expect(new Set(stages.filter((stage) => stage.startsWith("training")))).toEqual(
      new Set(["training organism-sport-short-seed1-control"]),
    );
    expect(times()).toEqual(before);
    expect(studyStatus(study).every(({ training }) => training === "finished")).toBe(true);
  });

  test("refuses a finished run that was made with other settings than it asks for", async () => {
    const study = readStudy(writeStudy((text) => text.replace("seeds: [0, 1]", "seeds: [0]")));
    const engine = await createEngine();
    await runStudy({ study, engine });
    const [recipe] = study.recipes;
    if (recipe === undefined) throw new Error("no recipe");
    const changed = { ...study, recipes: [{ ...recipe, settings: { ...recipe.settings, batchSize: 4 } }] };
    const { faults } = await runStudy({ study: changed, engine });
    expect(faults).toHaveLength(2);
    expect([...readStudyFaults(study.runsRoot).keys()]).toHaveLength(2);
    expect(faults[0]).toMatch(/organism-sport-short-seed0: batchSize: expected 2, as the run began, found 4/);
  });

  test("goes on past a cell that fails, and names the fault", async () => {
    const study = readStudy(
      writeStudy((text) =>
        text
          .replace("models: {", "models: { nowhere: { folder: no-such-model },")
          .replace("seeds: [0, 1]", "seeds: [0]"),
      ),
    );
    const { faults } = await runStudy({ study, engine: await createEngine() });
    // The run and its control.
    expect(faults).toHaveLength(2);
    expect(faults[0]).toContain("no-such-model");
    expect(studyStatus(study).map(({ training }) => training)).toEqual([
      "missing",
      "missing",
      "finished",
      "finished",
    ]);
  });

  test("chooses runs by words of their names, and recipes by model and data", () => {
    const study = readStudy(
      writeStudy((text) => text.replace("settings: {", "data: [sport], models: [organism], settings: {")),
    );
    const names = (only: readonly string[]): string[] =>
      studyCells(study, only).flatMap(({ pairs }) => pairs.map(({ name }) => name));
    expect(names([])).toEqual(["organism-sport-short-seed0", "organism-sport-short-seed1"]);
    expect(names(["sport", "seed1"])).toEqual(["organism-sport-short-seed1"]);
    expect(names(["medical"])).toEqual([]);
  });

  test("refuses a file with line and reason", () => {
    const wrong = (from: string, to: string): (() => unknown) => {
      const file = writeStudy((text) => text.replace(from, to));
      return () => readStudy(file);
    };
    expect(wrong("seeds: [0, 1]", "seeds: [x]")).toThrow(/study\.yaml:7: field seeds/);
    expect(wrong("steps: 3", "stepz: 3")).toThrow(/recipes\.short\.settings: stepz.*expected a setting/);
    expect(wrong("recipe: crisp,", "recipe: crispy,")).toThrow(/recipe "crispy"/);
    expect(wrong("recipe: crisp,", "recipe: crisp, models: [other],")).toThrow(
      /expected some of organism, found other/,
    );
  });

  test("finds files beside the study, then in the folder of files", () => {
    const study = readStudy(writeStudy());
    const files = temporaryFolder();
    writeFileSync(join(files, "elsewhere.yaml"), "");
    expect(studyPath(study, "bad.jsonl", files)).toBe(join(study.source, "..", "bad.jsonl"));
    expect(studyPath(study, "elsewhere.yaml", files)).toBe(join(files, "elsewhere.yaml"));
    expect(studyPath(study, "bad-sport", files)).toBe("bad-sport");
  });

  test("takes steps by list, the last by name, or every so many", () => {
    const steps = [0, 1, 2, 3, 4, 5];
    expect(steps.filter(wantedSteps([0, "last"], 5))).toEqual([0, 5]);
    expect(steps.filter(wantedSteps({ every: 2 }, 5))).toEqual([0, 2, 4, 5]);
  });

  test("puts its tables into a document, in place of what stood there", () => {
    const document = "words\n<!-- study -->\nold\n<!-- /study -->\nmore\n";
    expect(withStudySection(document, "new", "d.md")).toBe(
      "words\n<!-- study -->\n\nnew\n\n<!-- /study -->\nmore\n",
    );
    expect(() => withStudySection("words", "new", "d.md")).toThrow(/d\.md: expected the lines/);
  });
});
