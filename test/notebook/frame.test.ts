import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { figureHtml, plotlyHtml } from "../../src/notebook/figureHtml.js";
import { browserPath, launchBrowser } from "../support/browser.js";
import { temporaryFolder } from "../support/temporaryFolder.js";
import { exampleFigure } from "../support/exampleFigure.js";

describe.skipIf(browserPath === undefined)("figures of a notebook in a browser, from disk", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());

  /** The number of plots in each frame of a page with these outputs, once there are `plots`, and its requests. */
  async function drawn(
    outputs: readonly string[],
    plots: number,
  ): Promise<{ counts: number[]; requests: string[] }> {
    const path = join(temporaryFolder(), "notebook.html");
    writeFileSync(path, `<!doctype html><meta charset="utf-8"><body>${outputs.join("\n")}</body>`);
    const page = await browser.newPage();
    const requests: string[] = [];
    page.on("request", (request) => {
      if (!/^(data|blob|about):/.test(request.url())) requests.push(request.url());
    });
    await page.goto(pathToFileURL(path).href);
    const count = (): Promise<number[]> =>
      Promise.all(
        page
          .frames()
          .slice(1)
          .map((frame) => frame.locator(".main-svg .scatterlayer").count()),
      );
    await expect.poll(async () => (await count()).reduce((sum, each) => sum + each, 0)).toBe(plots);
    const counts = await count();
    await page.close();
    return { counts, requests: requests.slice(1) };
  }

  test("draws figures that carry Plotly, and requests nothing", async () => {
    const { counts, requests } = await drawn([figureHtml([exampleFigure(), exampleFigure()])], 2);
    expect(counts).toEqual([2]);
    expect(requests).toEqual([]);
  });

  test("draws figures that share Plotly, also where it comes after them", async () => {
    const shared = figureHtml(exampleFigure(), { plotly: "shared" });
    const { counts, requests } = await drawn([shared, plotlyHtml(), shared], 2);
    expect(counts).toEqual([1, 0, 1]);
    expect(requests).toEqual([]);
  });

  test("shows pictures where there are no scripts, and only the plots where there are", async () => {
    const path = join(temporaryFolder(), "notebook.html");
    const html = figureHtml([exampleFigure(), exampleFigure()]);
    writeFileSync(path, `<!doctype html><meta charset="utf-8"><body>${html}</body>`);
    const [still, live] = await Promise.all(
      [false, true].map((javaScriptEnabled) => browser.newPage({ javaScriptEnabled })),
    );
    if (still === undefined || live === undefined) throw new Error("expected two pages");
    await Promise.all([still, live].map((page) => page.goto(pathToFileURL(path).href)));
    const heights = await Promise.all(
      (await still.locator("img").all()).map(async (image) => (await image.boundingBox())?.height),
    );
    expect(heights).toEqual([372, 372]);
    expect((await still.locator("iframe").boundingBox())?.height).toBe(744);
    // The frame lies over the pictures and lets them through until it has drawn.
    const withFrame = await still.screenshot();
    await still.evaluate("document.querySelector('iframe').remove()");
    expect(withFrame.equals(await still.screenshot())).toBe(true);
    await live.frames()[1]?.waitForSelector("html.drawn");
    const drawn = await live.screenshot();
    await live.evaluate("document.querySelectorAll('img').forEach((image) => (image.style.opacity = 0))");
    expect(drawn.equals(await live.screenshot())).toBe(true);
    await Promise.all([still, live].map((page) => page.close()));
  });
});
