import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { startServerProcesses } from "../../src/server/reports/serverProcesses.js";
import { startServer } from "../../src/server/http/startServer.js";
import { launchBrowser } from "../../test/support/browser.js";
import { writeSyntheticRun } from "../../test/support/syntheticRun.js";
import { round } from "../harness/statistics.js";

const count = 20;

/** Seconds from opening a comparison until its first curve is drawn, and until all of it is there. */
interface Opening {
  readonly firstCurve: number;
  readonly all: number;
}

/**
 * Compares twenty runs of 120 steps and 31 evaluated ones in Chromium: by a server that nobody has asked before, and by
 * a second one, which finds what the first has kept.
 */
export async function compareTwentyBench(
  folder: string,
  webRoot: string,
): Promise<{ readonly runs: number; readonly first: Opening; readonly second: Opening }> {
  const [runsRoot, keptRoot] = [join(folder, "twenty"), join(folder, "kept")];
  mkdirSync(runsRoot);
  const ids = Array.from({ length: count }, (_, index) => `run-${index}`);
  for (const [index, id] of ids.entries()) {
    writeSyntheticRun(join(runsRoot, id), { steps: 120, turn: 40 + 2 * index, evaluateEvery: 4 });
  }
  const open = async (): Promise<Opening> => {
    const processes = startServerProcesses({ runsRoot, keptRoot });
    const server = await startServer({ runsRoot, webRoot, port: 0, ...processes.options });
    const browser = await launchBrowser();
    try {
      // Its processes load their modules, as those of a server that has been running have.
      await delay(5000);
      const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
      const began = performance.now();
      const since = (): number => round((performance.now() - began) / 1000);
      await page.goto(`${server.url}?compare=${ids.join(",")}`, { waitUntil: "commit" });
      await page.locator(".scatterlayer .trace path").first().waitFor({ state: "attached" });
      const firstCurve = since();
      await page.waitForSelector("html[data-ready]", { timeout: 300_000 });
      return { firstCurve, all: since() };
    } finally {
      await browser.close();
      await server.close();
      processes.close();
    }
  };
  return { runs: count, first: await open(), second: await open() };
}
