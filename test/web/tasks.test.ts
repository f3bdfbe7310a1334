import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PlaygroundHost } from "../../src/pipeline/playground/playgroundHost.js";
import { browserPath } from "../support/browser.js";
import type { GrowingRun } from "../support/growingRun.js";
import { doTask, pageTasks, writeTaskRuns } from "../support/pageTasks.js";
import { openPages, type PagesInBrowser } from "../support/pagesInBrowser.js";

describe.skipIf(browserPath === undefined)("the eight tasks of a reader", () => {
  const host = new PlaygroundHost();
  let growing: GrowingRun | undefined;
  let pages: PagesInBrowser;
  beforeAll(async () => {
    pages = await openPages(
      async (root) => {
        growing = await writeTaskRuns(root);
      },
      { playground: host },
    );
    await pages.page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  });
  afterAll(async () => {
    await pages.close();
    await host.close();
  });

  test("take three clicks at most", async () => {
    if (growing === undefined) throw new Error("no runs");
    const clicks: Record<string, number> = {};
    for (const task of pageTasks(growing)) {
      clicks[task.name] = (await doTask(task, pages.page, pages.server.url)).clicks;
    }
    expect(Object.keys(clicks)).toHaveLength(8);
    expect(Math.max(...Object.values(clicks)), JSON.stringify(clicks)).toBeLessThanOrEqual(3);
    expect(pages.problems).toEqual([]);
  });
});
