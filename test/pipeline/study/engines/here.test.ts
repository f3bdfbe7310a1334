import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { hereEngine } from "../../../../src/pipeline/study/engines/hereEngine.js";
import { LaneDeath, runOverLanes } from "../../../../src/pipeline/study/engines/lanes.js";
import { studyTasks } from "../../../../src/pipeline/study/engines/studyTask.js";
import { runStudy } from "../../../../src/pipeline/study/runStudy.js";
import { readStudyFaults } from "../../../../src/pipeline/study/studyFaults.js";
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
