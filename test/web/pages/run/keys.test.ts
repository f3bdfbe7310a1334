import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { browserPath } from "../../../support/browser.js";
import { openPages, type PagesInBrowser } from "../../../support/pagesInBrowser.js";
import { writeSyntheticRun } from "../../../support/syntheticRun.js";

describe.skipIf(browserPath === undefined)("ways through a page by keyboard", () => {
  let pages: PagesInBrowser;
  let page: Page;

  beforeAll(async () => {
    pages = await openPages((root) => {
      writeSyntheticRun(join(root, "synthetic"));
      writeSyntheticRun(join(root, "other"), { turn: 40 });
    });
    page = pages.page;
  });
  afterAll(() => pages.close());

  test.each(["", "?run=synthetic", "?compare=synthetic,other", "?playground=synthetic"])(
    "%s has one first heading, and a first stop that skips what stands before the content",
    async (query) => {
      await pages.open(query);
      await expect(page.locator("h1").count()).resolves.toBe(1);
      expect((await page.locator("h1").textContent())?.length).toBeGreaterThan(2);
      await page.keyboard.press("Tab");
      const skip = page.getByRole("link", { name: "skip to the content" });
      await expect(skip.evaluate("document.activeElement.textContent")).resolves.toBe("skip to the content");
      expect((await skip.boundingBox())?.height).toBeGreaterThan(16);
      const before = page.url();
      await page.keyboard.press("Enter");
      await page.keyboard.press("Tab");
      await expect(page.evaluate("document.activeElement.closest('header') === null")).resolves.toBe(true);
      expect(page.url()).toBe(before);
    },
  );

  test("jumps to the time line, the figures and the answers; the help says so", async () => {
    await pages.open("?run=synthetic");
    const places = { t: '[data-figure="timeline"]', f: ".stack", a: ".says" };
    for (const [key, selector] of Object.entries(places)) {
      await page.keyboard.press(key);
      await expect(
        page.evaluate(`document.activeElement === document.querySelector('${selector}')`),
      ).resolves.toBe(true);
      const top = await page.evaluate<number>(
        `document.querySelector('${selector}').getBoundingClientRect().top`,
      );
      expect(top).toBeGreaterThanOrEqual(-1);
      expect(top).toBeLessThan(450);
    }
    // The keys of the page work on where the reader has arrived.
    const step = page.locator(".scrubber-step");
    const before = await step.innerText();
    await page.keyboard.press("ArrowRight");
    await expect(step.innerText()).resolves.not.toBe(before);
    await page.keyboard.press("?");
    await expect(page.getByRole("dialog").innerText()).resolves.toMatch(
      /follow the newest step[\s\S]*to the time line[\s\S]*to the figures[\s\S]*to the answers/,
    );
    await page.keyboard.press("Escape");
  });

  test("skips to the answers", async () => {
    await pages.open("?run=synthetic");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await expect(page.evaluate("document.activeElement.id")).resolves.toBe("answers");
    expect(pages.problems).toEqual([]);
  });

  test("gives a value that is not there a dash, and never the word undefined, in readouts and sentences", async () => {
    await pages.open("?run=synthetic&step=0");
    await expect(page.locator('[data-figure="cosine-to-final"] .readout').innerText()).resolves.toContain(
      "–",
    );
    const texts = await page.evaluate<string[]>(
      "[...document.querySelectorAll('.readout, .summary, .page-header, .scrubber, .says')].map(({ textContent }) => textContent)",
    );
    expect(texts.join(" ")).not.toMatch(/undefined|NaN/);
  });
});
