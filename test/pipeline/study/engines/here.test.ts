import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { hereEngine } from "../../../../src/pipeline/study/engines/hereEngine.js";
import { LaneDeath, runOverLanes } from "../../../../src/pipeline/study/engines/lanes.js";
import { studyTasks } from "../../../../src/pipeline/study/engines/studyTask.js";
import { runStudy } from "../../../../src/pipeline/study/runStudy.js";
import { readStudyFaults } from "../../../../src/pipeline/study/studyFaults.js";
import { readAdapter } from "../../../../src/formats/peft.js";
import { readManifest, type RunManifest } from "../../../../src/runs/manifest.js";
import { createEngine } from "../../../../src/tensor/engine.js";
import { temporaryFolder } from "../../../support/temporaryFolder.js";
import { runBytes, writeTinyStudy } from "../../../support/study/tinyStudy.js";

test("processes of this machine make the bytes that one process makes, and take each run elsewhere once", async () => {
  const [one, other] = [temporaryFolder(), temporaryFolder()].map((folder) => writeTinyStudy(folder));
  if (one === undefined || other === undefined) throw new Error("no studies");
  await runStudy({ study: one, engine: await createEngine({ threads: 1 }) });
  const taken = join(temporaryFolder(), "taken");
  const upload = `echo "$TURNCOAT_RUN" >> '${taken}'`;
  const ended: string[] = [];
  const tasks = studyTasks(other, [], { threads: 1, upload });
  const outcome = await hereEngine({ workers: 2 }).run(tasks, { onRunEnd: (run) => ended.push(run) });
  expect(outcome).toEqual({ status: "finished", faults: [] });
  expect(runBytes(other)).toEqual(runBytes(one));
  expect(ended.sort()).toEqual(tasks.map(({ run }) => run).sort());
  const lines = (): string[] => readFileSync(taken, "utf8").trim().split("\n");
  expect(lines()).toHaveLength(4);
  // A run that is gone is made again, and it alone is taken elsewhere again.
  rmSync(join(other.runsRoot, ended[0] ?? ""), { recursive: true });
  await hereEngine({ workers: 1 }).run(tasks, {});
  expect(runBytes(other)).toEqual(runBytes(one));
  expect(lines()).toHaveLength(5);
});

test("an upload that fails is the fault of its run, which is finished and tried again", async () => {
  const study = writeTinyStudy(temporaryFolder(), { seeds: [0] });
  const engine = await createEngine();
  const wanted = { study, engine };
  const { faults } = await runStudy({ ...wanted, upload: "echo no room >&2; exit 3" });
  expect(faults).toHaveLength(2);
  expect(faults[0]).toMatch(/upload: no room/);
  expect([...readStudyFaults(study.runsRoot).values()][0]?.message).toMatch(/upload: no room/);
  expect((await runStudy({ ...wanted, upload: "true" })).faults).toEqual([]);
  expect(readStudyFaults(study.runsRoot).size).toBe(0);
  expect(existsSync(join(study.runsRoot, "organism-sport-short-seed0"))).toBe(true);
  expect(readdirSync(join(study.runsRoot, ".study", "uploaded"))).toHaveLength(2);
});

test("a task whose process dies goes to another, three times at most; one whose run is held waits", async () => {
  const tries: string[] = [];
  const lane = {
    do: ({ run }: { readonly run: string }) => {
      tries.push(run);
      const count = tries.filter((each) => each === run).length;
      if (run === "deadly" || (run === "once" && count === 1)) {
        return Promise.reject(new LaneDeath("its process has ended (SIGKILL)"));
      }
      if (run === "held" && count === 1)
        return Promise.resolve({ status: "busy" as const, message: "held", hint: null });
      return Promise.resolve({ status: "done" as const });
    },
  };
  const tasks = ["deadly", "once", "held", "plain"].map((run) => ({ run }));
  const { status, faults } = await runOverLanes(tasks, [lane, lane], {});
  expect(status).toBe("finished");
  expect(faults).toEqual(["deadly: its process has ended (SIGKILL), 3 times"]);
  const counts = ["deadly", "once", "held", "plain"].map(
    (run) => tries.filter((each) => each === run).length,
  );
  expect(counts).toEqual([3, 2, 2, 1]);
});

test("runs of a cell are trained together where that is asked for, and what was begun so goes on so", async () => {
  const study = writeTinyStudy(temporaryFolder(), { seeds: [0, 1, 2, 3], steps: 4 });
  const alone = writeTinyStudy(temporaryFolder(), { seeds: [3], steps: 4 });
  const tasks = studyTasks(study, [], { threads: 1 });
  const harmful = [0, 1, 2, 3].map((seed) => `organism-sport-short-seed${seed}`);
  const manifestOf = (run: string): RunManifest => readManifest(join(study.runsRoot, run, "run.json"));

  // Ended in the middle of the first training of several.
  const controller = new AbortController();
  const onProgress = (): void => controller.abort();
  const begun = { study, engine: await createEngine({ threads: 1 }), isTogether: true };
  expect(await runStudy({ ...begun, onProgress, signal: controller.signal })).toEqual({
    ...{ status: "interrupted", faults: [] },
  });
  expect(harmful.map((run) => manifestOf(run).trainedTogether)).toEqual(harmful.map(() => harmful));
  expect(harmful.map((run) => manifestOf(run).status)).not.toContain("finished");

  const ended: string[] = [];
  const outcome = await hereEngine({ workers: 2, isTogether: true }).run(tasks, {
    onRunEnd: (run) => ended.push(run),
  });
  expect(outcome).toEqual({ status: "finished", faults: [] });
  expect(ended.sort()).toEqual(tasks.map(({ run }) => run).sort());
  const together = tasks.map(({ run }) => manifestOf(run).trainedTogether ?? []);
  expect(together.map((each) => each.length).sort()).toEqual([2, 2, 2, 2, 4, 4, 4, 4]);

  // Each is as it is alone, up to the rounding of sums.
  await runStudy({ study: alone, engine: await createEngine({ threads: 1 }) });
  const [one, other] = [alone, study].map(({ runsRoot }) =>
    readAdapter(join(runsRoot, "organism-sport-short-seed3", "checkpoint-4")).modules.map(
      ({ loraB }) => loraB,
    ),
  );
  const [vector, same] = [one?.[0] ?? [], other?.[0] ?? []];
  expect(vector.length).toBeGreaterThan(0);
  for (const [index, value] of vector.entries()) expect(same[index]).toBeCloseTo(value, 5);
});
