import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { figureSvg, type svgWidths } from "../../../src/figures/static/figureSvg.js";
import { browserPath, launchBrowser } from "../../support/browser.js";
import { fixtureRuns, type FixtureRun } from "../../support/fixtureRuns.js";
import { crowdedTexts } from "../../support/crowdedTexts.js";
import { curvesFigure } from "../../../src/figures/own/curvesFigure.js";

const widths = ["column", "page"] as const satisfies readonly (keyof typeof svgWidths)[];

let folder = "";
let browser: Browser;
let page: Page;
let runs: readonly FixtureRun[] = [];

beforeAll(async () => {
  if (browserPath === undefined) return;
  folder = mkdtempSync(join(tmpdir(), "turncoat-exported-"));
  runs = await fixtureRuns(folder);
  browser = await launchBrowser();
  page = await browser.newPage();
}, 600_000);

afterAll(async () => {
  if (browserPath === undefined) return;
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
});

test.skipIf(browserPath === undefined)(
  "no text lies on another or over the edge in any figure of twenty runs, at both widths",
  async () => {
    expect(runs.length).toBeGreaterThanOrEqual(20);
    expect(runs.flatMap(({ figures }) => figures).length).toBeGreaterThan(200);
    const crowded: string[] = [];
    for (const { name, figures } of runs)
      for (const figure of figures)
        for (const width of widths) {
          const found = await crowdedTexts(page, figureSvg(figure, { width }));
          crowded.push(...found.map((each) => `${name}, ${figure.meta.title}, ${width}: ${each}`));
        }
    expect(crowded).toEqual([]);
  },
  600_000,
);

test.skipIf(browserPath === undefined)(
  "texts that lie on each other, over the edge or on the plot are found",
  async () => {
    const svg = (body: string): string =>
      `<svg xmlns="http://www.w3.org/2000/svg" width="85mm" height="40mm" viewBox="0 0 321 151">${body}</svg>`;
    const text = (x: number, y: number, words: string): string => `<text x="${x}" y="${y}">${words}</text>`;
    expect(await crowdedTexts(page, svg(text(10, 20, "one") + text(60, 20, "two")))).toEqual([]);
    expect(await crowdedTexts(page, svg(text(10, 20, "one") + text(20, 24, "two")))).toEqual([
      "“one” on “two”",
    ]);
    expect(await crowdedTexts(page, svg(text(300, 20, "a long one")))).toEqual([
      "“a long one” over the edge",
    ]);
    const plot = '<rect data-part="plot" x="20" y="20" width="200" height="100"/>';
    const legend = `<g data-part="legend">${text(20, 30, "curve")}</g>`;
    expect(await crowdedTexts(page, svg(plot + legend))).toEqual(["plot on legend"]);
    const hidden = curvesFigure({ title: "Long title", quantity: "q", curves: [] });
    expect(
      await crowdedTexts(
        page,
        figureSvg({ ...hidden, meta: { ...hidden.meta, title: "word ".repeat(90) } }, { width: "column" }),
      ),
    ).toEqual([]);
  },
);
