import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { whileIntervening } from "../../src/pipeline/interventions/keptAnswers.js";
import { whileEvaluating, whileMeasuring, writtenOf } from "../../src/runs/runLocks.js";
import { trainingLockFile } from "../../src/runs/layout.js";
import { RunWriter } from "../../src/runs/runWriter.js";
import { addNote, readNotes } from "../../src/runs/annotations/notes.js";
import { setAside } from "../../src/runs/setAside.js";
import { whileTraining } from "../../src/runs/trainingLock.js";
import { exampleAdapter, manifest } from "../support/exampleRunDirectory.js";
import { temporaryFolder } from "../support/temporaryFolder.js";

describe("a run's folder while it is trained", () => {
  const lockOf = (run: string): string => join(dirname(run), trainingLockFile(basename(run)));

  test("lets no second training in, and is free afterwards, also after a failure", async () => {
    const run = join(temporaryFolder(), "run");
    await whileTraining(run, async () => {
      await expect(whileTraining(run, () => Promise.resolve())).rejects.toThrow(
        `${run}: training: expected nobody else to write it, found process ${process.pid}`,
      );
    });
    await expect(whileTraining(run, () => Promise.reject(new Error("full")))).rejects.toThrow("full");
    await expect(whileTraining(run, () => Promise.resolve(1))).resolves.toBe(1);
    expect(existsSync(lockOf(run))).toBe(false);
  });

  test("is taken over from a process that has ended, and not from one of another machine", async () => {
    const run = join(temporaryFolder(), "run");
    const { stdout } = await promisify(execFile)(process.execPath, ["-p", "process.pid"]);
    writeFileSync(lockOf(run), JSON.stringify({ pid: Number(stdout), host: hostname() }));
    await expect(whileTraining(run, () => Promise.resolve(1))).resolves.toBe(1);
    writeFileSync(lockOf(run), JSON.stringify({ pid: 1, host: "elsewhere" }));
    await expect(whileTraining(run, () => Promise.resolve(1))).rejects.toThrow("process 1 on elsewhere");
  });

  test("is taken over from a process of another machine only once it has given no sign of life for long", async () => {
    const run = join(temporaryFolder(), "run");
    const lock = lockOf(run);
    writeFileSync(lock, JSON.stringify({ pid: 1, host: "elsewhere", beat: 1000 }));
    await expect(whileTraining(run, () => Promise.resolve(1))).rejects.toThrow("process 1 on elsewhere");
    const longAgo = new Date(Date.now() - 60_000);
    utimesSync(lock, longAgo, longAgo);
    await expect(whileTraining(run, () => Promise.resolve(1))).resolves.toBe(1);
    // One that never gives signs says nothing by its silence.
    writeFileSync(lock, JSON.stringify({ pid: 1, host: "elsewhere" }));
    utimesSync(lock, longAgo, longAgo);
    await expect(whileTraining(run, () => Promise.resolve(1))).rejects.toThrow("process 1 on elsewhere");
  });

  test("knows of evaluations, interventions and measurements that are being written, and of none that is left behind", async () => {
    const run = temporaryFolder();
    writeFileSync(join(run, ".evaluating-dead.lock"), JSON.stringify({ pid: 2 ** 30, host: hostname() }));
    await whileEvaluating(run, "curve", () => {
      expect(writtenOf(run)).toEqual(["evaluation curve"]);
      return Promise.resolve();
    });
    await whileIntervening(run, "steer", () => {
      expect(writtenOf(run)).toEqual(["intervention steer"]);
      return Promise.resolve();
    });
    await whileMeasuring(run, "likelihood", async () => {
      expect(writtenOf(run)).toEqual(["likelihood"]);
      await expect(whileMeasuring(run, "likelihood", () => Promise.resolve())).rejects.toThrow(
        `${run}: likelihood: expected nobody else to write it`,
      );
    });
    expect(writtenOf(run)).toEqual([]);
    expect(writtenOf(join(run, "nowhere"))).toEqual([]);
  });
});

describe("a run whose place another is to take", () => {
  const runIn = (folder: string): string => {
    const run = join(folder, "run");
    RunWriter.create(run, manifest).writeCheckpoint(0, exampleAdapter(0));
    return run;
  };

  test("is set aside with its notes and answers, under the next free name", () => {
    const folder = temporaryFolder();
    for (const number of [1, 2]) {
      const run = runIn(folder);
      if (number === 1) addNote(run, { step: 0, text: "mine", writtenAt: "" });
      else mkdirSync(join(run, "evaluations"));
      expect(setAside(run)).toBe(`${run}.replaced-${number}`);
      expect(existsSync(run)).toBe(false);
    }
    expect(readNotes(join(folder, "run.replaced-1")).map(({ text }) => text)).toEqual(["mine"]);
    expect(readdirSync(join(folder, "run.replaced-2"))).toContain("evaluations");
  });

  test("stays where it can simply be trained again, and where it is no run of ours", () => {
    expect(setAside(runIn(temporaryFolder()))).toBeNull();
    const other = temporaryFolder();
    mkdirSync(join(other, "evaluations"));
    expect(setAside(other)).toBeNull();
    expect(setAside(join(other, "nowhere"))).toBeNull();
  });
});
