import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readAdapter } from "../../src/formats/peft.js";
import { parseManifest } from "../../src/runs/manifest.js";
import { openRun } from "../../src/runs/openRun.js";
import { readableFolder } from "../../src/runs/atomicFiles.js";
import { RunWriter } from "../../src/runs/runWriter.js";
import { temporaryFolder } from "../support/temporaryFolder.js";
import { exampleAdapter, manifest } from "../support/exampleRunDirectory.js";

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Every file below a folder with its content. */
function contentOf(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).sort();
  return Object.fromEntries(paths.map((path) => [path.slice(folder.length), readFileSync(path, "latin1")]));
}

describe("runWriter: a run that was written", () => {
  test("opens with what was put in", () => {
    const directory = join(temporaryFolder(), "runs", "one");
    const writer = RunWriter.create(directory, manifest, { maxSteps: 2 });
    writer.writeCheckpoint(0, exampleAdapter(0));
    writer.log({ step: 1, epoch: 0.5, loss: 2, learningRate: 0.01, gradNorm: 0.3, other: { kl: 0.1 } });
    writer.logEvaluation({ step: 1, values: { eval_loss: 4 } });
    writer.log({ step: 2, loss: NaN });
    writer.writeCheckpoint(10, exampleAdapter(10));
    writer.writeCheckpoint(2, exampleAdapter(2));
    writer.finish("finished");

    const run = openRun(directory);
    expect(run.runId).toBe("example");
    expect(run.manifest).toEqual({ ...manifest, status: "finished" });
    expect(run.checkpoints.map(({ step }) => step)).toEqual([0, 2, 10]);
    expect(run.log).toEqual([
      { step: 1, epoch: 0.5, loss: 2, learningRate: 0.01, gradNorm: 0.3, other: { kl: 0.1 } },
      { step: 2, loss: NaN },
    ]);
    expect(run.trainerEvaluations).toEqual([{ step: 1, values: { eval_loss: 4 } }]);
    expect(run).toMatchObject({
      gaps: [],
      warnings: [expect.stringContaining("loss is not finite at step 2: a gap there")],
    });
    expect(readAdapter(run.checkpoints[2]?.path ?? "").modules).toEqual(exampleAdapter(10).modules);
  });

  test("holds nothing but the documented files", () => {
    const directory = temporaryFolder();
    const writer = RunWriter.create(directory, manifest);
    for (const step of [1, 1, 2]) writer.writeCheckpoint(step, exampleAdapter(step));
    writer.log({ step: 1 });
    for (const text of ["old", "new"]) writer.writeResume(new Map([["state.bin", bytes(text)]]));
    expect(Object.keys(contentOf(directory))).toEqual([
      "/checkpoint-1/adapter_config.json",
      "/checkpoint-1/adapter_model.safetensors",
      "/checkpoint-2/adapter_config.json",
      "/checkpoint-2/adapter_model.safetensors",
      "/resume/state.bin",
      "/run.json",
      "/trainer_state.json",
    ]);
  });

  test("a checkpoint written again is replaced", () => {
    const directory = temporaryFolder();
    const writer = RunWriter.create(directory, manifest);
    writer.writeCheckpoint(1, exampleAdapter(1));
    writer.writeCheckpoint(1, exampleAdapter(7));
    expect(readAdapter(join(directory, "checkpoint-1")).modules).toEqual(exampleAdapter(7).modules);
  });

  test("weights that are written over some time appear when they are whole, or not at all", async () => {
    const directory = temporaryFolder();
    const writer = RunWriter.create(directory, manifest);
    const path = join(directory, "checkpoint-1", "model.safetensors");
    const fill = async (folder: string, isFailing: boolean): Promise<void> => {
      writeFileSync(join(folder, "model.safetensors"), "half");
      await Promise.resolve();
      expect(existsSync(path)).toBe(false);
      if (isFailing) throw new Error("the disk is full");
      writeFileSync(join(folder, "model.safetensors"), "whole");
    };
    await expect(writer.writeWeights(1, (folder) => fill(folder, true))).rejects.toThrow("the disk is full");
    expect(openRun(directory).checkpoints).toEqual([]);
    await writer.writeWeights(1, (folder) => fill(folder, false));
    expect(readFileSync(path, "utf8")).toBe("whole");
    expect(openRun(directory).checkpoints.map(({ step }) => step)).toEqual([1]);
  });

  test("a file of the resume state may come in pieces", () => {
    const directory = temporaryFolder();
    const writer = RunWriter.create(directory, manifest);
    writer.writeResume(new Map([["state.bin", [bytes("one "), bytes("and "), bytes("two")]]]));
    expect(readFileSync(join(directory, "resume", "state.bin"), "utf8")).toBe("one and two");
  });

  test("a step that was logged cannot be logged again", () => {
    const writer = RunWriter.create(temporaryFolder(), manifest);
    writer.log({ step: 5 });
    expect(() => writer.log({ step: 5 })).toThrow("step 5 after step 5");
  });
});

