import { statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { chromium, type Page } from "playwright-core";
import { z } from "zod";
import { runCli } from "../../test/support/cli/runCli.js";
import {
  manyAdaptersShapes,
  writeManyAdaptersRun,
  type ManyAdaptersShape,
} from "../../test/support/training/manyAdaptersRun.js";
import { median, round } from "../harness/statistics.js";
import { serve } from "./serve.js";

/** Number of times that the page is opened again, each by a fresh server and a fresh browser. */
const rounds = 3;

interface ManyAdaptersCase {
  readonly name: string;
  readonly shape: ManyAdaptersShape;
  readonly steps: number;
}

/** Ranks are low, so that the runs are written soon: of what the pages read, the products, it is all the same. */
const cases: readonly ManyAdaptersCase[] = [
  { name: "adapters210", shape: { ...manyAdaptersShapes.smollm2, rank: 4 }, steps: 25 },
  { name: "adapters168", shape: { ...manyAdaptersShapes["qwen0.5b"], rank: 4 }, steps: 100 },
];

/** Milliseconds of the page's clock, which begins with the address. */
const seenSchema = z.object({ firstPlot: z.number(), wholeUpdate: z.number(), every: z.number() });

/** What was seen of a page, and milliseconds until the curves of another adapter were there. */
type Opened = z.infer<typeof seenSchema> & { readonly another: number };

/** Script that records in the page when plots were there: any, that of the whole update, and the last. */
const stopwatch = `
  window.seen = { firstPlot: null, wholeUpdate: null, every: null };
  const isDrawn = (figure) => document.querySelector(figure + " .plot .main-svg") !== null;
  new MutationObserver(() => {
    const { seen } = window;
    seen.firstPlot ??= document.querySelector(".plot .scatterlayer .trace path") === null ? null : performance.now();
    seen.wholeUpdate ??= isDrawn("[data-figure=update-local-cosine]") ? performance.now() : null;
    const isReady = document.documentElement.dataset.ready === "true";
    seen.every ??= isReady && isDrawn("[data-figure=cosine-heatmap]") ? performance.now() : null;
  }).observe(document, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-ready"] });
`;

/**
 * How soon the page of a run with many adapters shows again what was analysed before: a fresh server, with the inner
 * products that were kept beside the run. Also how soon another adapter's curves are there, and a report.
 */
export async function manyAdaptersBench(
  folder: string,
  webRoot: string,
  executablePath: string,
): Promise<object> {
  const results: Record<string, object> = {};
  for (const { name, shape, steps } of cases) {
    console.error(`writing ${steps + 1} checkpoints of ${7 * shape.layers} adapters`);
    const runsRoot = join(folder, name);
    const bend = { step: Math.floor(steps / 2), layers: [10, 14] } as const;
    writeManyAdaptersRun(join(runsRoot, "many"), shape, { steps, seed: 3, bend });
    const page = (isFirst: boolean) =>
      openedPage({ runsRoot, run: "many", webRoot, executablePath, isFirst });
    const first = await page(true);
    console.error(`  ${name}: first ${round(first.every)} ms`);
    const again: Opened[] = [];
    for (let turn = 0; turn < rounds; turn++) again.push(await page(false));
    const of = (pick: (result: Opened) => number): number => round(median(again.map(pick)));
    const began = performance.now();
    const report = join(folder, `${name}.html`);
    const { code, stderr } = await runCli(["report", join(runsRoot, "many"), "--out", report]);
    if (code !== 0) throw new Error(stderr);
    results[name] = {
      checkpoints: steps + 1,
      rounds,
      first: round(first.every),
      firstPlot: of((each) => each.firstPlot),
      wholeUpdate: of((each) => each.wholeUpdate),
      everyFigure: of((each) => each.every),
      anotherAdapter: of((each) => each.another),
      report: {
        seconds: round((performance.now() - began) / 1000),
        megabytes: round(statSync(report).size / 1e6),
      },
      each: again,
    };
  }
  return results;
}

/** Opens the page of a run in a fresh browser, of a fresh server, and waits until all of it is there. */
export async function openedPage({
  runsRoot,
  run,
  webRoot,
  executablePath,
  isFirst,
}: {
  readonly runsRoot: string;
  readonly run: string;
  readonly webRoot: string;
  readonly executablePath: string;
  /** True where nothing is known of the run yet: then only figures are waited for. */
  readonly isFirst: boolean;
}): Promise<Opened> {
  const { server, url } = await serve(runsRoot, webRoot);
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    await page.addInitScript(stopwatch);
    await page.goto(`${url}?run=${run}`, { waitUntil: "commit" });
    let seen = null;
    while (seen === null) {
      // Looked at rarely: the look itself takes the page's time.
      await delay(1000);
      seen = seenSchema.safeParse(await page.evaluate("window.seen")).data ?? null;
    }
    return { ...seen, another: isFirst ? NaN : await anotherAdapter(page) };
  } finally {
    await browser.close();
    server.stop();
  }
}

/** Milliseconds from a choice in the list until the last of the three figures of one adapter is another. */
async function anotherAdapter(page: Page): Promise<number> {
  await page.locator(".adapter-list [role=option]").first().waitFor();
  return z.number().parse(
    await page.evaluate(`new Promise((done) => {
      const heading = document.querySelector("[data-figure=adapter-cosine-to-final] h2");
      const began = performance.now();
      new MutationObserver(() => requestAnimationFrame(() => setTimeout(() => done(performance.now() - began))))
        .observe(heading, { childList: true, characterData: true, subtree: true });
      document.querySelector(".adapter-list [role=option][aria-selected=false]").click();
    })`),
  );
}
