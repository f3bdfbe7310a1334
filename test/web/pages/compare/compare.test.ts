import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runStyle } from "../../../../src/figures/style/runStyles.js";
import { buildRunReport } from "../../../../src/pipeline/report/runReport.js";
import { readManifest } from "../../../../src/runs/manifest.js";
import { browserPath } from "../../../support/browser.js";
import { openFigureMenu } from "../../../support/openFigureMenu.js";
import { openPages, type PagesInBrowser } from "../../../support/pagesInBrowser.js";
import { questions, writeSyntheticRun } from "../../../support/syntheticRun.js";

const turns = { "seed-1": 12, "seed-2": 20, "seed-3": 28 } as const;

/** Three seeds of one recipe that turn at different steps, and a run that says nothing. */
function writeRuns(root: string): void {
  for (const [index, [name, turn]] of Object.entries(turns).entries()) {
    writeSyntheticRun(join(root, name), { steps: 40, turn });
    withManifest(join(root, name), { seed: index + 1 });
  }
  writeSyntheticRun(join(root, "never"), { steps: 40, turn: 400 });
  withManifest(join(root, "never"), { config: { preset: "paper", rank: 1 } });
}

function withManifest(directory: string, changes: object): void {
  const path = join(directory, "run.json");
  const manifest = readManifest(path);
  writeFileSync(path, JSON.stringify({ ...manifest, ...changes }));
}

const three = "?compare=seed-1,seed-2,seed-3";

