import { appendFileSync, cpSync, existsSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { ReportPool } from "../../../src/pipeline/processes/reportPool.js";
import { RunReports } from "../../../src/server/reports/runReports.js";
import { writeSyntheticRun } from "../../support/syntheticRun.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";

const pools: ReportPool[] = [];
afterAll(() => pools.forEach((pool) => pool.close()));

/** A pool as another server has it. */
function poolOf(keptRoot: string | undefined): ReportPool {
  const pool = new ReportPool({ keptRoot });
  pools.push(pool);
  return pool;
}

function syntheticRun(): string {
  const directory = join(temporaryFolder(), "run");
  writeSyntheticRun(directory, { steps: 24, turn: 12 });
  return directory;
}

test("a server shows at once what an earlier one has analysed, and the same", async () => {
  const [keptRoot, directory] = [join(temporaryFolder(), "kept"), syntheticRun()];
  const made = await poolOf(keptRoot).report(directory);
  const later = poolOf(keptRoot);
  let analysed = 0;
  const reports = new RunReports({
    ...later.source,
    buildReport: (wanted, options) => {
      analysed++;
      return later.report(wanted, options);
    },
  });
  expect(await reports.complete(directory)).toEqual(made);
  expect(await reports.current(directory)).toMatchObject({ isComplete: true, runId: made.runId });
  expect(analysed).toBe(0);
  // Of another evaluation or control it is another report.
  expect(await later.keptReport(directory, { controls: [] })).toBeNull();
});

test("nothing kept is shown once a file of the run has changed, and its place is taken by the new", async () => {
  const [keptRoot, directory] = [join(temporaryFolder(), "kept"), syntheticRun()];
  const pool = poolOf(keptRoot);
  await pool.report(directory);
  expect(await pool.keptReport(directory)).not.toBeNull();
  const changes = [
    () => appendFileSync(join(directory, "evaluations", "curve.jsonl"), "\n"),
    () => utimesSync(join(directory, "checkpoint-12", "adapter_model.safetensors"), 1, 1),
    () => cpSync(join(directory, "checkpoint-24"), join(directory, "checkpoint-25"), { recursive: true }),
  ];
  for (const change of changes) {
    change();
    expect(await pool.keptReport(directory)).toBeNull();
    const made = await pool.report(directory);
    expect(await pool.keptReport(directory)).toEqual(made);
  }
  const [folder = ""] = readdirSync(keptRoot);
  expect(readdirSync(join(keptRoot, folder))).toHaveLength(1);
  // A note changes nothing of it.
  writeFileSync(join(directory, "notes.jsonl"), "");
  expect(await pool.keptReport(directory)).not.toBeNull();
});

test("a damaged one is made again, and none is kept where there is no folder for it", async () => {
  const [keptRoot, directory] = [join(temporaryFolder(), "kept"), syntheticRun()];
  const pool = poolOf(keptRoot);
  await pool.report(directory);
  const [folder = ""] = readdirSync(keptRoot);
  const [file = ""] = readdirSync(join(keptRoot, folder));
  writeFileSync(join(keptRoot, folder, file), "half a");
  expect(await pool.keptReport(directory)).toBeNull();
  const inFile = join(temporaryFolder(), "file");
  writeFileSync(inFile, "");
  await expect(poolOf(join(inFile, "kept")).report(directory)).resolves.toMatchObject({ directory });
  expect(existsSync(join(directory, ".turncoat", "reports"))).toBe(false);
});
