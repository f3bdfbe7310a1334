import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readManifest } from "../../../../src/runs/manifest.js";
import { browserPath } from "../../../support/browser.js";
import { openPages, type PagesInBrowser } from "../../../support/pagesInBrowser.js";
import { writeSyntheticRun } from "../../../support/syntheticRun.js";
import { writeManyAdaptersRun } from "../../../support/training/manyAdaptersRun.js";

const sizes = [
  { width: 1440, height: 900 },
  { width: 1024, height: 768 },
  { width: 400, height: 800 },
];

/** Least height of the first plot that the first screen shows, in pixels. */
const leastPlot = 150;

describe.skipIf(browserPath === undefined)("the first screen of a run's page", () => {
  let pages: PagesInBrowser;

  beforeAll(async () => {
    pages = await openPages((root) => {
      writeSyntheticRun(join(root, "alike"));
      writeSyntheticRun(join(root, "control"), { turn: 90 });
      for (const [run, control] of [
        ["specific", "control"],
        ["shared", "alike"],
      ] as const) {
        writeSyntheticRun(join(root, run));
        const file = join(root, run, "run.json");
        writeFileSync(file, JSON.stringify({ ...readManifest(file), control }));
      }
      cpSync("test/fixtures/peft-run-rank1-f32", join(root, "peft"), { recursive: true });
      const shape = { layers: 5, hidden: 24, keyValue: 8, mlp: 40, rank: 2 };
      writeManyAdaptersRun(join(root, "many"), shape, {
        steps: 40,
        seed: 4,
        bend: { step: 20, layers: [2, 2] },
      });
    });
  });

  afterAll(() => pages.close());

  test.each(sizes)(
    "has the headline, the line of evidence and the first curve at $width × $height",
    async ({ width, height }) => {
      await pages.page.setViewportSize({ width, height });
      for (const run of ["specific", "shared", "peft", "many"]) {
        await pages.open(`?run=${run}`);
        await pages.page.waitForSelector(".summary:not(.pending)");
        await pages.page.waitForSelector(".stack .step-row .main-svg");
        const boxes = await pages.page.evaluate<
          Record<string, { top: number; bottom: number; right: number }>
        >(`
          Object.fromEntries([["headline", "h1"], ["evidence", ".evidence"], ["plot", ".stack .plot"], ["scrubber", ".scrubber"]]
            .map(([name, selector]) => [name, document.querySelector(selector).getBoundingClientRect().toJSON()]))`);
        const { headline, evidence, plot, scrubber } = boxes;
        if (!headline || !evidence || !plot || !scrubber) throw new Error("a part is missing");
        expect(evidence.top, run).toBeGreaterThanOrEqual(headline.bottom);
        expect(plot.top, run).toBeGreaterThan(evidence.bottom);
        expect(scrubber.top - plot.top, run).toBeGreaterThanOrEqual(leastPlot);
        expect(Math.max(headline.right, evidence.right, plot.right), run).toBeLessThanOrEqual(width);
        const sideways = await pages.page.evaluate(
          "document.documentElement.scrollWidth > document.documentElement.clientWidth",
        );
        expect(sideways, run).toBe(false);
      }
    },
  );

  test("leads with what is known: the turn with its control's verdict, the direction where nothing was answered", async () => {
    const { page } = pages;
    const headline = async (run: string): Promise<string> => {
      await pages.open(`?run=${run}`);
      return page.locator("h1").innerText();
    };
    const turn = /^Behaviour turns at step 30 \(95\u202f% interval \d+ to \d+\)/;
    for (const [run, ending] of [
      ["specific", ", specific: the control does not share it."],
      ["shared", ", shared with the control."],
      ["alike", ", held against no control."],
    ] as const) {
      const words = await headline(run);
      expect(words).toMatch(turn);
      expect(words.endsWith(ending), words).toBe(true);
    }
    expect(await headline("peft")).toBe(
      "Whether the direction of the adapter turns cannot be told; the gradient norm has no peak.",
    );
    await expect(page.locator(".evidence").innerText()).resolves.toBe(
      "No answers were judged: nothing is said of emergent misalignment (EM).",
    );
  });

  test("says an event once in words and once on the time line; the findings open, and so does how the run was made", async () => {
    const { page } = pages;
    await page.setViewportSize({ width: 1440, height: 900 });
    await pages.open("?run=specific");
    const above = [page.locator(".summary"), page.locator(".run-controls")];
    const seen = (await Promise.all(above.map((each) => each.innerText()))).join("\n");
    for (const event of [/gradient norm/i, /‖B‖/, /direction of B/, /path of B/])
      expect(seen).not.toMatch(event);
    expect(seen.match(/behaviour turns/gi)).toHaveLength(1);
    const timeline = page.locator('[data-figure="timeline"] .plot');
    await expect(timeline.getAttribute("aria-label")).resolves.toContain("direction of B turns");
    const findings = page.locator("details.findings");
    await expect(findings.locator("summary").innerText()).resolves.toMatch(/^All findings \(\d+\)$/);
    await findings.locator("summary").click();
    const listed = await findings.locator("ul").innerText();
    expect(listed).toContain("The direction of B turns by");
    expect(listed).not.toMatch(/give or take|undefined|\b1 steps\b|steps (earlier|later)/);
    const made = page.locator("details.run-details");
    await expect(made.locator("summary").innerText()).resolves.toMatch(
      /^How this run was made: bad-medical, rank 1 on model\.layers\.2\.mlp\.down_proj/,
    );
    expect((await made.locator("summary").boundingBox())?.height).toBeLessThan(28);
    await made.locator("summary").click();
    await expect.poll(() => made.locator("dt").allInnerTexts()).toContain("config.preset");
  });

  test("is the beginning of a page that is no longer than what stands on it", async () => {
    const { page } = pages;
    for (const run of ["specific", "many"]) {
      await pages.open(`?run=${run}`);
      await expect
        .poll(() =>
          page.evaluate(`Math.round(document.documentElement.scrollHeight
            - Math.max(innerHeight, scrollY + document.querySelector("main").getBoundingClientRect().bottom
            + document.querySelector(".scrubber").getBoundingClientRect().height))`),
        )
        .toBeLessThanOrEqual(1);
    }
    expect(pages.problems).toEqual([]);
  });
});
