import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { browserPath } from "../support/browser.js";
import { openFigureMenu } from "../support/openFigureMenu.js";
import { openPages, type PagesInBrowser } from "../support/pagesInBrowser.js";
import { writeSyntheticRun } from "../support/syntheticRun.js";

const lastStep = 60;

const savedSchema = z.object({
  meta: z.object({ title: z.string(), caption: z.string(), table: z.unknown().optional() }),
});

/** What a reader sees of a view, read from the page itself and not from its address. */
const viewOfPage = `({
  step: document.querySelector(".scrubber-step").textContent,
  ranges: [...document.querySelectorAll(".stack .plot")].map((plot) => JSON.stringify(plot.layout.xaxis.range)),
  curves: [...document.querySelectorAll(".stack .plot")].map((plot) =>
    plot.data.map(({ name, visible, y }) => [name, visible, y]),
  ),
  letters: [...document.querySelectorAll(".legend input")].map(({ checked }) => checked),
  path: document.querySelector('[data-figure="pca-path"] .plot').data.map(({ x, y }) => [x, y]),
  turned: [...document.querySelectorAll(".space-switch button")].map((each) => each.ariaPressed),
  smoothing: document.querySelector(".smoothing select").value,
  captions: [...document.querySelectorAll(".step-row .caption")].map((each) => each.textContent),
  question: document.querySelector(".says select").value,
  answers: document.querySelector(".answers").innerText,
  readouts: [...document.querySelectorAll(".readout")].map((each) => each.innerText),
})`;

