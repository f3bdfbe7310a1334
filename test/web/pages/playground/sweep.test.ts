import { cpSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PlaygroundHost } from "../../../../src/pipeline/playground/playgroundHost.js";
import { turnedStep, writeOrganismRun } from "../../../support/organismRun.js";
import { browserPath } from "../../../support/browser.js";
import { openPages, type PagesInBrowser } from "../../../support/pagesInBrowser.js";

describe.skipIf(browserPath === undefined)("sweep: the steering of the playground over strengths", () => {
  const host = new PlaygroundHost();
  let pages: PagesInBrowser;
  let page: Page;

  beforeAll(async () => {
    pages = await openPages(
      async (root) => {
        await writeOrganismRun(join(root, "organism"));
        const checkpoint = join(root, "other", "checkpoint-1");
        cpSync("test/fixtures/tiny-qwen2/adapter-rank1", checkpoint, { recursive: true });
      },
      { playground: host, baseModel: "test/fixtures/tiny-qwen2" },
    );
    page = pages.page;
  });

  afterAll(async () => {
    await pages.close();
    await host.close();
  });

  const panel = () => page.locator("section.sweep");
  const verdict = () => panel().locator(".sweep-verdict").innerText();
  const marks = (of: "em" | "coherent") => panel().locator(`svg.${of} .mark`).count();
  const drawn = (of: "em" | "coherent") => panel().locator(`svg.${of}`).getAttribute("aria-label");
  const start = () => page.locator(".sweep-button:not(.factor)");
  const long = { timeout: 240_000 };

  test("stands beside a direction only, begins by key, and draws each point as it is done", async () => {
    await pages.open("?playground=organism");
    await expect(start().isVisible()).resolves.toBe(false);
    await page.getByLabel("steering direction").selectOption("mean");
    await expect.poll(() => start().isVisible()).toBe(true);
    await expect(panel().isVisible()).resolves.toBe(false);
    await page.locator("h2").first().click();
    await page.keyboard.press("s");
    await expect.poll(() => pages.query("sweep")).toBe("24");
    await expect(start().innerText()).resolves.toBe("stop");
    await expect.poll(() => marks("em"), long).toBeGreaterThan(0);
    await expect(marks("em")).resolves.toBeLessThan(9);
    await expect.poll(verdict, long).toMatch(/^(Nothing moved|EM (moved|differs))/);
    await expect(Promise.all([marks("em"), marks("coherent")])).resolves.toEqual([9, 9]);
    await expect(panel().locator("h3").innerText()).resolves.toBe(
      `Sweep: misalignment direction added after layer 2, at step ${turnedStep}`,
    );
    await expect(panel().locator(".sweep-legend").innerText()).resolves.toMatch(
      /^n = \d+ a point: .*95 % Wilson intervals\. Grey: 3 random directions of the same length/,
    );
    await expect(drawn("em")).resolves.toMatch(
      /strength 0: \S+\s% \[\d+, \d+\].*random directions, strength −2:/,
    );
  });

  test("says in letters of one size whatever moved, and keeps the answers' own strength apart", async () => {
    const sizeOf = (selector: string): Promise<unknown> =>
      page.evaluate(`getComputedStyle(document.querySelector('${selector}')).fontSize`);
    await expect(sizeOf(".sweep-verdict p")).resolves.toBe(await sizeOf("body"));
    const before = await drawn("em");
    await page.getByLabel("strength", { exact: true }).fill("3");
    await page.keyboard.press("Tab");
    await expect.poll(() => pages.query("by")).toBe("3");
    expect(pages.query("sweep")).toBe("24");
    await expect(drawn("em")).resolves.toBe(before);
  });

  test("shows with, without and random where one is taken out, and comes back to that from its address", async () => {
    await page.getByLabel("what is done with the direction").selectOption("taken out");
    // The curves are of the model as it was.
    await expect.poll(() => pages.query("sweep")).toBeNull();
    await expect(panel().getAttribute("class")).resolves.toContain("old");
    await expect(page.getByLabel("strengths of the sweep").isVisible()).resolves.toBe(false);
    await start().click();
    await expect.poll(() => marks("em"), long).toBe(3);
    await expect(drawn("em")).resolves.toMatch(/with: .*; without: .*; random: /);
    await expect.poll(verdict, long).not.toBe("");
    const [before, said] = [await drawn("em"), await verdict()];
    await pages.open(new URL(page.url()).search);
    await expect.poll(verdict, long).toBe(said);
    await expect(drawn("em")).resolves.toBe(before);
    await panel().locator("summary").click();
    for (const width of [1440, 1024, 400]) {
      await page.setViewportSize({ width, height: 800 });
      const overflow = await page.evaluate(
        "Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth)",
      );
      expect(overflow).toBe(0);
    }
  });

  test("can be stopped, and is stopped by a change of the model; it says that nothing is told then", async () => {
    await pages.open("?playground=organism&dir=mean");
    await page.getByLabel("answers a point").selectOption("96");
    await start().click();
    await expect.poll(() => marks("em"), long).toBeGreaterThan(0);
    await start().click();
    await expect
      .poll(verdict)
      .toMatch(/^Stopped after \d of 9 points: what moved is told of a whole sweep only/);
    await expect(start().innerText()).resolves.toBe("sweep");
    expect(pages.query("sweep")).toBeNull();
    await start().click();
    await expect.poll(() => marks("em"), long).toBeGreaterThan(0);
    await page.getByLabel("after which layer").selectOption("layer 3");
    await expect.poll(verdict).toMatch(/^Stopped, as the model's state has changed, after \d of 9 points/);
    await panel().getByRole("button", { name: "close the sweep" }).click();
    await expect(panel().isVisible()).resolves.toBe(false);
  });

  test("says why there is none where nobody judges", async () => {
    await pages.open("?playground=other&dir=b0");
    await expect(page.locator(".model-state").innerText()).resolves.toMatch(
      /No sweep: no judge knows this model's answers\. .*--judge-model/,
    );
    await expect(start().count()).resolves.toBe(0);
    expect(pages.problems).toEqual([]);
  });
});
