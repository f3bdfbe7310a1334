import { appendFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ReportPool } from "../../../../src/pipeline/processes/reportPool.js";
import { browserPath } from "../../../support/browser.js";
import { GrowingRun } from "../../../support/growingRun.js";
import { openPages, type PagesInBrowser } from "../../../support/pagesInBrowser.js";
import { writeSecondEvaluation, writeSyntheticRun } from "../../../support/syntheticRun.js";

describe.skipIf(browserPath === undefined)("the page of a run of which something cannot be read", () => {
  const reports = new ReportPool();
  let pages: PagesInBrowser;
  let growing: GrowingRun;

  beforeAll(async () => {
    pages = await openPages((root) => {
      writeSyntheticRun(join(root, "several"));
      writeSecondEvaluation(join(root, "several"), "a-scaled");
      appendFileSync(join(root, "several", "evaluations", "a-scaled.jsonl"), "{not JSON}\n");
      growing = new GrowingRun(join(root, "growing"), 200);
      growing.grow(24);
    }, reports.source);
  });

  afterAll(async () => {
    await pages.close();
    reports.close();
  });

  test("shows the line that is at fault, and the rest of the run", async () => {
    const { page } = pages;
    await pages.open("?run=several");
    await expect.poll(() => page.locator(".page-state").innerText()).not.toContain("being");
    await page.locator(".warnings summary").click();
    await expect(page.locator(".warnings").innerText()).resolves.toMatch(
      /a-scaled\.jsonl:\d+: expected JSON, .*; this evaluation was left out/,
    );
    await expect(page.locator('[data-figure="behavior"] .plot').count()).resolves.toBe(1);
    await expect(page.locator(".answer-column").count()).resolves.toBe(3);
    expect(pages.problems).toEqual([]);
  });

  test("names a measurement that cannot be read, keeps all else, and goes on once it is mended", async () => {
    const { page, runsRoot } = pages;
    await pages.open("?run=growing");
    const state = (): Promise<string> => page.locator(".page-state").innerText();
    const warnings = (): Promise<string | null> => page.locator("body").textContent();
    await expect.poll(state).not.toContain("being analysed");
    const folder = join(runsRoot, "growing", "analysis");
    mkdirSync(folder, { recursive: true });
    const path = join(folder, "likelihood.json");
    writeFileSync(path, '{"formatVersion": 7}');
    growing.grow(1);
    await expect.poll(warnings).toMatch(/likelihood\.json: field/);
    await expect(page.locator('[data-figure="loss"] .plot').count()).resolves.toBe(1);
    rmSync(path);
    growing.grow(1);
    await expect.poll(warnings).not.toContain("likelihood.json");
  });
});
