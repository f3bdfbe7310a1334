import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isTurncoatError } from "../../../src/errors.js";
import type { Model } from "../../../src/model/model.js";
import { listedRun } from "../../../src/pipeline/catalog/listedRun.js";
import { trainRun, type TrainRequest } from "../../../src/pipeline/training/trainRun.js";
import { openRun } from "../../../src/runs/openRun.js";
import { filesOf, smallConfig, smallDataset } from "../../support/training/tinyTraining.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";
import { tinyModel } from "../../support/tinyModels.js";

let model: Model;
let folder: string;
/** A finished run of four steps. */
let whole: string;

const config = { ...smallConfig, steps: 4 };

beforeAll(async () => {
  model = await tinyModel("tiny-qwen2");
  folder = mkdtempSync(join(tmpdir(), "turncoat-whole-"));
  whole = join(folder, "whole");
  await train(whole);
});

afterAll(() => rmSync(folder, { recursive: true }));

function train(directory: string, how: Partial<TrainRequest> = {}): Promise<string> {
  mkdirSync(dirname(directory), { recursive: true });
  return trainRun({ directory, config, model, dataset: smallDataset(dirname(directory)), ...how });
}

/** A copy of the run, as its writer left it when it died. */
function died(change: (directory: string) => void): string {
  const directory = join(temporaryFolder(), "run");
  cpSync(whole, directory, { recursive: true });
  const manifest = join(directory, "run.json");
  writeFileSync(manifest, readFileSync(manifest, "utf8").replace('"finished"', '"running"'));
  change(directory);
  return directory;
}

function removeSteps(directory: string, from: number): void {
  for (let step = from; step <= 4; step++) rmSync(join(directory, `checkpoint-${step}`), { recursive: true });
}

async function failureOf(work: Promise<unknown>): Promise<{ message: string; hint: string }> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!isTurncoatError(error)) throw new Error(`expected a named error, found ${String(error)}`);
  return { message: error.message, hint: error.hint ?? "" };
}

describe("a run that died before its first resume state", () => {
  test.each([
    ["after run.json", 0],
    ["after the checkpoint of step 0", 1],
  ])("%s is begun again by --resume, to the files of one that never died", async (_, from) => {
    const directory = died((run) => {
      for (const name of ["resume", "trainer_state.json"]) rmSync(join(run, name), { recursive: true });
      removeSteps(run, from);
      mkdirSync(join(run, ".resume.partial"));
      writeFileSync(join(run, "run.json.3180291375"), "{");
    });
    const plain = await failureOf(train(directory));
    expect(plain.message).toBe(`${directory}: there is a run already`);
    expect(plain.hint).toContain(`turncoat train ${directory} --resume continues it`);
    expect(await train(directory, { resume: true })).toBe("finished");
    expect(filesOf(directory)).toEqual(filesOf(whole));
  });

  test("and so is one whose second beginning died too", async () => {
    const directory = died((run) => {
      rmSync(join(run, "resume"), { recursive: true });
      removeSteps(run, 0);
      writeFileSync(join(run, "trainer_state.json"), '{"global_step": 0, "log_history": []}');
    });
    expect(await train(directory, { resume: true })).toBe("finished");
    expect(filesOf(directory)).toEqual(filesOf(whole));
  });

  test("even while its first file was being written: the folder counts as empty", async () => {
    const directory = died((run) => {
      for (const name of readdirSync(run)) rmSync(join(run, name), { recursive: true });
      writeFileSync(join(run, "run.json.3180291375"), "{");
    });
    expect(await train(directory)).toBe("finished");
    expect(filesOf(directory)).toEqual(filesOf(whole));
  });
});

describe("a run that cannot be continued", () => {
  const file = (...parts: string[]): string => join(...parts);
  test.each<[string, string, (run: string) => void]>([
    [
      "has no resume state any more",
      "expected a resume/ folder",
      (run) => rmSync(file(run, "resume"), { recursive: true }),
    ],
    [
      "has an empty state.json",
      "resume/state.json",
      (run) => writeFileSync(file(run, "resume", "state.json"), ""),
    ],
    ["has no state.json", "resume/state.json", (run) => rmSync(file(run, "resume", "state.json"))],
    [
      "has half an optimizer",
      "resume/optimizer.safetensors",
      (run) => truncateSync(file(run, "resume", "optimizer.safetensors"), 500),
    ],
    [
      "has an empty optimizer",
      "resume/optimizer.safetensors",
      (run) => truncateSync(file(run, "resume", "optimizer.safetensors"), 0),
    ],
    ["lacks the checkpoint of its state", "checkpoint-4", (run) => removeSteps(run, 4)],
    [
      "has half of that checkpoint",
      "checkpoint-4/adapter_model.safetensors",
      (run) => truncateSync(file(run, "checkpoint-4", "adapter_model.safetensors"), 300),
    ],
    ["has an empty run.json", "run.json", (run) => writeFileSync(file(run, "run.json"), "")],
    ["has half a run.json", "run.json", (run) => truncateSync(file(run, "run.json"), 100)],
  ])(
    "%s: both commands name one way out, it works, and nothing is deleted unasked",
    async (_, named, change) => {
      const directory = died(change);
      const before = filesOf(directory);
      const resumed = await failureOf(train(directory, { resume: true }));
      expect(resumed.message).toContain(named);
      expect(resumed.message).not.toContain("\n");
      expect(resumed.hint).toContain("Train into another folder, or anew with npx turncoat train");
      const plain = await failureOf(train(directory));
      expect(plain.message).toBe(`${directory}: there is a run already`);
      expect(plain.hint).toMatch(/--overwrite/);
      expect(filesOf(directory)).toEqual(before);

      const aside: string[] = [];
      expect(await train(directory, { overwrite: true, onSetAside: (place) => aside.push(place) })).toBe(
        "finished",
      );
      expect(filesOf(directory)).toEqual(filesOf(whole));
      // A run that does not say how it was made cannot be made again: it is kept.
      if (named === "run.json") expect(filesOf(aside[0] ?? "")).toEqual(before);
      else expect(aside).toEqual([]);
    },
  );

  test("for its damaged log loses nothing, and goes on without the log when that is moved away", async () => {
    const directory = died((run) => writeFileSync(file(run, "trainer_state.json"), "{"));
    const before = filesOf(directory);
    const { message, hint } = await failureOf(train(directory, { resume: true }));
    expect(message).toContain("trainer_state.json: expected JSON");
    expect(hint).toContain("move trainer_state.json elsewhere");
    expect(filesOf(directory)).toEqual(before);
    renameSync(file(directory, "trainer_state.json"), file(directory, "old.json"));
    expect(await train(directory, { resume: true })).toBe("finished");
    expect(openRun(directory)).toMatchObject({ log: [], manifest: { status: "finished" } });
  });

  test("because there is none says so", async () => {
    const directory = join(temporaryFolder(), "run");
    const { message, hint } = await failureOf(train(directory, { resume: true }));
    expect(message).toBe(`${directory}: expected a run to continue, found no run.json`);
    expect(hint).toBe("Train it without --resume.");
    expect(existsSync(directory)).toBe(false);
  });

  test("is told in the list of runs what to do", () => {
    const directory = died((run) => rmSync(file(run, "resume"), { recursive: true }));
    const later = Date.now() + 3_600_000;
    expect(listedRun("run", directory, later).trouble?.fix).toContain("--overwrite");
    const resumable = died(() => undefined);
    expect(listedRun("run", resumable, later).trouble?.fix).toBe(`npx turncoat train ${resumable} --resume`);
  });
});
