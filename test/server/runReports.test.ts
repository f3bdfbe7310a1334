import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { buildRunReport } from "../../src/pipeline/runReport.js";
import { RunReports } from "../../src/server/runReports.js";

describe("reports made before the server was started", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "turncoat-prepared-"));
    cpSync("test/fixtures/peft-run-rank1-f32", directory, { recursive: true });
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  it("are shown at once, and made again when a file changes", async () => {
    const report = await buildRunReport(directory);
    let made = 0;
    const reports = new RunReports({
      prepared: [report],
      reportOf: (wanted) => {
        made++;
        return buildRunReport(wanted);
      },
    });
    expect(await reports.complete(directory)).toBe(report);
    expect(await reports.current(directory)).toMatchObject({ isComplete: true, runId: report.runId });
    expect(made).toBe(0);

    cpSync(join(directory, "checkpoint-33", "trainer_state.json"), join(directory, "trainer_state.json"));
    expect(await reports.complete(directory)).not.toBe(report);
    expect(made).toBe(1);
  });
});
