import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { formatLook, parseLook, plainLook } from "../../../src/web/state/axisLook.js";
import { formatFigureLink, parseFigureLink } from "../../../src/web/state/figureHash.js";
import { browserPath } from "../../support/browser.js";
import { openFigureMenu } from "../../support/openFigureMenu.js";
import { crowdedTexts } from "../../support/crowdedTexts.js";
import { openPages, type PagesInBrowser } from "../../support/pagesInBrowser.js";
import { writeSyntheticRun } from "../../support/syntheticRun.js";

describe("links to figures", () => {
  test("say how the value axis looks, in few letters; nonsense is the plain look", () => {
    for (const look of [
      plainLook,
      { isLog: true, low: null, high: null },
      { isLog: false, low: -0.5, high: 1e-3 },
    ])
      expect(parseLook(formatLook(look))).toEqual(look);
    expect(formatLook(plainLook)).toBe("");
    expect(parseLook("log")).toEqual({ isLog: true, low: null, high: null });
    for (const nonsense of ["lin", "_1", "_x_y", "_--_1"]) expect(parseLook(nonsense)).toBeUndefined();
    const link = { id: "pca-path", look: { isLog: true, low: 1, high: null } };
    expect(parseFigureLink(formatFigureLink(link))).toEqual(link);
    expect(parseFigureLink("#figure=norms&axis=odd")).toEqual({ id: "norms", look: plainLook });
    expect(parseFigureLink("#elsewhere")).toBeNull();
  });
});

