import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { curvesPreview, logPreview } from "../../../src/pipeline/report/runPreview.js";
import { buildRunReport } from "../../../src/pipeline/report/runReport.js";
import { RunReports } from "../../../src/server/reports/runReports.js";
import { writeSyntheticRun } from "../../support/syntheticRun.js";

describe("runReports: reports made before the server was started", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "turncoat-prepared-"));
    cpSync("test/fixtures/peft-run-rank1-f32", directory, { recursive: true });
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  test("are shown at once, and made again when a file changes", async () => {
    const report = await buildRunReport(directory);
    let made = 0;
    const reports = new RunReports({
      prepared: [report],
      buildReport: (wanted) => {
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

describe("runReports: the first look at a long run", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "turncoat-long-"));
    writeSyntheticRun(join(directory, "run"), { steps: 60, turn: 30, evaluateEvery: 20 });
    // Names alone make a run long.
    for (let step = 61; step <= 1100; step++) mkdirSync(join(directory, "run", `checkpoint-${step}`));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  test("finds what was read ahead, and nothing is analysed before it", async () => {
    const events: string[] = [];
    const reports = new RunReports({
      previewLog: (wanted, transitions) => {
        events.push("look");
        return logPreview(wanted, transitions);
      },
      buildReport: (wanted) => {
        events.push("analysis");
        return buildRunReport(wanted);
      },
    });
    const run = join(directory, "run");
    await reports.readAhead(run);
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(events).toEqual(["look"]);
    const first = await reports.current(run);
    expect(first.figures.map(({ id }) => id)).toEqual(["gradient-norm", "loss"]);
    expect(events).toEqual(["look"]);
    await expect.poll(() => events, { timeout: 5000 }).toEqual(["look", "analysis"]);
  });

  test("is over before the analysis begins, and the figures asked for meanwhile do not begin it", async () => {
    const events: string[] = [];
    const reports = new RunReports({
      previewLog: (wanted, transitions) => {
        events.push("look");
        return logPreview(wanted, transitions);
      },
      buildReport: async (wanted) => {
        events.push("analysis");
        for (let step = 61; step <= 1100; step++)
          rmSync(join(wanted, `checkpoint-${step}`), { recursive: true, force: true });
        return buildRunReport(wanted);
      },
    });
    const run = join(directory, "run");
    const first = await reports.current(run);
    expect(first.isComplete).toBe(false);
    expect(first.figures.map(({ id }) => id)).toEqual(["gradient-norm", "loss"]);
    await reports.current(run);
    expect(events).toEqual(["look"]);
    await expect.poll(() => events).toEqual(["look", "analysis"]);
    // The files are others then: the analysis of those before is not shown as theirs.
    const report = await reports.complete(run);
    expect(report.figures.length).toBeGreaterThan(2);
    expect(await reports.current(run)).toMatchObject({ isComplete: true });
  });
});

describe("runReports: the first analysis of a run", () => {
  test("shows its curves before what turns is known, and each under a version of its own", async () => {
    const run = join(mkdtempSync(join(tmpdir(), "turncoat-curves-")), "run");
    writeSyntheticRun(run, { steps: 30, turn: 15, evaluateEvery: 10 });
    let release: () => void = () => undefined;
    const reports = new RunReports({
      previewLog: logPreview,
      buildReport: async (wanted, _options, onCurves) => {
        const report = await buildRunReport(wanted, {
          onCurves: (analyzed) => onCurves?.(curvesPreview(analyzed)),
        });
        await new Promise<void>((resolve) => (release = resolve));
        return report;
      },
    });
    const norms = async (): Promise<string | undefined> => (await reports.current(run)).versions.get("norms");
    await expect.poll(norms, { timeout: 20_000 }).toBeDefined();
    const curves = await reports.current(run);
    expect(curves).toMatchObject({ isComplete: false, headline: "", analysis: { transitions: [] } });
    release();
    await expect.poll(async () => (await reports.current(run)).isComplete, { timeout: 20_000 }).toBe(true);
    expect(await norms()).not.toBe(curves.versions.get("norms"));
    rmSync(run, { recursive: true });
  });
});

describe("runReports: an analysis that is under way", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "turncoat-progress-"));
    writeSyntheticRun(join(directory, "run"), { steps: 30, turn: 15, evaluateEvery: 10 });
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  test("says for how long it has been made, how long the last one took, and to which step that one is", async () => {
    let release: () => void = () => undefined;
    const reports = new RunReports({
      previewLog: logPreview,
      buildReport: async (wanted) => {
        await new Promise<void>((resolve) => (release = resolve));
        return buildRunReport(wanted);
      },
    });
    const run = join(directory, "run");
    const first = await reports.current(run);
    expect(first.progress).toMatchObject({ toStep: null, lastSeconds: null });
    expect(first.progress?.seconds).toBeGreaterThan(0.5);
    release();
    await expect.poll(async () => (await reports.current(run)).isComplete, { timeout: 20_000 }).toBe(true);
    expect((await reports.current(run)).progress).toBeNull();
    rmSync(join(run, "checkpoint-30"), { recursive: true });
    const again = await reports.current(run);
    expect(again.isComplete).toBe(false);
    expect(again.progress?.toStep).toBe(30);
    expect(again.progress?.lastSeconds).toBeGreaterThan(0.5);
    release();
  });
});
