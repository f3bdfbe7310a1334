import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  readFileSync,
  symlinkSync,
  existsSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { buildRunReport } from "../../../src/pipeline/report/runReport.js";
import { compareDirections } from "../../../src/pipeline/directions/compareDirections.js";
import { diffRuns } from "../../../src/pipeline/catalog/diffRuns.js";
import { listedRun } from "../../../src/pipeline/catalog/listedRun.js";
import { ReportPool } from "../../../src/pipeline/processes/reportPool.js";
import { runSummary, storedSummary, summaryOf } from "../../../src/pipeline/report/runSummary.js";
import { configDiff } from "../../../src/runs/configDiff.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";
import { manifest } from "../../support/exampleRunDirectory.js";
import { writeSyntheticRun } from "../../support/syntheticRun.js";

const minute = 60_000;
const sharedFolder = mkdtempSync(join(tmpdir(), "turncoat-listed-"));
afterAll(() => rmSync(sharedFolder, { recursive: true, force: true }));

/** A run that is not finished. */
function unfinished(status: "running" | "interrupted", seed = 3): string {
  const directory = join(temporaryFolder(), "run");
  for (const name of ["checkpoint-7", "resume"]) mkdirSync(join(directory, name), { recursive: true });
  const config = { ...manifest.config, steps: 40 };
  writeFileSync(join(directory, "run.json"), JSON.stringify({ ...manifest, status, seed, config }));
  return directory;
}

describe("listedRun: a run in a list", () => {
  test("is live while it writes, and stalled when it has long written nothing", () => {
    const directory = unfinished("running");
    const now = Date.now();
    expect(listedRun("run", directory, now)).toMatchObject({
      ...{ status: "running", planned: 40, seed: 3, trouble: null },
      steps: { first: 7, last: 7, checkpoints: 1 },
    });
    // Keeping an analysis is no sign of life.
    mkdirSync(join(directory, "analysis"));
    const stalled = listedRun("run", directory, now + 150 * minute);
    expect(stalled.status).toBe("stalled");
    expect(stalled.trouble?.why).toMatch(/wrote nothing for 2 hours.* at step 7 of 40/);
    expect(stalled.trouble?.fix).toContain("--resume");
  });

  test("says where it was interrupted and how to go on", () => {
    const { status, trouble } = listedRun("run", unfinished("interrupted"), Date.now());
    expect([status, trouble?.why]).toEqual(["interrupted", "interrupted at step 7 of 40"]);
  });

  test("says what is wrong with it and what to do", () => {
    const directory = unfinished("running");
    writeFileSync(join(directory, "run.json"), '{"formatVersion": 1,');
    const broken = listedRun("run", directory, Date.now());
    expect(broken.status).toBe("unreadable");
    expect(broken.trouble?.why).toContain("run.json");
    expect(broken.trouble?.fix).toContain(directory);
    expect(listedRun("none", join(directory, "none"), Date.now()).status).toBe("unreadable");
  });

  test("has the recipe of its other seeds, and of nothing else", () => {
    const keyOf = (directory: string): string | null => listedRun("run", directory, 0).recipeKey;
    const [one, other] = [unfinished("running", 1), unfinished("running", 2)];
    expect(keyOf(one)).toBe(keyOf(other));
    const text = readFileSync(join(other, "run.json"), "utf8");
    writeFileSync(join(other, "run.json"), text.replace('"learningRate":0.01', '"learningRate":0.02'));
    expect(keyOf(one)).not.toBe(keyOf(other));
    expect(keyOf("test/fixtures/peft-run-rank1-f32")).toBeNull();
  });
});

