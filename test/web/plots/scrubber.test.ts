import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RunWriter } from "../../../src/runs/runWriter.js";
import { exampleAdapter, manifest } from "../../support/exampleRunDirectory.js";
import { browserPath } from "../../support/browser.js";
import { openPages, type PagesInBrowser } from "../../support/pagesInBrowser.js";
import { writeSyntheticRun } from "../../support/syntheticRun.js";

describe.skipIf(browserPath === undefined)("the scrubber under zoom", () => {
  let pages: PagesInBrowser;
  let page: Page;

  beforeAll(async () => {
    pages = await openPages((root) => {
      writeSyntheticRun(join(root, "synthetic"));
      const writer = RunWriter.create(join(root, "long"), { ...manifest, runId: "long" });
      for (let step = 0; step <= 20_000; step += 1000) {
        writer.writeCheckpoint(step, exampleAdapter(step));
        if (step > 0) writer.log({ step, loss: 2 + 1e-5 * step, gradNorm: step, learningRate: 0.01 });
      }
      writer.finish("finished");
    });
    page = pages.page;
  });
  afterAll(() => pages.close());

  const label = (): Promise<string> => page.locator(".scrubber-step").innerText();
  const readout = (): Promise<string> => page.locator('[data-figure="loss"] .readout dd').first().innerText();
  /** Shares of the overview's width at which something in it begins and ends. */
  const place = (selector: string): Promise<readonly [number, number]> =>
    page.evaluate(`(() => {
      const { left, width } = document.querySelector(".overview").getBoundingClientRect();
      const box = document.querySelector("${selector}").getBoundingClientRect();
      return [(box.left - left) / width, (box.right - left) / width];
    })()`);

  test("shows no thumb on a step that is not chosen: it says where the chosen one is, as the readouts do", async () => {
    await pages.open("?run=synthetic&step=10&zoom=30_50");
    await expect(label()).resolves.toBe("step 10");
    const value = await readout();
    const outside = page.locator(".scrubber-outside");
    await expect(outside.innerText()).resolves.toBe("◂ 10");
    await expect(page.locator(".scrubber-track input.outside").count()).resolves.toBe(1);
    await outside.click();
    await expect.poll(() => outside.isVisible()).toBe(false);
    expect([await label(), await readout()]).toEqual(["step 10", value]);
    // The thumb stands where the cursor does.
    const [thumb, cursor] = await page.evaluate<[number, number]>(`(() => {
      const input = document.querySelector(".scrubber-track input");
      const { left, width } = document.querySelector(".scrubber-axis").getBoundingClientRect();
      const share = (input.value - input.min) / (input.max - input.min);
      return [left + share * width, document.querySelector(".cursor:not(.hovered)").getBoundingClientRect().left];
    })()`);
    expect(Math.abs(thumb - cursor)).toBeLessThan(1.5);
  });

  test("keeps the whole run in view, with the stretch and the step on it; a drag there moves the stretch", async () => {
    await pages.open("?run=synthetic&step=10&zoom=30_50");
    const [from, to] = await place(".overview-window");
    expect([from, to]).toEqual([expect.closeTo(0.5, 1), expect.closeTo(0.83, 1)]);
    expect((await place(".overview-step"))[0]).toBeCloseTo(10 / 60, 1);
    await expect(page.locator(".overview-tick").count()).resolves.toBeGreaterThan(1);
    const box = await page.locator(".overview").boundingBox();
    if (box === null) throw new Error("no overview");
    await page.mouse.click(box.x + 0.25 * box.width, box.y + box.height / 2);
    await expect.poll(async () => (await place(".overview-window"))[0]).toBeLessThan(0.15);
    const [low = NaN, high = NaN] = (pages.query("zoom") ?? "").split("_").map(Number);
    await expect.poll(() => pages.query("zoom")).not.toBe("30_50");
    expect(high - low).toBeCloseTo(20, 1);
    await expect(label()).resolves.toBe("step 10");
    await page.keyboard.press("0");
    await expect.poll(() => pages.query("zoom")).toBeNull();
    await page.mouse.click(box.x + 0.75 * box.width, box.y + box.height / 2);
    await expect(label()).resolves.toMatch(/^step 4[456]$/);
    expect(pages.problems).toEqual([]);
  });

  test("writes steps and values from 10 000 on with thin spaces", async () => {
    await pages.open("?run=long&step=12000");
    const thin = "\u202f";
    await expect(label()).resolves.toBe(`step 12${thin}000`);
    const norms = await page.locator('[data-figure="gradient-norm"] .readout dd').allInnerTexts();
    expect(norms).toContain(`12${thin}000`);
    const ticks = [
      ...(await page.locator(".scrubber .tick").allInnerTexts()),
      ...(await page.locator(".stack .step-row:last-of-type .xtick").allTextContents()),
      ...(await page.locator('[data-figure="cosine-heatmap"] .xtick').allTextContents()),
    ];
    expect(ticks).toContain(`20${thin}000`);
    expect(ticks.filter((tick) => /\d{5}|k$/.test(tick))).toEqual([]);
    for (const part of [".summary", ".page-header", ".scrubber-controls", ".readout", ".notes", ".caption"])
      for (const text of await page.locator(part).allInnerTexts()) expect(text).not.toMatch(/\d{5}/);
  });
});
