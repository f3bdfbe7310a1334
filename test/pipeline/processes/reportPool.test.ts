import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { ReportPool } from "../../../src/pipeline/processes/reportPool.js";
import type { RunPreview } from "../../../src/pipeline/report/runPreview.js";
import { writeSyntheticRun } from "../../support/syntheticRun.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";

const pools: ReportPool[] = [];
afterEach(() => {
  for (const pool of pools.splice(0)) pool.close();
});

function poolWith(options: ConstructorParameters<typeof ReportPool>[0]): ReportPool {
  const pool = new ReportPool(options);
  pools.push(pool);
  return pool;
}

test("An analysis that takes too long is ended, and the next run is analysed", async () => {
  const folder = temporaryFolder();
  const long = join(folder, "long");
  writeSyntheticRun(long, { steps: 40, turn: 20 });
  const short = join(folder, "short");
  writeSyntheticRun(short, { steps: 12, turn: 6 });
  const pool = poolWith({ longest: 1 });
  await expect(pool.report(long)).rejects.toThrow(`${long}: its analysis took longer than`);
  const patient = poolWith({ quick: 1, longest: 60_000 });
  const reports = await Promise.all([patient.report(long), patient.report(short)]);
  expect(reports.map(({ status }) => status)).toEqual(["finished", "finished"]);
});

test("The curves of a run are there before what turns has been looked for", async () => {
  const run = join(temporaryFolder(), "run");
  writeSyntheticRun(run, { steps: 60, turn: 30, evaluateEvery: 6 });
  const heard: RunPreview[] = [];
  const report = await poolWith({}).report(run, {}, (preview) => heard.push(preview));
  const [curves] = heard;
  expect(heard).toHaveLength(1);
  expect(curves?.analysis).toMatchObject({ transitions: [], absent: [] });
  expect(curves?.analysis.adapters).toEqual(report.analysis.adapters);
  expect(report.analysis.transitions.length).toBeGreaterThan(0);
  // All but what stands on the transitions.
  const ids = (figures: RunPreview["figures"]): string[] => figures.map(({ id }) => id);
  expect(ids(report.figures).filter((id) => !ids(curves?.figures ?? []).includes(id))).toEqual(["timeline"]);
});

test("A preview that takes too long is ended", async () => {
  const folder = temporaryFolder();
  const run = join(folder, "preview");
  writeSyntheticRun(run, { steps: 12, turn: 6 });
  await expect(poolWith({ longestPreview: 1 }).logPreview(run)).rejects.toThrow(
    "reading its log took longer",
  );
});

test("A process follows no link out of the folder of runs", async () => {
  const folder = temporaryFolder();
  const runsRoot = join(folder, "root");
  const run = join(runsRoot, "linked");
  writeSyntheticRun(run, { steps: 12, turn: 6 });
  mkdirSync(join(folder, "outside"));
  const secret = join(folder, "outside", "likelihood.json");
  writeFileSync(secret, '"not to be shown"');
  mkdirSync(join(run, "analysis"));
  symlinkSync(secret, join(run, "analysis", "likelihood.json"));
  const withoutIt = JSON.stringify(await poolWith({ runsRoot }).report(run));
  expect(withoutIt).toContain("a link that leads out of");
  expect(withoutIt).not.toContain("not to be shown");
  rmSync(join(run, "analysis"), { recursive: true });
  cpSync(join(run, "checkpoint-4"), join(folder, "outside", "checkpoint-4"), { recursive: true });
  rmSync(join(run, "checkpoint-4"), { recursive: true });
  symlinkSync(join(folder, "outside", "checkpoint-4"), join(run, "checkpoint-4"));
  const { analysis } = await poolWith({ runsRoot }).report(run);
  expect(JSON.stringify(analysis.gaps)).toContain("a link that leads out of");
});
