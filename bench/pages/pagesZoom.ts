import { setTimeout as delay } from "node:timers/promises";
import { chromium } from "playwright-core";
import { z } from "zod";
import { median, round } from "../harness/statistics.js";

/** Number of drags that are timed, each from another step to another. */
const drags = 8;

/** Milliseconds from letting go of the pointer: medians of the drags. */
const zoomed = z.object({
  /** Time until the path of B and the map of cosines mark the stretch. */
  planes: z.number(),
  /** Time until every plot over the steps has moved, those below the window's edge as well, and a frame is drawn. */
  rows: z.number(),
});

/** Function put into the page before a drag; its promise resolves once all plots show the new stretch. */
const stopwatch = `new Promise((done) => {
  const rows = [...document.querySelectorAll(".stack .plot")].filter((plot) => plot._fullLayout);
  const planes = ["pca-path", "cosine-heatmap"].map((id) => document.querySelector(\`[data-figure=\${id}] .plot\`));
  const rangeOf = (plot) => JSON.stringify(plot._fullLayout.xaxis.range);
  const marksOf = (plot) => JSON.stringify(plot.layout.shapes.map(({ path, x0, x1 }) => [path, x0, x1]));
  const [ranges, marks] = [rows.map(rangeOf), planes.map(marksOf)];
  window.addEventListener("pointerup", () => {
    const began = performance.now();
    let marked = null;
    const look = () => {
      const now = performance.now() - began;
      if (planes.every((plot, index) => marksOf(plot) !== marks[index])) marked ??= now;
      const isMoved = marked !== null && rows.every((plot, index) => rangeOf(plot) !== ranges[index]);
      if (!isMoved) setTimeout(look);
      else requestAnimationFrame(() => setTimeout(() => done({ planes: marked, rows: performance.now() - began })));
    };
    setTimeout(look);
  }, { once: true, capture: true });
})`;

/**
 * How soon all figures of a run's page show the stretch that was dragged in one of them, in Chromium.
 *
 * @param address of the run's page; its figures are waited for
 */
export async function zoomBench(address: string, executablePath: string): Promise<object> {
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    await page.goto(address);
    await page.locator("[data-figure=cosine-heatmap] .plot .main-svg").first().waitFor({ timeout: 120_000 });
    await page.locator("html[data-ready]").waitFor();
    await delay(2000);
    const times: z.infer<typeof zoomed>[] = [];
    for (let drag = 0; drag < drags; drag++) {
      const box = await page.locator("[data-figure=gradient-norm] .plot").boundingBox();
      if (box === null) throw new Error("there is no plot to drag in");
      const measured = page.evaluate(stopwatch);
      const height = box.y + box.height / 2;
      await page.mouse.move(box.x + 150 + 15 * drag, height);
      await page.mouse.down();
      await page.mouse.move(box.x + 550 + 20 * drag, height, { steps: 8 });
      await delay(100);
      await page.mouse.up();
      times.push(zoomed.parse(await measured));
      await delay(700);
      await page.keyboard.press("0");
      await delay(700);
    }
    return {
      drags,
      planes: round(median(times.map(({ planes }) => planes))),
      rows: round(median(times.map(({ rows }) => rows))),
    };
  } finally {
    await browser.close();
  }
}
