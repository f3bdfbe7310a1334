import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { PlaygroundHost } from "../../src/pipeline/playground/playgroundHost.js";
import { startServerProcesses } from "../../src/server/reports/serverProcesses.js";
import { startServer } from "../../src/server/http/startServer.js";
import { launchBrowser } from "../../test/support/browser.js";
import { doTask, pageTasks, writeTaskRuns } from "../../test/support/pageTasks.js";
import { median, round } from "../harness/statistics.js";

const rounds = 3;

/** Clicks and seconds of the eight tasks of docs/pages.md, from opening the first page: medians, each run looked at before. */
export async function tasksBench(folder: string, webRoot: string): Promise<object> {
  const runsRoot = join(folder, "tasks");
  mkdirSync(runsRoot);
  const growing = await writeTaskRuns(runsRoot);
  const [host, processes] = [new PlaygroundHost(), startServerProcesses({ runsRoot })];
  const server = await startServer({ runsRoot, webRoot, port: 0, playground: host, ...processes.options });
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    const results: Record<string, { readonly clicks: number; readonly seconds: number }> = {};
    for (const task of pageTasks(growing)) {
      const done = [];
      await doTask(task, page, server.url);
      for (let count = 0; count < rounds; count++) done.push(await doTask(task, page, server.url));
      results[task.name] = {
        clicks: done[0]?.clicks ?? NaN,
        seconds: round(median(done.map(({ seconds }) => seconds))),
      };
    }
    return results;
  } finally {
    await browser.close();
    await server.close();
    processes.close();
    await host.close();
  }
}
