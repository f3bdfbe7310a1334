import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildRunReport } from "../../../../src/pipeline/report/runReport.js";
import { browserPath } from "../../../support/browser.js";
import { openFigureMenu } from "../../../support/openFigureMenu.js";
import { openPages, type PagesInBrowser } from "../../../support/pagesInBrowser.js";
import { writeSyntheticRun } from "../../../support/syntheticRun.js";

describe.skipIf(browserPath === undefined)("runPage: the pages in a browser", () => {
  let pages: PagesInBrowser;
  let page: Page;

  beforeAll(async () => {
    pages = await openPages(
      (root) => {
        writeSyntheticRun(join(root, "synthetic"));
        cpSync("test/fixtures/peft-run-rank1-f32", join(root, "peft"), { recursive: true });
      },
      { basePath: "/proxy/1/" },
    );
    page = pages.page;
  });

  afterAll(() => pages.close());

  const open = (query: string): Promise<void> => pages.open(query);
  const query = (name: string): string | null => pages.query(name);
  /** The stretch of steps that the plots show; several, where they differ. */
  const drawnRanges = (): Promise<unknown> =>
    page.evaluate(
      "[...new Set([...document.querySelectorAll('.stack .plot')].map((plot) => JSON.stringify(plot.layout.xaxis.range)))].join(' ')",
    );
  const chosenStep = (): Promise<string> => page.locator(".scrubber-step").innerText();

  test("lists the runs and leads to one", async () => {
    await open("");
    await expect(page.locator(".runs tbody tr").count()).resolves.toBe(2);
    const row = page.locator(".runs tbody tr", { hasText: "synthetic" });
    await expect(row.innerText()).resolves.toMatch(/finished[\s\S]*%[\s\S]*step \d+ \[/);
    await page.getByRole("searchbox").fill("imported");
    await expect(row.isVisible()).resolves.toBe(false);
    await page.getByRole("searchbox").fill("");
    await page.getByRole("link", { name: "synthetic" }).click();
    await page.waitForSelector("html[data-ready]");
    expect(query("run")).toBe("synthetic");
  });

  test("says first what turned, and draws every figure with its words and its table", async () => {
    await open("?run=synthetic");
    const report = await buildRunReport(join(pages.runsRoot, "synthetic"));
    await expect(page.locator(".summary h1").innerText()).resolves.toBe(report.headline);
    await expect(page.locator(".summary .evidence").innerText()).resolves.toBe(report.evidence);
    for (const { id, figure } of report.figures) {
      const section = page.locator(`[data-figure="${id}"]`);
      await expect(
        section.locator("svg.main-svg .trace, svg.main-svg .hm").count(),
        id,
      ).resolves.toBeGreaterThan(0);
      await expect(section.locator(".plot").getAttribute("aria-label")).resolves.toContain(
        figure.meta.summary,
      );
    }
    const about = page.locator('[data-figure="norms"] .about');
    await about.locator("> summary").click();
    await about.locator("details > summary").click();
    await expect.poll(() => about.locator("tbody tr").count()).toBe(61);
    await expect(page.locator(".answer-column").count()).resolves.toBe(3);
    await expect(page.locator(".answer-column").first().innerText()).resolves.toContain("base model, step 0");
  });

  test("moves the step by keys, in the address and in every readout", async () => {
    await open("?run=synthetic&step=20");
    const norm = page.locator('[data-figure="norms"] .readout dd').first();
    const before = await norm.innerText();
    await page.keyboard.press("ArrowRight");
    await expect(chosenStep()).resolves.toBe("step 21");
    await expect.poll(() => query("step")).toBe("21");
    await expect.poll(() => norm.innerText()).not.toBe(before);
    await page.keyboard.press("Shift+ArrowRight");
    await expect(chosenStep()).resolves.toBe("step 31");
    await page.keyboard.press("End");
    await expect(chosenStep()).resolves.toBe("step 60");
    await page.keyboard.press("Home");
    await expect(chosenStep()).resolves.toBe("step 0");
    await page.keyboard.press("]");
    const { analysis } = await buildRunReport(join(pages.runsRoot, "synthetic"));
    await expect(chosenStep()).resolves.toBe(
      `step ${Math.min(...analysis.transitions.map((each) => each.step))}`,
    );
  });

  test("goes back to the same view from its address", async () => {
    await open("?run=synthetic&step=33&zoom=20_50&hide=E");
    await expect(chosenStep()).resolves.toBe("step 33");
    await expect(drawnRanges()).resolves.toBe("[20,50]");
    await expect(page.getByRole("checkbox", { name: /^E/ }).isChecked()).resolves.toBe(false);
    await page.keyboard.press("ArrowLeft");
    await expect.poll(() => page.url()).toBe(`${pages.server.url}?run=synthetic&step=32&zoom=20_50&hide=E`);
  });

  test("takes back a zoom and a hidden transition with Back, and goes on with Forward", async () => {
    await open("?run=synthetic&step=33");
    const letter = page.getByRole("checkbox", { name: /^E/ });
    await page.keyboard.press("+");
    await expect.poll(() => query("zoom")).not.toBeNull();
    const zoomed = query("zoom");
    await letter.uncheck();
    await expect.poll(() => query("hide")).toBe("E");
    await page.goBack();
    await expect.poll(() => letter.isChecked()).toBe(true);
    expect([query("hide"), query("zoom"), query("step")]).toEqual([null, zoomed, "33"]);
    await page.goBack();
    await expect.poll(() => query("zoom")).toBeNull();
    await expect.poll(drawnRanges).toMatch(/^\[-/);
    await page.goForward();
    await expect.poll(() => query("zoom")).toBe(zoomed);
  });

  test("zooms all plots with a drag in one, and follows the pointer", async () => {
    await open("?run=synthetic");
    const box = await page.locator('[data-figure="behavior"] .plot').boundingBox();
    if (box === null) throw new Error("no plot");
    const at = (fraction: number): [number, number] => [box.x + fraction * box.width, box.y + box.height / 2];
    await page.mouse.move(...at(0.3));
    await expect.poll(() => page.locator(".cursor.hovered").isVisible()).toBe(true);
    await page.mouse.down();
    await page.mouse.move(...at(0.6), { steps: 5 });
    await page.mouse.up();
    await expect.poll(() => query("zoom")).toMatch(/^[\d.]+_[\d.]+$/);
    await expect.poll(drawnRanges).toMatch(/^\[[\d.]+,[\d.]+\]$/);
    expect(query("step")).toBeNull();
    await page.mouse.dblclick(...at(0.5));
    await expect.poll(() => query("zoom")).toBeNull();
    await page.mouse.click(...at(0.8));
    await expect.poll(() => Number(query("step"))).toBeGreaterThan(40);
  });

  test("changes between light and dark with its figures", async () => {
    await open("?run=synthetic");
    const background = (): Promise<unknown> =>
      page.evaluate("getComputedStyle(document.documentElement).backgroundColor");
    const paper = (): Promise<unknown> =>
      page.evaluate(
        "getComputedStyle(document.querySelector('[data-figure=norms] .main-svg')).backgroundColor",
      );
    const light = await background();
    expect(await paper()).toBe(light);
    await page.getByRole("button", { name: "light or dark" }).click();
    await expect.poll(background).not.toBe(light);
    await expect.poll(paper).toBe(await background());
    await expect.poll(() => query("theme")).toBe("dark");
    await page.keyboard.press("d");
    await expect.poll(() => query("theme")).toBeNull();
  });

  test.each(["PNG", "SVG", "CSV", "JSON"])("saves a figure as %s", async (form) => {
    await open("?run=synthetic&theme=dark");
    const section = page.locator('[data-figure="gradient-norm"]');
    await openFigureMenu(section);
    const [saved] = await Promise.all([
      page.waitForEvent("download"),
      section.getByRole("button", { name: form, exact: true }).click(),
    ]);
    expect(saved.suggestedFilename()).toBe(`synthetic-gradient-norm.${form.toLowerCase()}`);
    const bytes = readFileSync(await saved.path());
    const text = bytes.toString("latin1");
    if (form === "PNG") expect(text.slice(1, 4)).toBe("PNG");
    if (form === "SVG") {
      expect(text).toContain('fill="#ffffff"');
      expect(text).toContain("as logged");
    }
    if (form === "CSV") expect(text.trimEnd().split("\r\n")).toHaveLength(61);
    if (form === "JSON") expect(text).toContain('"caveat"');
  });

  test("says what is missing in a run without answers, and names an unknown run", async () => {
    await open("?run=peft&wrong=1");
    await expect(page.locator(".answers").innerText()).resolves.toMatch(/^No answers were sampled/);
    await expect(page.locator(".address-notices").innerText()).resolves.toContain('"wrong"');
    expect(pages.problems).toEqual([]);
    await page.goto(`${pages.server.url}?run=nope`);
    await expect(page.getByRole("alert").innerText()).resolves.toMatch(/no run "nope"/);
    // The browser itself logs the 404.
    pages.problems.length = 0;
  });

  test("never shifts sideways, down to a phone's width", async () => {
    await page.setViewportSize({ width: 400, height: 800 });
    await open("?run=synthetic");
    const overflow = await page.evaluate(
      "Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth)",
    );
    expect(overflow).toBe(0);
  });

  test("made no error and no request to anywhere else", () => {
    expect(pages.problems).toEqual([]);
  });
});
