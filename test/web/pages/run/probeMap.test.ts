import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { palette } from "../../../../src/figures/style/palette.js";
import { writeOfflineReport } from "../../../../src/notebook/offlinePage.js";
import { reportPart } from "../../../../src/pipeline/report/page/reportPart.js";
import { writeProbes, type LayerProbes } from "../../../../src/pipeline/results/probeResult.js";
import { browserPath } from "../../../support/browser.js";
import { openFigureMenu } from "../../../support/openFigureMenu.js";
import { openPages, type PagesInBrowser } from "../../../support/pagesInBrowser.js";
import { writeSyntheticRun } from "../../../support/syntheticRun.js";

const steps = [0, 12, 24, 36, 48, 60];

/** What the probe of a layer finds: nothing at first, then the more the higher the layer; nothing known at step 36. */
function layerProbes(layer: number): LayerProbes {
  const values = steps.map((step) => (step === 36 ? NaN : 0.5 + (0.11 * layer * step) / 60));
  const around = (half: number) => (value: number) => [value - half, value + half] as const;
  const flat = steps.map(() => 0.5);
  return {
    probe: {
      ...{
        steps,
        layer,
        n: steps.map(() => 60),
        heldOutGroups: ["a", "b"],
        c: 1,
        seed: 0,
        randomFloorDegrees: 5,
      },
      auroc: { values, intervals: values.map(around(0.05)) },
      shuffled: { values: flat, intervals: flat.map(around(0.1)) },
      angleToB: { values: steps.map((step) => (step === 0 ? NaN : 80)) },
      absent: [{ step: 36, reason: "no checkpoint of this step" }],
    },
    direction: { norm: flat, splitHalfCosine: flat, angleToB: flat },
  };
}

describe.skipIf(browserPath === undefined)("the map of probes on a run's page", () => {
  let pages: PagesInBrowser;
  let page: Page;
  let map: Locator;

  beforeAll(async () => {
    pages = await openPages((root) => {
      writeSyntheticRun(join(root, "synthetic"));
      writeProbes(join(root, "synthetic"), {
        ...{ formatVersion: 2, layer: 2, answersPerClass: 120, madeFrom: null },
        layers: [0, 1, 2, 3, 4].map(layerProbes),
      });
    });
    page = pages.page;
    map = page.locator('[data-figure="probe-layers"]');
  });
  afterAll(() => pages.close());

  const readings = (): Promise<string[]> => map.locator(".readout dl > div").allInnerTexts();
  /** The middle of a cell in pixels of the window. */
  const placeOf = (step: number, row: number): Promise<{ x: number; y: number }> =>
    page.evaluate(
      `(() => {
        const plot = document.querySelector('[data-figure="probe-layers"] .plot');
        const { left, top } = plot.getBoundingClientRect();
        const { xaxis, yaxis } = plot._fullLayout;
        return { x: left + xaxis._offset + xaxis.d2p(${step}), y: top + yaxis._offset + yaxis.d2p(${row}) };
      })()`,
    );

  test("shares the step axis, reads out the layers at the step, and gives a gap a dash", async () => {
    await pages.open("?run=synthetic&step=60");
    await map.scrollIntoViewIfNeeded();
    await expect(
      page.evaluate(
        `new Set([...document.querySelectorAll('.stack .plot')].map((plot) => String(plot.layout.xaxis.range))).size`,
      ),
    ).resolves.toBe(1);
    await expect(readings()).resolves.toEqual([
      "layer 4\n0.94 [0.89, 0.99]",
      "layer 3\n0.83 [0.78, 0.88]",
      "layer 2\n0.72 [0.67, 0.77]",
      "layer 1\n0.61 [0.56, 0.66]",
      "layer 0\n0.50 [0.45, 0.55]",
    ]);
    await expect(map.locator(".color-bar").innerText()).resolves.toMatch(
      /held-out AUROC\s+≤ 0.5, chance\s+1/,
    );
    await pages.open("?run=synthetic&step=36");
    await expect(readings()).resolves.toContain("layer 4\n–");
  });

  test("tells layer, step, value and interval of the cell under the pointer", async () => {
    await pages.open("?run=synthetic&step=60");
    await map.scrollIntoViewIfNeeded();
    const { x, y } = await placeOf(48, 3);
    await page.mouse.move(x, y);
    await expect
      .poll(() => map.locator(".hoverlayer").textContent())
      .toContain("layer 3, step 48: AUROC 0.764 [0.71, 0.81]");
    await expect(readings()).resolves.toContain("layer 3\n0.76 [0.71, 0.81]");
  });

  test("chooses the step of a cell that is clicked, on the whole page", async () => {
    await pages.open("?run=synthetic&step=60");
    await map.scrollIntoViewIfNeeded();
    const { x, y } = await placeOf(24, 1);
    await page.mouse.click(x, y);
    await expect.poll(() => pages.query("step")).toBe("24");
    await page.mouse.move(5, 5);
    await expect.poll(() => page.locator(".scrubber-step").innerText()).toBe("step 24");
    await expect(readings()).resolves.toContain("layer 4\n0.68 [0.63, 0.73]");
  });

  test("is drawn in the colours of the theme", async () => {
    const scale = (): Promise<string> =>
      page.evaluate(
        `JSON.stringify(document.querySelector('[data-figure="probe-layers"] .plot').data[0].colorscale)`,
      );
    await pages.open("?run=synthetic");
    for (const color of palette("light").scale) await expect(scale()).resolves.toContain(color);
    await page.emulateMedia({ colorScheme: "dark" });
    await expect.poll(scale).toContain(palette("dark").scale[4] ?? "none");
    await page.emulateMedia({ colorScheme: "light" });
  });

  test.each(["SVG", "CSV", "JSON"])("saves it as %s", async (form) => {
    await pages.open("?run=synthetic");
    await openFigureMenu(map);
    const [saved] = await Promise.all([
      page.waitForEvent("download"),
      map.getByRole("button", { name: form, exact: true }).click(),
    ]);
    expect(saved.suggestedFilename()).toBe(`synthetic-probe-layers.${form.toLowerCase()}`);
    const text = readFileSync(await saved.path(), "utf8");
    if (form === "SVG") {
      expect(text).toContain("held-out AUROC");
      expect(text).toContain("≤ 0.5, chance");
      expect(text).toContain("residual stream after layer");
    }
    if (form === "CSV") {
      const [head, first, ...others] = text.trimEnd().split("\r\n");
      expect(head).toBe("layer,step,AUROC,AUROC low,AUROC high,AUROC shuffled,n");
      expect(first).toBe("0,0,0.5,0.45,0.55,0.5,60");
      expect(others).toHaveLength(29);
      expect(others[2]).toBe("0,36,,,,0.5,60");
    }
    if (form === "JSON") expect(text).toContain("no checkpoint of this step");
    expect(pages.problems).toEqual([]);
  });

  test("stands in the report that opens from disk", async () => {
    const path = join(pages.runsRoot, "report.html");
    writeOfflineReport(path, {
      title: "Report",
      parts: [await reportPart(join(pages.runsRoot, "synthetic"))],
    });
    await page.goto(`file://${path}`);
    const section = page.locator("section", { hasText: "Probe for misaligned answers, by layer" });
    await expect.poll(() => section.locator("svg .hm").count()).toBeGreaterThan(0);
    await expect(section.locator("svg .colorbar, svg .infolayer").first().textContent()).resolves.toContain(
      "held-out AUROC",
    );
  });
});