describe("listedRun: the summary of a run", () => {
  const directory = join(sharedFolder, "synthetic");
  writeSyntheticRun(directory, { steps: 24, turn: 12 });

  test("has the numbers of the whole analysis, and is kept until an answer is added", async () => {
    expect(storedSummary(directory)).toBeNull();
    const summary = runSummary(directory);
    const whole = summaryOf((await buildRunReport(directory)).analysis);
    expect(summary).toEqual({ ...whole, mechanism: null });
    expect(summary.curve.steps).toHaveLength(13);
    expect(storedSummary(directory)).toEqual(summary);
    const answers = join(directory, "evaluations", "curve.jsonl");
    const [first = ""] = readFileSync(answers, "utf8").split("\n");
    appendFileSync(answers, `${first}\n`);
    expect(storedSummary(directory)).toBeNull();
  });

  test("is kept by the analysis that a server makes, so that no list makes it again", async () => {
    const copy = join(temporaryFolder(), "copy");
    cpSync(directory, copy, { recursive: true, filter: (path) => !path.endsWith(".turncoat") });
    const pool = new ReportPool();
    try {
      await pool.report(copy);
    } finally {
      pool.close();
    }
    const kept = storedSummary(copy);
    expect(kept).toEqual({ ...runSummary(directory), mechanism: kept?.mechanism });
    expect(kept?.mechanism?.directionVerdict?.words).toMatch(/turn|told/);
    // Another checkpoint may turn elsewhere.
    cpSync(join(copy, "checkpoint-24"), join(copy, "checkpoint-25"), { recursive: true });
    expect(storedSummary(copy)).toEqual(runSummary(directory));
  });

  test("is kept nowhere but in the run's own folder, and a damaged one is made anew", () => {
    const [copy, elsewhere] = [join(temporaryFolder(), "copy"), temporaryFolder()];
    cpSync(directory, copy, { recursive: true, filter: (path) => !path.endsWith(".turncoat") });
    symlinkSync(elsewhere, join(copy, ".turncoat"));
    const summary = runSummary(copy);
    expect(existsSync(join(elsewhere, "summary.json"))).toBe(false);
    runSummary(directory);
    writeFileSync(join(directory, ".turncoat", "summary.json"), "{");
    expect(runSummary(directory)).toEqual(summary);
  });

  test("says nothing of a run that was not evaluated", () => {
    const empty = unfinished("running");
    expect(runSummary(empty)).toMatchObject({ misaligned: null, turn: null, curve: { steps: [] } });
    utimesSync(empty, 0, 0);
    expect(existsSync(join(empty, ".turncoat"))).toBe(false);
  });
});

describe("listedRun: the difference of configurations", () => {
  test("is exactly the settings that differ", () => {
    const one = { a: 1, b: { c: [1, 2], d: null }, e: {} };
    const other = { a: 1, b: { c: [2, 1], d: null }, f: null, e: {} };
    expect(configDiff([one, other])).toEqual({
      differences: [
        {
          setting: "b.c",
          values: [
            [1, 2],
            [2, 1],
          ],
        },
        { setting: "f", values: [undefined, null] },
      ],
      compared: 5,
      ignored: [],
    });
    expect(configDiff([one, other], ["b"])).toMatchObject({
      differences: [{ setting: "f" }],
      ignored: ["b.c"],
    });
    expect(configDiff([one, one]).differences).toEqual([]);
  });

  test("leaves out names, times and states of runs", () => {
    const diff = diffRuns([unfinished("running", 1), unfinished("interrupted", 2)]);
    expect(diff.differences).toEqual([{ setting: "seed", values: [1, 2] }]);
    expect(diff.ignored).toEqual(["status"]);
    expect(diffRuns([unfinished("running"), "test/fixtures/peft-run-rank1-f32"]).isKnown).toEqual([
      true,
      false,
    ]);
  });
});

describe("listedRun: directions of runs", () => {
  const wanted = ["one", "other"].map((id, index) => {
    const directory = join(sharedFolder, id);
    writeSyntheticRun(directory, { steps: 10, turn: 5 + index });
    return { id, run: directory };
  });

  test("agree with themselves, and the nearest stored step is taken", () => {
    const { compared } = compareDirections(wanted.map((run) => ({ ...run, step: 4.4 })));
    expect(compared?.steps).toEqual([4, 4]);
    expect(compared?.values[0]?.[0]).toBeCloseTo(1, 12);
    expect(compared?.values[0]?.[1]).toBe(compared?.values[1]?.[0]);
  });

  test("are undefined where B is zero, and missing where nothing was probed", () => {
    const { compared } = compareDirections(
      wanted.map((run) => ({ ...run, step: 0 })),
      "B",
    );
    expect(compared?.values[0]).toEqual([NaN, NaN]);
    const { compared: none, absent } = compareDirections(wanted, "misalignment");
    expect(none).toBeNull();
    expect(absent.map(({ id }) => id)).toEqual(["one", "other"]);
  });

  test("of other shapes are not compared", () => {
    const peft = { id: "peft", run: "test/fixtures/peft-run-rank1-f32" };
    const { compared } = compareDirections([...wanted, peft]);
    expect(compared?.values[0]?.[2]).toBeNaN();
    expect(compared?.values[2]?.[2]).toBeCloseTo(1, 12);
  });
});