describe.skipIf(browserPath === undefined)("sharing what a page shows", () => {
  let pages: PagesInBrowser;
  let page: Page;

  beforeAll(async () => {
    pages = await openPages((root) => writeSyntheticRun(join(root, "synthetic"), { steps: lastStep }));
    page = pages.page;
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  });
  afterAll(() => pages.close());

  const figure = (id: string) => page.locator(`[data-figure="${id}"]`);

  /** Saves a figure and gives the file's name and bytes. */
  async function save(id: string, form: string): Promise<{ name: string; bytes: Buffer }> {
    await openFigureMenu(figure(id));
    const [saved] = await Promise.all([
      page.waitForEvent("download"),
      figure(id).getByRole("button", { name: form, exact: true }).click(),
    ]);
    return { name: saved.suggestedFilename(), bytes: readFileSync(await saved.path()) };
  }

  test("copies a short link that opens the same view in a new window", async () => {
    await pages.open("?run=synthetic&theme=dark");
    await page.locator(".scrubber input").focus();
    await page.keyboard.press("Shift+ArrowRight");
    await page.keyboard.press("+");
    await page.getByRole("checkbox", { name: /^R/ }).uncheck();
    await figure("norms").locator(".curve-toggle").last().click();
    await page.locator(".smoothing select").selectOption("median5");
    await page.getByRole("button", { name: "3D" }).click();
    await page.keyboard.press("ArrowLeft");
    await page.locator(".says select").first().selectOption({ index: 2 });
    await expect.poll(() => pages.query("cam")).not.toBeNull();
    await expect.poll(() => figure("norms").locator(".caption").innerText()).toContain("centred median");
    await page.getByRole("button", { name: "share" }).click();
    await expect.poll(() => page.locator(".copied").innerText()).toBe("copied");
    const link = await page.evaluate<string>("navigator.clipboard.readText()");
    expect(link.length).toBeLessThan(500);
    const names = ["step", "zoom", "hide", "off", "smooth", "cam", "question"];
    const said = names.filter((name) => new URL(link).searchParams.has(name));
    expect(said.length, link).toBe(7);

    const before = await page.evaluate(viewOfPage);
    // A window of its own, which remembers nothing of this one.
    const other = await page
      .context()
      .browser()
      ?.newPage({ viewport: { width: 1440, height: 900 } });
    if (other === undefined) throw new Error("no browser");
    await other.goto(link);
    await other.waitForSelector("html[data-ready]");
    expect(await other.evaluate(viewOfPage)).toEqual(before);
    await other.close();
  });

  test("takes a hidden curve, smoothing and question back with Back", async () => {
    await pages.open("?run=synthetic");
    const toggle = figure("norms").locator(".curve-toggle").first();
    await toggle.click();
    await expect.poll(() => pages.query("off")).not.toBeNull();
    await page.locator(".smoothing select").selectOption("mean5");
    await expect.poll(() => pages.query("smooth")).toBe("mean5");
    await page.goBack();
    await expect.poll(() => page.locator(".smoothing select").inputValue()).toBe("none");
    expect(pages.query("off")).not.toBeNull();
    await page.goBack();
    await expect.poll(() => toggle.getAttribute("aria-pressed")).toBe("true");
  });

  test("saves light pictures with title and legend from a dark page", async () => {
    await pages.open("?run=synthetic&theme=dark");
    for (const [id, title, curve] of [
      ["behavior", "Misaligned and coherent answers", "EM, broad"],
      ["norms", "Norms of A and B", "reads"],
      ["pca-path", "Path of B in its principal components", "behaviour turns"],
    ] as const) {
      const { bytes } = await save(id, "SVG");
      const svg = bytes.toString("utf8");
      const said = (part: string): string =>
        new RegExp(`<g data-part="${part}">.*?</g>`, "s").exec(svg)?.[0] ?? "";
      expect(said("title"), id).toContain(title);
      expect(said("legend"), id).toContain(curve);
      expect(svg, id).toContain('<rect width="100%" height="100%" fill="#ffffff"/>');
    }
    const { name, bytes } = await save("behavior", "PNG");
    expect(name).toBe("synthetic-behavior.png");
    // 178 mm at 300 dots to the inch.
    expect(bytes.readUInt32BE(16) / ((178 / 25.4) * 300)).toBeCloseTo(1, 2);
    const corner = await page.evaluate<number[]>(`(async () => {
      const picture = new Image();
      picture.src = "data:image/png;base64,${bytes.toString("base64")}";
      await picture.decode();
      const paper = new OffscreenCanvas(picture.naturalWidth, picture.naturalHeight).getContext("2d");
      paper.drawImage(picture, 0, 0);
      return [...paper.getImageData(3, 3, 1, 1).data];
    })()`);
    expect(corner).toEqual([255, 255, 255, 255]);
  });

  test("saves the complete data, one row a stored step, also while zoomed and smoothed", async () => {
    await pages.open("?run=synthetic&zoom=20_30&smooth=mean5");
    const address = `${pages.server.url}api/v1/runs/synthetic/figures/norms/table`;
    const table: unknown = await (await fetch(address)).json();
    const csv = (await save("norms", "CSV")).bytes.toString("utf8").trimEnd().split("\r\n");
    expect(csv).toHaveLength(1 + lastStep + 1);
    const json = savedSchema.parse(JSON.parse((await save("norms", "JSON")).bytes.toString("utf8")));
    expect(json.meta.title).toBe("Norms of A and B");
    expect(json.meta.caption).toContain("centred mean over 5 steps");
    expect(json.meta.table).toEqual(table);
  });

  test("writes a note into every figure over the steps and into what is saved of it, and removes it", async () => {
    await pages.open("?run=synthetic&step=40");
    const text = "learning rate <halved> here & there";
    await page.getByRole("textbox", { name: "note" }).fill(text);
    await page.getByRole("button", { name: "note on step 40" }).click();
    const plots = page.locator(".stack .plot");
    const marked = page.locator(".stack .plot", { hasText: "learning rate <halved>" });
    const count = await plots.count();
    expect(count).toBeGreaterThan(5);
    await expect.poll(() => marked.count()).toBe(count);
    const annotations = async (): Promise<string> =>
      /<g data-part="labels">.*?<\/g>/s.exec((await save("loss", "SVG")).bytes.toString("utf8"))?.[0] ?? "";
    expect(await annotations()).toContain("learning rate &lt;halved&gt; here");
    const served: unknown = await (
      await fetch(`${pages.server.url}api/v1/runs/synthetic/figures/loss`)
    ).json();
    const saved: unknown = JSON.parse((await save("loss", "JSON")).bytes.toString("utf8"));
    for (const each of [served, saved]) {
      expect(savedSchema.parse(each).meta.caption).toContain(`step 40, “${text}”`);
    }
    await page.reload();
    await page.waitForSelector("html[data-ready]");
    await expect(marked.count()).resolves.toBe(count);
    await page.getByRole("button", { name: "remove the note on step 40" }).click();
    await expect.poll(() => marked.count()).toBe(0);
    expect(await annotations()).not.toContain("halved");
  });

  test("made no error and no request to anywhere else", () => {
    expect(pages.problems).toEqual([]);
  });
});
