import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildRunReport, type RunReport } from "../../../src/pipeline/report/runReport.js";
import { browserPath, launchBrowser } from "../../support/browser.js";
import { writeSyntheticRun } from "../../support/syntheticRun.js";
import { runCli } from "../../support/runCli.js";

const folder = mkdtempSync(join(tmpdir(), "turncoat-report-"));
const runs = [1, 2, 3].map((run) => join(folder, `run-${run}`));
const output = join(folder, "reports", "three.html");
let reports: readonly RunReport[] = [];

beforeAll(async () => {
  for (const [index, run] of runs.entries()) {
    writeSyntheticRun(run, { steps: 120, turn: 40 + 20 * index, evaluateEvery: 6 });
  }
  reports = await Promise.all(runs.map((run) => buildRunReport(run)));
  const { code, stdout, stderr } = await runCli(["report", ...runs, "--out", output, "--json"]);
  expect(stderr).toBe("");
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ output, runs, bytes: statSync(output).size });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("turncoat report", () => {
  test("writes one file of less than 3 MB with every run's words, figures and provenance", () => {
    expect(statSync(output).size).toBeLessThan(3e6);
    const html = readFileSync(output, "utf8");
    const outside = html.replaceAll(/<script[^>]*>[\s\S]*?<\/script>/g, "");
    expect(outside).not.toMatch(/https?:|src=/);
    for (const report of reports) {
      expect(outside).toContain(`<p>${report.sentences[0] ?? ""}</p>`);
      for (const { figure } of report.figures) expect(outside).toContain(figure.meta.title);
    }
    expect(outside.match(/<dt>data set<\/dt>/g)).toHaveLength(3);
  });

  test("says which folder is no run", async () => {
    const { code, stderr } = await runCli(["report", join(folder, "nowhere"), "-o", join(folder, "x.html")]);
    expect(code).toBe(1);
    expect(stderr).toContain(`${join(folder, "nowhere")}: `);
    expect(stderr.trimEnd().split("\n").length).toBeLessThanOrEqual(2);
  });
});

describe.skipIf(browserPath === undefined)("the file in a browser, with the network off", () => {
  test("draws every figure, in both themes, and a table when it is opened", async () => {
    const browser = await launchBrowser();
    try {
      const context = await browser.newContext({ offline: true, colorScheme: "dark" });
      const page = await context.newPage();
      const problems: string[] = [];
      page.on("pageerror", (error) => problems.push(error.message));
      page.on("request", (request) => {
        if (!/^(file|data|blob):/.test(request.url())) problems.push(request.url());
      });
      await page.goto(pathToFileURL(output).href);
      const figures = reports.flatMap((report) => report.figures);
      await expect.poll(() => page.locator(".plot.js-plotly-plot").count()).toBe(figures.length);
      const color = (): Promise<unknown> =>
        page.evaluate("document.querySelector('.js-plotly-plot').layout.font.color");
      const dark = await color();
      await page.emulateMedia({ colorScheme: "light" });
      await expect.poll(color).not.toBe(dark);

      const table = page.locator("details[data-table]").first();
      await table.locator("summary").click();
      const rows = figures[0]?.figure.meta.table.rows.length ?? 0;
      await expect.poll(() => table.locator("tbody tr").count()).toBe(rows);
      expect(problems).toEqual([]);
    } finally {
      await browser.close();
    }
  });
});