describe.skipIf(browserPath === undefined)("compare: a comparison in a browser", () => {
  let pages: PagesInBrowser;

  beforeAll(async () => {
    pages = await openPages(writeRuns);
    // Analysed once, so that no test waits for it.
    await fetch(`${pages.server.url}api/v1/compare?run=seed-1&run=seed-2&run=seed-3&run=never`);
  }, 120_000);
  afterAll(() => pages.close());

  /** Name, colour and dash of the lines of a plot. */
  const linesOf = (figure: string): Promise<string[][]> =>
    pages.page.evaluate<string[][]>(
      `document.querySelector('[data-figure="${figure}"] .plot').data.filter((each) => each.visible !== false && !/ bound$/.test(each.name)).map(({ name, line }) => [name, line.color, line.dash])`,
    );
  const titleOfAxis = (): Promise<unknown> =>
    pages.page.evaluate("[...document.querySelectorAll('.stack .plot')].at(-1).layout.xaxis.title.text");

  test("gives every run one colour and dash in all plots and in the table", async () => {
    const { open, page } = pages;
    await open(three);
    const expected = Object.keys(turns).map((name, place) => {
      const { color, dash } = runStyle(place);
      return [name, color, dash];
    });
    for (const figure of ["behavior", "coherent", "gradient-norm", "norm", "local-cosine", "cosine-to-final"])
      await expect(linesOf(figure), figure).resolves.toEqual(expected);
    const swatches = await page.evaluate(
      "[...document.querySelectorAll('.compare-numbers .run-swatch')].map((each) => each.style.getPropertyValue('--light'))",
    );
    expect(swatches).toEqual(expected.map(([, color]) => color));
  });

  test("has what the runs end at and where they turn, with intervals, and the words for it", async () => {
    const { page } = pages;
    await expect(page.locator(".summary").innerText()).resolves.toMatch(
      /turns in 3 of 3 runs, between steps/,
    );
    const heads = await page.locator(".compare-numbers thead th").allInnerTexts();
    const column = heads.findIndex((text) => text.startsWith("broad behaviour turns"));
    const cells = page.locator(`.compare-numbers tbody tr > :nth-child(${column + 1})`);
    await expect(cells.allInnerTexts()).resolves.toEqual(
      Array(3).fill(expect.stringMatching(/^\d+ \[\d+, \d+\]/)),
    );
    const lines = await page.evaluate(
      "[...document.querySelectorAll('.event-line')].map((line) => line.ariaLabel)",
    );
    expect(lines).toEqual(Array(3).fill(expect.stringMatching(/broad behaviour turns at \d+ \[\d+, \d+\]/)));
    await expect(page.locator(".compare-numbers").innerText()).resolves.toContain("→ broad behaviour turns");
  });

  test("saves the time line of all runs as a picture with text as text, and as a table", async () => {
    const { page } = pages;
    const saved = async (form: string): Promise<string> => {
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("button", { name: `time line as ${form}` }).click(),
      ]);
      return readFileSync(await download.path(), "utf8");
    };
    const picture = await saved("SVG");
    for (const words of ["What turns when, run by run", ...Object.keys(turns), "broad behaviour turns"])
      expect(picture).toContain(words);
    const [head, first] = (await saved("CSV")).split(/\r?\n/);
    expect(head).toBe("run,event,step,low,high,againstControl");
    expect(first).toMatch(/^seed-1,/);
  });

  test("switches a run in all plots at once, and says so in the address", async () => {
    const { page, query } = pages;
    await page.getByRole("button", { name: "draw seed-2" }).click();
    await expect.poll(() => query("off")).toBe("seed-2");
    await expect.poll(() => linesOf("norm")).toHaveLength(2);
    await expect.poll(() => linesOf("behavior")).toHaveLength(2);
    await page.locator('[data-figure="norm"] .curve-toggle', { hasText: "seed-2" }).click();
    await expect.poll(() => linesOf("behavior")).toHaveLength(3);
    expect(query("off")).toBeNull();
  });

  test("brings the curve of a name forward in all plots while it is pointed at or in focus", async () => {
    const { page } = pages;
    const opacities = (): Promise<unknown> =>
      page.evaluate(
        `[...document.querySelectorAll('[data-figure="norm"] .scatterlayer > .trace')].map((trace) => trace.style.opacity)`,
      );
    await expect(opacities()).resolves.toEqual(["1", "1", "1"]);
    await page.locator('.compare-numbers a[data-run="seed-2"]').focus();
    await expect(opacities()).resolves.toEqual(["0.12", "1", "0.12"]);
    await expect(page.locator('[data-figure="norm"] .forward').innerText()).resolves.toContain("seed-2");
    await page.locator('.compare-numbers a[data-run="seed-2"]').blur();
    await expect(opacities()).resolves.toEqual(["1", "1", "1"]);
    await page.locator(".compare-numbers th", { hasText: "seed-3" }).hover();
    await expect(opacities()).resolves.toEqual(["0.12", "0.12", "1"]);
    await page.mouse.move(0, 0);
  });

  test("pins a run first, for good, and groups rows by a setting, in the address", async () => {
    const { open, page, query } = pages;
    const names = (): Promise<string[]> => page.locator(".compare-numbers a[data-run]").allInnerTexts();
    await page.getByRole("button", { name: "pin seed-3" }).click();
    await expect.poll(names).toEqual(["seed-3", "seed-1", "seed-2"]);
    await open(three);
    await expect.poll(names).toEqual(["seed-3", "seed-1", "seed-2"]);
    await page.getByRole("button", { name: "pin seed-3" }).click();
    await open(`${three},never`);
    const settings = await page.getByLabel("group rows by").locator("option").allInnerTexts();
    expect(settings.length).toBeGreaterThan(1);
    await page.getByLabel("group rows by").selectOption({ index: 1 });
    await expect.poll(() => query("rows")).toBe(settings[1]);
    await expect.poll(() => page.locator(".compare-numbers tr.group").count()).toBeGreaterThan(1);
  });

  test("keeps its first column in view while the table scrolls, on a phone too", async () => {
    const { open, page } = pages;
    await page.setViewportSize({ width: 400, height: 800 });
    await open(three);
    await page.evaluate("document.querySelector('.compare-numbers').scrollTo({ left: 400 })");
    const box = await page.locator('.compare-numbers a[data-run="seed-1"]').boundingBox();
    expect(box?.x).toBeGreaterThanOrEqual(0);
    expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThan(400);
    await expect(page.evaluate("document.documentElement.scrollWidth")).resolves.toBeLessThanOrEqual(400);
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  test("aligns by the transition: the axis says so, curves start elsewhere, and who has none is left out", async () => {
    const { open, page, query } = pages;
    await open(`${three},never`);
    await expect(titleOfAxis()).resolves.toBe("optimiser step");
    await page.getByRole("button", { name: "transition", exact: true }).click();
    await expect.poll(titleOfAxis).toBe("steps from where broad behaviour turns");
    expect(query("align")).toBe("transition");
    await expect(page.locator(".left-out").innerText()).resolves.toMatch(
      /never \(broad behaviour turns: not found/,
    );
    const firsts = await page.evaluate(
      "document.querySelector('[data-figure=norm] .plot').data.map(({ x }) => x[0])",
    );
    expect(new Set(Array.isArray(firsts) ? firsts : []).size).toBe(3);
    await page.getByRole("button", { name: "share of run" }).click();
    await expect.poll(titleOfAxis).toBe("share of the run (%)");
  });

  test("folds seeds into a mean with a band and says how many", async () => {
    const { open, page } = pages;
    await open(`${three},never&fold=1`);
    const names = await linesOf("norm");
    expect(names.map(([name]) => name)).toEqual(["bad-medical · crisp · rank 1", "never"]);
    await expect(page.locator('[data-figure="norm"] .caption').innerText()).resolves.toMatch(
      /n = 3.*95 % Student/,
    );
    const bands = await page.evaluate(
      "document.querySelector('[data-figure=norm] .plot').data.filter(({ name }) => / bound$/.test(name)).length",
    );
    expect(bands).toBeGreaterThanOrEqual(2);
    await expect(page.locator(".compare-numbers td.mean").first().innerText()).resolves.toContain("n = 3");
    await page.getByRole("button", { name: "range", exact: true }).click();
    await expect
      .poll(() => page.locator('[data-figure="norm"] .caption').innerText())
      .toMatch(/range from smallest/);
  });

  test("puts what the runs say to one question side by side, at the cursor, and keeps the question in the address", async () => {
    const { open, page, query } = pages;
    await open(`${three}&at=10`);
    const heads = (): Promise<string[]> => page.locator(".answers-beside h3").allInnerTexts();
    await expect.poll(heads).toEqual(["seed-1, step 10", "seed-2, step 10", "seed-3, step 10"]);
    const question = questions[1];
    await page.getByRole("combobox", { name: "question" }).selectOption(question.questionId);
    await expect.poll(() => query("q")).toBe(question.questionId);
    await expect.poll(() => page.locator(".answers-beside blockquote").count()).toBeGreaterThan(3);
    await page.locator(".stack").click({ position: { x: 500, y: 60 } });
    await expect.poll(heads).not.toContain("seed-1, step 10");
  });

  test("shows the cosines of directions with numbers, at the end or at the cursor", async () => {
    const { open, page, query } = pages;
    await open(three);
    const cells = page.locator(".directions .heatmap-label text, .directions .heatmap-label");
    await expect.poll(() => cells.allTextContents()).toContain("1.00");
    await page.getByRole("button", { name: "cursor", exact: true }).click();
    await expect.poll(() => query("dirat")).toBe("1");
    await page.getByRole("button", { name: "paths of ΔW, common PCA" }).click();
    await expect.poll(() => query("dir")).toBe("paths");
    await expect.poll(() => page.locator(".directions .scatterlayer > .trace").count()).toBe(3);
    await page.getByRole("button", { name: "misaligned − aligned" }).click();
    await expect.poll(() => page.locator(".directions").innerText()).toContain("there are no two runs");
    // The browser itself logs the 404.
    pages.problems.length = 0;
  });

  test("moves one cursor through all plots, and comes back from its address", async () => {
    const { open, page, query } = pages;
    await open(`${three}&at=10&zoom=5_20`);
    await expect(page.locator(".stack .cursor").first().isVisible()).resolves.toBe(true);
    const value = page.locator('[data-figure="norm"] .readout dd').first();
    const before = await value.innerText();
    await page.keyboard.press("ArrowRight");
    await expect.poll(() => query("at")).toBe("11");
    await expect.poll(() => value.innerText()).not.toBe(before);
    expect(query("zoom")).toBe("5_20");
  });

  test.each(["PNG", "SVG", "CSV", "JSON"])("saves a plot as %s, with the same colours", async (form) => {
    const { page } = pages;
    const section = page.locator('[data-figure="norm"]');
    await openFigureMenu(section);
    const [saved] = await Promise.all([
      page.waitForEvent("download"),
      section.getByRole("button", { name: form, exact: true }).click(),
    ]);
    const text = readFileSync(await saved.path()).toString("latin1");
    if (form === "SVG") expect(text).toContain("#D55E00");
    if (form === "CSV") expect(text.trimEnd().split("\r\n")).toHaveLength(1 + 3 * 41);
    if (form === "JSON") expect(text).toContain(`"dash": "${runStyle(1).dash}"`);
    expect(saved.suggestedFilename()).toBe(`compare-norm.${form.toLowerCase()}`);
  });

  test("starts with a choice of runs where none is named", async () => {
    const { open, page, query } = pages;
    await open("?compare=");
    await page.getByRole("checkbox", { name: /^seed-1/ }).check();
    await page.getByRole("checkbox", { name: /^seed-3/ }).check();
    await page.getByRole("button", { name: "compare", exact: true }).click();
    await page.waitForSelector("html[data-ready] .stack");
    expect(query("compare")).toBe("seed-1,seed-3");
  });

  test("leaves out a run that cannot be read, says why, and shows the others", async () => {
    const { open, page, runsRoot } = pages;
    mkdirSync(join(runsRoot, "damaged"));
    writeFileSync(join(runsRoot, "damaged", "run.json"), "{");
    await open("?compare=damaged,seed-1,seed-2");
    await expect(page.locator(".left-out").innerText()).resolves.toMatch(/damaged \(.*run\.json/);
    await expect(page.locator(".compare-numbers a[data-run]").count()).resolves.toBe(2);
    rmSync(join(runsRoot, "damaged"), { recursive: true });
  });

  test("made no error and no request to anywhere else", () => {
    expect(pages.problems).toEqual([]);
  });
});

describe.skipIf(browserPath === undefined)("compare: runs that are not read yet", () => {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  let pages: PagesInBrowser;
  beforeAll(async () => {
    pages = await openPages(writeRuns, {
      buildReport: async (directory, options) => {
        if (!directory.endsWith("seed-1")) await held;
        return buildRunReport(directory, options);
      },
    });
  });
  afterAll(() => pages.close());

  test("come while the first are shown, by their logs meanwhile, with how many there are", async () => {
    const { page, server } = pages;
    const drawn = (figure = "norm"): Promise<unknown> =>
      page.evaluate(`document.querySelectorAll('[data-figure="${figure}"] .scatterlayer > .trace').length`);
    await page.goto(`${server.url}${three}`);
    await expect.poll(() => page.locator(".reading").innerText()).toContain("1 of 3 runs read; seed-2");
    await expect.poll(drawn).toBe(1);
    // The others are there by their logs.
    await expect.poll(() => drawn("loss")).toBe(3);
    const line = page.locator(".compare-numbers tr:has([data-run='seed-3']) .event-line");
    await expect(line.getAttribute("aria-label")).resolves.toBe("still being analysed");
    release();
    await expect.poll(drawn).toBe(3);
    await expect.poll(() => page.locator(".reading").count()).toBe(0);
    await page.waitForSelector("html[data-ready]");
    expect(pages.problems).toEqual([]);
  });
});
