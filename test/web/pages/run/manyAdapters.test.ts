import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { browserPath } from "../../../support/browser.js";
import { openPages, type PagesInBrowser } from "../../../support/pagesInBrowser.js";
import { writeManyAdaptersRun } from "../../../support/training/manyAdaptersRun.js";

const shape = { layers: 4, hidden: 16, keyValue: 8, mlp: 24, rank: 2 };
const search = '.adapters input[type="search"]';

describe.skipIf(browserPath === undefined)("the page of a run with many adapters", () => {
  let pages: PagesInBrowser;

  beforeAll(async () => {
    pages = await openPages((root) => {
      writeManyAdaptersRun(join(root, "many"), shape, {
        steps: 40,
        seed: 4,
        bend: { step: 20, layers: [2, 2] },
      });
    });
  });

  afterAll(() => pages.close());

  const heading = (figure: string): Promise<string> =>
    pages.page.locator(`[data-figure="${figure}"] h2`).innerText();

  test("begins with the whole update, and marks its turn nowhere on one adapter", async () => {
    await pages.open("?run=many");
    const first = pages.page.locator("[data-figure]").first();
    await expect(first.getAttribute("data-figure")).resolves.toBe("update-local-cosine");
    await expect(pages.page.locator("h1").innerText()).resolves.toMatch(
      /^The update of the whole model turns at step/,
    );
    await expect(pages.page.locator(".legend li").count()).resolves.toBeGreaterThan(0);
    await expect(pages.page.locator("h2", { hasText: /\bB\b/ }).count()).resolves.toBe(0);
  });

  test("shows by keyboard the curves of an adapter that is searched for; the address keeps it, and Back undoes it", async () => {
    const { page } = pages;
    await pages.open("?run=many");
    const usual = await heading("adapter-norm");
    await page.keyboard.press("/");
    await page.keyboard.type("layers.2 down");
    await expect.poll(() => page.locator(".adapters [role=option]").count()).toBe(1);
    await page.keyboard.press("Enter");
    for (const figure of ["adapter-norm", "adapter-local-cosine", "adapter-cosine-to-final"])
      await expect.poll(() => heading(figure)).toContain("ΔW of layers.2.mlp.down_proj");
    expect(pages.query("adapter")).toBe("model.layers.2.mlp.down_proj");
    await page.locator(search).fill("");
    await page.keyboard.press("ArrowDown");
    const active = await page.locator(search).getAttribute("aria-activedescendant");
    await expect(page.locator(`#${active ?? ""}`).isVisible()).resolves.toBe(true);
    await page.goBack();
    await expect.poll(() => heading("adapter-norm")).toBe(usual);
    await pages.open("?run=many&adapter=model.layers.1.mlp.up_proj");
    expect(await heading("adapter-norm")).toContain("layers.1.mlp.up_proj");
    expect(pages.problems).toEqual([]);
  });

  test("shows the curves of a cell that is clicked, and what the cells are coloured by", async () => {
    const { page } = pages;
    await pages.open("?run=many");
    const map = page.locator('[data-figure="update-map"]');
    await map
      .locator(".nsewdrag")
      .first()
      .click({ position: { x: 3, y: 3 } });
    await expect.poll(() => pages.query("adapter")).toMatch(/^model\.layers\.3\./);
    await expect.poll(() => heading("adapter-norm")).toContain("ΔW of layers.3.");
    await map.locator("button", { hasText: "bend" }).click();
    await expect.poll(() => map.locator(".plot").innerText()).toContain("largest bend");
    await expect(page.locator(".adapters [role=option]").first().innerText()).resolves.toContain("layers.2.");
    expect(pages.query("map")).toBe("bend");
    expect(pages.problems).toEqual([]);
  });

  test("shows the usual adapter where an address names one that is not there, and says so", async () => {
    const { page } = pages;
    await pages.open("?run=many&adapter=model.layers.9.mlp.up_proj");
    await expect.poll(() => page.locator(".adapters > p").innerText()).toContain("has no adapter");
    expect(await heading("adapter-norm")).toMatch(/ΔW of layers\.[0-3]\./);
    await expect.poll(() => pages.query("adapter")).toBeNull();
  });
});