describe.skipIf(browserPath === undefined)("menu of a figure", () => {
  let pages: PagesInBrowser;
  let page: Page;

  beforeAll(async () => {
    pages = await openPages((root) => {
      writeSyntheticRun(join(root, "synthetic"), { steps: 60, turn: 30 });
      writeSyntheticRun(join(root, "never"), { steps: 60, turn: 500 });
    });
    page = pages.page;
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  });
  afterAll(() => pages.close());

  const figure = (id: string) => page.locator(`[data-figure="${id}"]`);

  async function openMenu(id: string): Promise<void> {
    await openFigureMenu(figure(id));
  }

  async function saved(id: string): Promise<string> {
    await openMenu(id);
    const [file] = await Promise.all([
      page.waitForEvent("download"),
      figure(id).getByRole("button", { name: "SVG", exact: true }).click(),
    ]);
    // Saving leaves the menu open, over what is below it.
    await page.keyboard.press("Escape");
    return readFileSync(await file.path(), "utf8");
  }

  /** Ids of the figures in the order of the page. */
  const ids = () =>
    page.evaluate<string[]>(
      "[...document.querySelectorAll('[data-figure]')].map((each) => each.dataset.figure)",
    );

  test("saves every figure at the widths of papers, no text on another; the width is remembered", async () => {
    await pages.open("?run=synthetic&control=never");
    const measuring = await pages.browser.newPage();
    const all = await ids();
    expect(all.length).toBeGreaterThan(8);
    for (const [width, millimeters] of [
      ["column", 85],
      ["page", 178],
    ] as const) {
      await openMenu("norms");
      await figure("norms").locator(".menu select").selectOption(width);
      await page.keyboard.press("Escape");
      for (const id of all) {
        const svg = await saved(id);
        expect(svg, id).toContain(`width="${millimeters}mm"`);
        expect(await crowdedTexts(measuring, svg), id).toEqual([]);
      }
    }
    await measuring.close();
  });

  test("draws a log axis and a range on request, remembers them, and saves them", async () => {
    await pages.open("?run=synthetic");
    const ticks = () => figure("gradient-norm").locator(".ytick text").allTextContents();
    await openMenu("gradient-norm");
    await figure("gradient-norm").getByLabel("log axis").check();
    await figure("gradient-norm")
      .getByLabel(/^lower end/)
      .fill("0.01");
    await figure("gradient-norm")
      .getByLabel(/^upper end/)
      .fill("100");
    await figure("gradient-norm")
      .getByLabel(/^upper end/)
      .press("Tab");
    await expect.poll(ticks).toContain("100");
    await page.keyboard.press("Escape");
    await pages.open("?run=synthetic");
    await expect.poll(ticks).toContain("100");
    const svg = await saved("gradient-norm");
    for (const text of ["0.01", "0.1", "100"]) expect(svg).toContain(`>${text}</text>`);
    await openMenu("local-cosine");
    // Values below zero have no logarithm.
    expect(await figure("local-cosine").getByLabel("log axis").isDisabled()).toBe(true);
    await page.keyboard.press("Escape");
    await openMenu("gradient-norm");
    await figure("gradient-norm")
      .getByRole("button", { name: /^reset/ })
      .click();
    await expect.poll(ticks).not.toContain("100");
  });

  test("copies a link that leads to the figure as it looks", async () => {
    await pages.open("?run=synthetic");
    await openMenu("norms");
    await figure("norms").getByLabel("log axis").check();
    await figure("norms").getByRole("button", { name: "copy link" }).click();
    await expect.poll(() => figure("norms").locator(".menu-said").innerText()).toBe("copied");
    const link = await page.evaluate<string>("navigator.clipboard.readText()");
    expect(link).toContain("#figure=norms&axis=log");
    const other = await (
      await pages.browser.newContext({ viewport: { width: 1024, height: 600 } })
    ).newPage();
    await other.goto(link);
    await other.waitForSelector("html[data-ready]");
    const place = await other.locator('[data-figure="norms"]').boundingBox();
    expect(place?.y).toBeGreaterThanOrEqual(0);
    expect((place?.y ?? NaN) + (place?.height ?? NaN)).toBeLessThanOrEqual(600);
    await other.locator('[data-figure="norms"] .menu > summary').click();
    expect(await other.locator('[data-figure="norms"]').getByLabel("log axis").isChecked()).toBe(true);
    await other.context().close();
  });

  test("moves and hides figures by keyboard, and remembers it; the last that is shown has the step axis", async () => {
    await pages.open("?run=synthetic");
    const before = await ids();
    const at = before.indexOf("loss");
    await figure("loss").locator(".menu > summary").press("Enter");
    await figure("loss").getByRole("button", { name: "move up" }).press("Enter");
    const after = await ids();
    expect(after[at - 1]).toBe("loss");
    expect(after[at]).toBe(before[at - 1]);
    const last = page.locator(".stack [data-figure]").last();
    const lastId = await last.getAttribute("data-figure");
    await last.locator(".menu > summary").press("Enter");
    await last.getByRole("button", { name: "hide" }).press("Enter");
    await expect.poll(() => last.locator(".plot").isVisible()).toBe(false);
    await expect.poll(() => page.evaluate("document.activeElement.textContent")).toBe("show");
    await pages.open("?run=synthetic");
    expect(await ids()).toEqual(after);
    const shown = page.locator(".stack [data-figure]:not(.folded)").last();
    await expect.poll(() => shown.locator(".xtitle").allTextContents()).toEqual(["optimiser step"]);
    await figure(lastId ?? "")
      .getByRole("button", { name: /^show/ })
      .press("Enter");
    await expect
      .poll(() =>
        figure(lastId ?? "")
          .locator(".xtitle")
          .allTextContents(),
      )
      .toEqual(["optimiser step"]);
    await figure("loss").locator(".menu > summary").press("Enter");
    await figure("loss").getByRole("button", { name: "move down" }).press("Enter");
    expect(await ids()).toEqual(before);
  });

  test.each(["norms", "pca-path"])("shows %s alone on the screen, and back", async (id) => {
    await pages.open("?run=synthetic");
    const height = async (): Promise<number> =>
      (await figure(id).locator(".plot").boundingBox())?.height ?? NaN;
    const small = await height();
    await openMenu(id);
    await figure(id).getByRole("button", { name: "full screen" }).click();
    await expect.poll(height).toBeGreaterThan(500);
    expect(await page.evaluate("document.fullscreenElement.dataset.figure")).toBe(id);
    await page.evaluate("document.exitFullscreen()");
    await expect.poll(height).toBe(small);
  });

  test("made no error and no request to anywhere else", () => {
    expect(pages.problems).toEqual([]);
  });
});
