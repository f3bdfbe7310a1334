import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { figureHtml, plotlyHtml } from "../../src/notebook/figureHtml.js";
import { browserPath, launchBrowser } from "../support/browser.js";
import { temporaryFolder } from "../support/temporaryFolder.js";
import { exampleFigure } from "../support/exampleFigure.js";

/** A picture of a page that has stopped changing: decoding and layout come after loading. */
async function settled(page: Page): Promise<Buffer> {
  let before = await page.screenshot();
  await expect
    .poll(async () => {
      const now = await page.screenshot();
      const isSame = now.equals(before);
      before = now;
      return isSame;
    })
    .toBe(true);
  return before;
}

/** Share of the pixels in which two pictures differ clearly: a browser smooths edges by what lies over them. */
async function difference(page: Page, ...pictures: readonly [Buffer, Buffer]): Promise<number> {
  const urls = pictures.map((picture) => `data:image/png;base64,${picture.toString("base64")}`);
  return z.number().parse(
    await page.evaluate(`(async () => {
      const [one, other] = await Promise.all(${JSON.stringify(urls)}.map(async (url) => {
        const image = new Image();
        image.src = url;
        await image.decode();
        const canvas = new OffscreenCanvas(image.width, image.height);
        const context = canvas.getContext("2d");
        context.drawImage(image, 0, 0);
        return context.getImageData(0, 0, image.width, image.height).data;
      }));
      let count = 0;
      for (let at = 0; at < one.length; at += 4) {
        if ([0, 1, 2].some((color) => Math.abs(one[at + color] - other[at + color]) > 64)) count++;
      }
      return count / (one.length / 4);
    })()`),
  );
}

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
    const html = figureHtml([exampleFigure(), exampleFigure()]);
    const [still, live] = await Promise.all(
      [html.replace(/ sandbox="[^"]*"/, ' sandbox=""'), html].map(async (outputs) => {
        const path = join(temporaryFolder(), "notebook.html");
        writeFileSync(path, `<!doctype html><meta charset="utf-8"><body>${outputs}</body>`);
        const page = await browser.newPage();
        await page.goto(pathToFileURL(path).href);
        return page;
      }),
    );
    if (still === undefined || live === undefined) throw new Error("expected two pages");
    const heights = await Promise.all(
      (await still.locator("img").all()).map(async (image) => (await image.boundingBox())?.height),
    );
    expect(heights).toEqual([372, 372]);
    expect((await still.locator("iframe").boundingBox())?.height).toBe(744);
    // The frame lies over the pictures and lets them through until it has drawn.
    const withFrame = await settled(still);
    await still.evaluate("document.querySelector('iframe').remove()");
    const withoutFrame = await settled(still);
    await still.evaluate("document.querySelectorAll('img').forEach((image) => (image.style.opacity = 0))");
    const empty = await settled(still);
    const ink = await difference(live, withoutFrame, empty);
    expect(ink).toBeGreaterThan(0.001);
    expect(await difference(live, withFrame, withoutFrame)).toBeLessThan(ink / 10);
    await live.frames()[1]?.waitForSelector("html.drawn");
    const drawn = await settled(live);
    await live.evaluate("document.querySelectorAll('img').forEach((image) => (image.style.opacity = 0))");
    expect(await difference(live, drawn, await settled(live))).toBeLessThan(ink / 10);
    await Promise.all([still, live].map((page) => page.close()));
  });
});
