import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildRunReport, type RunReport } from "../../../src/pipeline/report/runReport.js";
import { browserPath, launchBrowser } from "../../support/browser.js";
import { writeSyntheticRun } from "../../support/syntheticRun.js";
import { callCli } from "../../support/cli/callCli.js";

const folder = mkdtempSync(join(tmpdir(), "turncoat-report-"));
const runs = [1, 2, 3].map((run) => join(folder, `run-${run}`));
const output = join(folder, "reports", "three.html");
let reports: readonly RunReport[] = [];

beforeAll(async () => {
  for (const [index, run] of runs.entries()) {
    writeSyntheticRun(run, { steps: 120, turn: 40 + 20 * index, evaluateEvery: 6 });
  }
  reports = await Promise.all(runs.map((run) => buildRunReport(run)));
  const { code, stdout, stderr } = await callCli(["report", ...runs, "--out", output, "--json"]);
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
      expect(outside).toContain(`<p class="headline">${report.sentences[0] ?? ""}</p>`);
      for (const { figure } of report.figures) expect(outside).toContain(figure.meta.title);
    }
    expect(outside.match(/<dt>data set<\/dt>/g)).toHaveLength(3);
  });

  test("begins with a table of the runs, their time line and one curve, and has answers around each event", () => {
    const outside = readFileSync(output, "utf8").replaceAll(/<script[^>]*>[\s\S]*?<\/script>/g, "");
    const rows = [
      ...outside.matchAll(/<tr><th scope="row"><a href="#part-(\d)">(run-\d)<\/a><\/th>(.*?)<\/tr>/g),
    ];
    expect(rows.map(([, index, name]) => [index, name])).toEqual([
      ["0", "run-1"],
      ["1", "run-2"],
      ["2", "run-3"],
    ]);
    const [overview = "", ...parts] = outside.split('<h2 id="part-');
    expect(overview.match(/<figure>/g)).toHaveLength(2);
    expect(overview).toContain("What turns when, run by run");
    for (const [index, report] of reports.entries()) {
      const turn = report.analysis.transitions.find(({ indicator }) => indicator === "behavior");
      expect(rows[index]?.[3]).toContain(`<td>${turn?.step ?? NaN} [`);
      const part = parts[index] ?? "";
      const table =
        /<table class="answers">(?:(?!<\/table>).)*[Bb]road behaviour turns.*?<\/table>/s.exec(part)?.[0] ??
        "";
      const steps = [...table.matchAll(/<th scope="col">step (\d+)<\/th>/g)].map(([, step]) => Number(step));
      // One before its interval, one after it.
      expect(steps[0]).toBeLessThan(turn?.interval[0] ?? NaN);
      expect(steps.at(-1)).toBeGreaterThan(turn?.interval[1] ?? NaN);
      expect(table).toContain("▲ misaligned");
      expect(table).toContain("● not misaligned");
    }
  });

  test("writes each figure as SVG, as wide as a column of a paper", async () => {
    const pictures = join(folder, "pictures");
    const [run = ""] = runs;
    const { code, stdout } = await callCli([
      ...["report", run, "--out", join(folder, "one.html"), "--json"],
      ...["--figures", pictures, "--width", "column"],
    ]);
    expect(code).toBe(0);
    const names = readdirSync(pictures);
    expect(JSON.parse(stdout)).toMatchObject({ figures: names.length });
    expect(names).toContain("run-1-gradient-norm.svg");
    for (const name of names) expect(readFileSync(join(pictures, name), "utf8")).toContain('width="85mm"');
  });

  test("says which folder is no run", async () => {
    const { code, stderr } = await callCli(["report", join(folder, "nowhere"), "-o", join(folder, "x.html")]);
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
      // Two more are over all runs.
      await expect.poll(() => page.locator(".plot.js-plotly-plot").count()).toBe(figures.length + 2);
      const color = (): Promise<unknown> =>
        page.evaluate("document.querySelector('.js-plotly-plot').layout.font.color");
      const dark = await color();
      await page.emulateMedia({ colorScheme: "light" });
      await expect.poll(color).not.toBe(dark);

      // On paper it is light and no wider than the paper, whatever the screen is like.
      const drawn = (): Promise<unknown> =>
        page.evaluate(
          "(({ width }, { color }) => [width, color])(document.querySelector('.js-plotly-plot')._fullLayout, document.querySelector('.js-plotly-plot')._fullLayout.font)",
        );
      await page.emulateMedia({ colorScheme: "dark" });
      await expect.poll(color).toBe(dark);
      await page.evaluate("dispatchEvent(new Event('beforeprint'))");
      await expect.poll(drawn).toEqual([660, "#1a1a1a"]);
      await page.evaluate("dispatchEvent(new Event('afterprint'))");
      await expect.poll(color).toBe(dark);

      const table = page.locator("details[data-table]").nth(2);
      await table.locator("summary").click();
      const rows = figures[0]?.figure.meta.table.rows.length ?? 0;
      await expect.poll(() => table.locator("tbody tr").count()).toBe(rows);
      expect(problems).toEqual([]);
    } finally {
      await browser.close();
    }
  });
});
