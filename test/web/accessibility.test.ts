import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import axe from "axe-core";
import type { Browser } from "playwright-core";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildRunReport } from "../../src/pipeline/runReport.js";
import { startServer, type RunningServer } from "../../src/server/startServer.js";
import { browserPath, launchBrowser } from "./browser.js";
import { writeSyntheticRun } from "./syntheticRun.js";

const pages = {
  runs: "",
  run: "?run=one",
  "run, three dimensions and smoothed": "?run=one&cam=-30_25&smooth=mean5",
  compare: "?compare=one,two",
  playground: "?playground=one",
  "an address that leads nowhere": "?run=nowhere",
};

describe.skipIf(browserPath === undefined)("accessibility by axe's rules", () => {
  const folder = mkdtempSync(join(tmpdir(), "turncoat-axe-"));
  let server: RunningServer;
  let browser: Browser;

  beforeAll(async () => {
    const webRoot = join(folder, "web");
    await build({ configFile: "vite.config.ts", logLevel: "error", build: { outDir: webRoot } });
    const runsRoot = join(folder, "runs");
    mkdirSync(runsRoot);
    writeSyntheticRun(join(runsRoot, "one"));
    writeSyntheticRun(join(runsRoot, "two"), { turn: 40 });
    server = await startServer({ runsRoot, webRoot, port: 0, reportOf: buildRunReport });
    browser = await launchBrowser();
  });

  afterAll(async () => {
    await browser.close();
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  for (const colorScheme of ["light", "dark"] as const) {
    test.each(Object.entries(pages))(`finds nothing serious in ${colorScheme}: %s`, async (_name, query) => {
      const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, colorScheme });
      try {
        await page.goto(`${server.url}${query}`);
        await page.waitForSelector("html[data-ready], [role=alert]");
        // Through the protocol and not as a script of the page, which the content security policy forbids.
        await page.evaluate(axe.source);
        const found = await page.evaluate<axe.AxeResults>("axe.run(document)");
        const serious = found.violations
          .filter(({ impact }) => impact === "serious" || impact === "critical")
          .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`);
        expect(serious).toEqual([]);
        expect(found.passes.length).toBeGreaterThan(10);
      } finally {
        await page.close();
      }
    });
  }
});
