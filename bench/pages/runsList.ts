import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildRunReport } from "../../src/pipeline/report/runReport.js";
import { readManifest } from "../../src/runs/manifest.js";
import { startServer } from "../../src/server/http/startServer.js";
import { browserPath, launchBrowser } from "../../test/support/browser.js";
import { writeSyntheticRun } from "../../test/support/syntheticRun.js";
import { median, round as rounded } from "../harness/statistics.js";

/** Number of runs in the list. */
const count = 500;
const rounds = 5;

/** Milliseconds until a list of runs is there: medians of several rounds. */
export interface RunsListResult {
  readonly runs: number;
  readonly checkpoints: number;
  /** Time to the answer of the API. */
  readonly api: number;
  /** Time from asking for the page until every row stands in the browser, page and script included. */
  readonly rows: number;
  /** Time from asking for the page until every row has its numbers, which are kept beside the runs. */
  readonly numbers: number;
  /** Time until every row has its numbers on the first visit, when all summaries have to be made; measured once. */
  readonly numbersFirst: number;
}

/**
 * Lists five hundred runs of twenty checkpoints and seven evaluated steps each, in Chromium.
 *
 * @param webRoot the built front end
 */
export async function runsListBench(webRoot: string): Promise<RunsListResult | { readonly skipped: string }> {
  if (browserPath === undefined) return { skipped: "there is no browser" };
  const folder = mkdtempSync(join(tmpdir(), "turncoat-bench-list-"));
  const steps = 20;
  try {
    const runsRoot = join(folder, "runs");
    writeRuns(runsRoot, steps);
    const server = await startServer({ runsRoot, webRoot, port: 0, buildReport: buildRunReport });
    const browser = await launchBrowser();
    try {
      const page = await browser.newPage();
      const visit = async (): Promise<{ readonly rows: number; readonly numbers: number }> => {
        const started = performance.now();
        await page.goto(server.url, { waitUntil: "commit" });
        await page
          .locator(".runs tr[data-run]")
          .nth(count - 1)
          .waitFor();
        const rows = performance.now() - started;
        await page
          .locator(".runs .sparkline")
          .nth(count - 1)
          .waitFor({ timeout: 300_000 });
        return { rows, numbers: performance.now() - started };
      };
      const first = await visit();
      const visits = [];
      const answers: number[] = [];
      for (let round = 0; round < rounds; round++) {
        visits.push(await visit());
        const started = performance.now();
        await (await fetch(`${server.url}api/v1/runs`)).text();
        answers.push(performance.now() - started);
      }
      return {
        runs: count,
        checkpoints: steps + 1,
        api: rounded(median(answers)),
        rows: rounded(median(visits.map(({ rows }) => rows))),
        numbers: rounded(median(visits.map(({ numbers }) => numbers))),
        numbersFirst: rounded(first.numbers),
      };
    } finally {
      await browser.close();
      await server.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Writes one run, and the others as copies of it with another seed. */
function writeRuns(folder: string, steps: number): void {
  mkdirSync(folder);
  const first = join(folder, "run-0");
  writeSyntheticRun(first, { steps, turn: steps / 2, evaluateEvery: 3 });
  const manifest = readManifest(join(first, "run.json"));
  for (let seed = 1; seed < count; seed++) {
    const directory = join(folder, `run-${seed}`);
    cpSync(first, directory, { recursive: true });
    writeFileSync(join(directory, "run.json"), JSON.stringify({ ...manifest, seed }));
  }
}
