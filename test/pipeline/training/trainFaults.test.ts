import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { isTurncoatError } from "../../../src/errors.js";
import type { Model } from "../../../src/model/model.js";
import { trainRun, type TrainRequest } from "../../../src/pipeline/training/trainRun.js";
import { openRun } from "../../../src/runs/openRun.js";
import { withoutRights } from "../../support/faults/faults.js";
import { filesOf, smallConfig, smallDataset } from "../../support/training/tinyTraining.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";
import { tinyModel } from "../../support/tinyModels.js";

const config = { ...smallConfig, steps: 4 };
let model: Model;
beforeAll(async () => {
  model = await tinyModel("tiny-qwen2");
});

function request(folder: string, more: Partial<TrainRequest> = {}): TrainRequest {
  return { directory: join(folder, "run"), config, model, dataset: smallDataset(folder), ...more };
}

/** The one line of an error that a user can mend. */
async function lineOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    (value) => new Error(`it ended with ${String(value)}`),
    (reason: unknown) => reason,
  );
  if (!isTurncoatError(error)) throw error;
  expect(error.message).not.toContain("\n");
  expect(error.hint).toBeDefined();
  return error.message;
}

describe("a training that cannot write", () => {
  test.skipIf(!existsSync("/dev/full"))(
    "because the disk is full is interrupted, not finished, and goes on to the same files",
    async () => {
      const [folder, other] = [temporaryFolder(), temporaryFolder()];
      const full = join(folder, "run", "trainer_log.jsonl");
      const fill = ({ step }: { readonly step: number }): void => {
        if (step === 2) symlinkSync("/dev/full", full);
      };
      const line = await lineOf(trainRun(request(folder, { onStep: fill })));
      expect(line).toBe(`${full}: cannot be written: no space is left on the disk (ENOSPC)`);
      expect(openRun(join(folder, "run")).manifest?.status).toBe("interrupted");
      rmSync(full, { force: true });
      expect(await trainRun(request(folder, { resume: true }))).toBe("finished");
      await trainRun(request(other));
      expect(filesOf(join(folder, "run"))).toEqual(filesOf(join(other, "run")));
    },
  );

  test("because its folder was removed says so, and does not make it again", async () => {
    const folder = temporaryFolder();
    const directory = join(folder, "run");
    const remove = ({ step }: { readonly step: number }): void => {
      if (step === 2) rmSync(directory, { recursive: true });
    };
    const line = await lineOf(trainRun(request(folder, { onStep: remove })));
    expect(line).toBe(`${directory}: the run's folder was removed while it was written`);
    expect(readdirSync(folder)).toEqual(["chats.jsonl"]);
  });

  test("because another folder took its place leaves that alone", async () => {
    const folder = temporaryFolder();
    const directory = join(folder, "run");
    const swap = ({ step }: { readonly step: number }): void => {
      if (step !== 2) return;
      renameSync(directory, join(folder, "moved"));
      mkdirSync(directory);
    };
    const line = await lineOf(trainRun(request(folder, { onStep: swap })));
    expect(line).toContain("was replaced by another while it was written");
    expect(readdirSync(directory)).toEqual([]);
    expect(openRun(join(folder, "moved")).checkpoints.map(({ step }) => step)).toEqual([0, 1, 2]);
  });

  test("because it has no right to, or a file is in the way, names the place", async () => {
    const folder = temporaryFolder();
    const wanted = request(folder);
    await withoutRights([folder], async () => {
      expect(await lineOf(trainRun(wanted))).toMatch(/: cannot be written: no permission \(EACCES\)$/);
    });
    writeFileSync(join(folder, "file"), "");
    for (const directory of [join(folder, "file", "run"), join(folder, "file", "deep", "run")]) {
      const line = await lineOf(trainRun({ ...wanted, directory }));
      expect(line).toMatch(/file\/.*: cannot be written: .*(found a file|is there already)/);
    }
    expect(await lineOf(trainRun({ ...wanted, directory: join(folder, "file") }))).toContain("found a file");
  });
});