describe("runWriter: where a run may be written", () => {
  test("not over another run unless told to; then nothing of the old one remains", () => {
    const directory = temporaryFolder();
    RunWriter.create(directory, manifest).writeCheckpoint(9, exampleAdapter(9));
    expect(() => RunWriter.create(directory, manifest)).toThrow(`${directory}: there is a run already`);
    RunWriter.create(directory, { ...manifest, runId: "second" }, { overwrite: true });
    expect(readdirSync(directory)).toEqual(["run.json"]);
  });

  test("never over files that are no run, nor over a file", () => {
    const directory = temporaryFolder();
    const thesis = join(directory, "thesis.tex");
    writeFileSync(thesis, "years of work");
    expect(() => RunWriter.create(directory, manifest, { overwrite: true })).toThrow("found other files");
    expect(existsSync(thesis)).toBe(true);
    expect(() => RunWriter.create(thesis, manifest)).toThrow("found a file");
  });
});

describe("runWriter: a writer that was killed", () => {
  test("in the middle of a checkpoint leaves no checkpoint of that step, and reopening clears up", () => {
    const directory = temporaryFolder();
    const writer = RunWriter.create(directory, manifest);
    writer.writeCheckpoint(1, exampleAdapter(1));
    mkdirSync(join(directory, ".checkpoint-2.partial"));
    writeFileSync(join(directory, ".checkpoint-2.partial", "adapter_config.json"), "{");
    const run = openRun(directory);
    expect(run.checkpoints.map(({ step }) => step)).toEqual([1]);
    expect(run.warnings.join()).toContain("checkpoint-2 was being written");
    RunWriter.reopen(directory, 1);
    expect(openRun(directory).warnings).toEqual([]);
  });

  test("between moving the old resume state away and the new one in still has the old one", () => {
    const directory = temporaryFolder();
    RunWriter.create(directory, manifest).writeResume(new Map([["a", bytes("old")]]));
    renameSync(join(directory, "resume"), join(directory, ".resume.replaced"));
    expect(readableFolder(join(directory, "resume"))).toBe(join(directory, ".resume.replaced"));
    RunWriter.reopen(directory, 0);
    expect(readdirSync(directory).sort()).toEqual(["resume", "run.json", "trainer_state.json"]);
    expect(readFileSync(join(directory, "resume", "a"), "utf8")).toBe("old");
  });

  test("continues to the same files as one that was never killed", () => {
    const [whole, killed] = [temporaryFolder(), temporaryFolder()];
    const steps = (writer: RunWriter, from: number, to: number): void => {
      for (let step = from; step <= to; step++) {
        writer.log({ step, epoch: step / 10, loss: 1 / step });
        writer.writeCheckpoint(step, exampleAdapter(step));
        if (step % 3 === 0) writer.logEvaluation({ step, values: { eval_loss: step } });
        if (step % 4 === 0) writer.writeResume(new Map([["step", bytes(String(step))]]));
      }
    };
    const writer = RunWriter.create(whole, manifest, { maxSteps: 10 });
    steps(writer, 1, 10);
    writer.finish("finished");

    steps(RunWriter.create(killed, manifest, { maxSteps: 10 }), 1, 6);
    const resumeStep = Number(readFileSync(join(killed, "resume", "step"), "utf8"));
    expect(resumeStep).toBe(4);
    const continued = RunWriter.reopen(killed, resumeStep);
    expect(openRun(killed).checkpoints.map(({ step }) => step)).toEqual([1, 2, 3, 4]);
    expect(openRun(killed).log.at(-1)?.step).toBe(4);
    steps(continued, 5, 10);
    continued.finish("finished");
    expect(contentOf(killed)).toEqual(contentOf(whole));
  });

  test("reopening needs a run of ours", () => {
    const directory = temporaryFolder();
    cpSync("test/fixtures/peft-run-rank1-f32", directory, { recursive: true });
    expect(() => RunWriter.reopen(directory, 0)).toThrow(`${directory}: no run.json`);
  });

  test("there is no resume state where none was written", () => {
    expect(readableFolder(join(temporaryFolder(), "resume"))).toBeNull();
  });
});

describe("runWriter: the manifest", () => {
  const text = JSON.stringify(manifest);

  test("errors name the field", () => {
    expect(() => parseManifest(text.replace('"seed":3', '"seed":"3"'), "run.json")).toThrow(
      "run.json: field seed: expected number, found string",
    );
    expect(() => parseManifest(text.replace('"rows":12', '"rows":-1'), "run.json")).toThrow(
      "field dataset.rows",
    );
  });

  test("a later format is refused by its version, whatever else it holds", () => {
    expect(() => parseManifest('{"formatVersion":2}', "run.json")).toThrow(
      "run.json: expected formatVersion 1, found 2",
    );
  });

  test("a run whose manifest is damaged does not open as a run made elsewhere", () => {
    const directory = temporaryFolder();
    RunWriter.create(directory, manifest).writeCheckpoint(1, exampleAdapter(1));
    writeFileSync(join(directory, "run.json"), "{");
    expect(() => openRun(directory)).toThrow(`${join(directory, "run.json")}: expected JSON`);
    rmSync(join(directory, "run.json"));
    expect(openRun(directory).manifest).toBeNull();
  });
});
