import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { browserPath } from "../../../support/browser.js";
import { openPages, type PagesInBrowser } from "../../../support/pagesInBrowser.js";
import { writeSecondEvaluation, writeSyntheticRun } from "../../../support/syntheticRun.js";

describe.skipIf(browserPath === undefined)("EvaluationChoice", () => {
  let pages: PagesInBrowser;

  beforeAll(async () => {
    pages = await openPages((root) => {
      writeSyntheticRun(join(root, "several"));
      writeSecondEvaluation(join(root, "several"), "a-scaled");
      writeSyntheticRun(join(root, "one"), { scales: [5, 10] });
    });
  });

  afterAll(() => pages.close());

  test("shows another evaluation, remembers it in the address, and Back returns", async () => {
    const { page } = pages;
    await pages.open("?run=several");
    const choice = page.locator(".evaluation-choice select");
    const behavior = page.locator('[data-figure="behavior"] .plot');
    await expect(choice.inputValue()).resolves.toBe("curve");
    await choice.selectOption("a-scaled");
    await page.waitForURL(/evaluation=a-scaled/);
    await page.waitForSelector("html[data-ready]");
    await page.waitForSelector('[data-figure="behavior"] .plot[aria-label*="×5"]');
    await expect(page.locator(".summary").textContent()).resolves.toContain("evaluation a-scaled (");
    await expect(page.getByLabel("scale factor").inputValue()).resolves.toBe("5");
    await expect(page.locator(".answer-column").first().innerText()).resolves.toContain("(×5)");
    await page.goBack();
    await page.waitForSelector('[data-figure="behavior"] .plot[aria-label*="×1"]');
    expect(pages.query("evaluation")).toBeNull();
    await expect(behavior.getAttribute("aria-label")).resolves.toContain("×1");
    expect(pages.problems).toEqual([]);
  });

  test("is not there where a run has one; factors 5 and 10 alone make one page of factor 5", async () => {
    const { page } = pages;
    await pages.open("?run=one");
    await expect(page.locator(".evaluation-choice").isVisible()).resolves.toBe(false);
    await expect(page.locator(".summary h1").innerText()).resolves.toContain("Behaviour at ×5 turns");
    await expect(page.getByLabel("scale factor").inputValue()).resolves.toBe("5");
    const bands = (figure: string): Promise<unknown> =>
      page.evaluate(
        `[...document.querySelector('[data-figure="${figure}"] .plot').layout.annotations].map(({ text }) => text)`,
      );
    await expect(bands("behavior")).resolves.toContain("E");
    await expect(bands("gradient-norm")).resolves.toContain("E");
    expect(pages.problems).toEqual([]);
  });
});
