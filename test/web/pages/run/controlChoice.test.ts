import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readManifest } from "../../../../src/runs/manifest.js";
import { browserPath } from "../../../support/browser.js";
import { openPages, type PagesInBrowser } from "../../../support/pagesInBrowser.js";
import { writeSyntheticRun } from "../../../support/syntheticRun.js";

describe.skipIf(browserPath === undefined)("ControlChoice", () => {
  let pages: PagesInBrowser;

  beforeAll(async () => {
    pages = await openPages((root) => {
      for (const name of ["run", "named"]) writeSyntheticRun(join(root, name));
      writeSyntheticRun(join(root, "other"), { turn: 90 });
      const file = join(root, "run", "run.json");
      writeFileSync(file, JSON.stringify({ ...readManifest(file), control: "named" }));
    });
  });

  afterAll(() => pages.close());

  test("holds the run against another, or none, remembers it in the address, and Back returns", async () => {
    const { page } = pages;
    const words = page.locator(".summary");
    const choice = page.locator(".control-choice select");
    const choose = async (name: string): Promise<string | null> => {
      await choice.selectOption(name);
      await page.waitForURL(new RegExp(`control=${name}`));
      await page.waitForSelector("html[data-ready]");
      return words.textContent();
    };
    await pages.open("?run=run");
    await expect(choice.inputValue()).resolves.toBe("named");
    await expect(words.textContent()).resolves.toContain("the control named");
    // As it is drawn, so that colour is not all that tells the two apart.
    const swatch = page
      .locator('[data-figure="norms"] .readout dt', { hasText: "‖B‖, control" })
      .locator("path");
    await expect(swatch.getAttribute("stroke-dasharray")).resolves.toBe("5 2 1.5 2");
    await expect(choose("other")).resolves.toContain("the control other");
    await expect(choice.inputValue()).resolves.toBe("other");
    await page.waitForSelector('[data-figure="control-difference"] .plot[aria-label]');
    await expect(choose("none")).resolves.not.toContain("the control");
    await expect(page.locator('[data-figure="control-difference"]').count()).resolves.toBe(0);
    await page.goBack();
    await page.waitForURL(/control=other/);
    await page.waitForSelector('[data-figure="control-difference"] .plot[aria-label]');
    await expect(words.textContent()).resolves.toContain("the control other");
    expect(pages.problems).toEqual([]);
  });
});
