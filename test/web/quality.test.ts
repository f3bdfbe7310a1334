import { join } from "node:path";
import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RunWriter } from "../../src/runs/runWriter.js";
import { Random } from "../../src/tensor/random.js";
import { exampleAdapter, manifest } from "../support/exampleRunDirectory.js";
import { browserPath } from "../support/browser.js";
import { openPages, type PagesInBrowser } from "../support/pagesInBrowser.js";
import { writeSyntheticRun } from "../support/syntheticRun.js";

const longSteps = 6000;
const spike = { step: 3217, value: 40 };

/** A log of many steps with a loss of one step that stands out by far, and few checkpoints. */
function writeLongRun(directory: string): void {
  const random = new Random(2);
  const writer = RunWriter.create(directory, { ...manifest, runId: "long" });
  for (let step = 0; step <= longSteps; step++) {
    if (step % 1000 === 0) writer.writeCheckpoint(step, exampleAdapter(step));
    const loss = step === spike.step ? spike.value : 2 + 0.1 * random.normal();
    if (step > 0) writer.log({ step, loss, gradNorm: 1 + 0.1 * random.uniform(), learningRate: 0.01 });
  }
  writer.finish("finished");
}

describe.skipIf(browserPath === undefined)("the honesty and handling of a run's page", () => {
  let pages: PagesInBrowser;
  let page: Page;

  beforeAll(async () => {
    pages = await openPages((root) => {
      writeLongRun(join(root, "long"));
      writeSyntheticRun(join(root, "synthetic"));
    });
    page = pages.page;
  });
  afterAll(() => pages.close());

  const figure = (id: string): Locator => page.locator(`[data-figure="${id}"]`);
  /** Evaluates an expression over the `plot` of a figure. */
  const ofPlot = <T>(id: string, expression: string): Promise<T> =>
    page.evaluate<T>(`((plot) => ${expression})(document.querySelector('[data-figure="${id}"] .plot'))`);
  const chosenStep = (): Promise<string> => page.locator(".scrubber-step").innerText();
  /** Steps drawn inside the spike's neighbourhood, and the largest value drawn. */
  const near = (id = "loss"): Promise<{ near: number; drawn: number; largest: number }> =>
    ofPlot(
      id,
      `({
        near: plot.data[0].x.filter((x) => x >= 3200 && x <= 3240).length,
        drawn: plot.data[0].x.length,
        largest: Math.max(...plot.data[0].y),
      })`,
    );

  test("draws a spike of one step among thousands, says how many points are drawn, and draws all where one looks", async () => {
    await pages.open("?run=long");
    const units = figure("loss").locator("header .muted");
    const whole = await near();
    expect(whole.largest).toBe(spike.value);
    expect(whole.drawn).toBeLessThan(longSteps);
    await expect(units.innerText()).resolves.toContain(`${whole.drawn} of ${longSteps} points drawn`);
    expect(whole.near).toBeLessThan(41);
    // As a drag in the plot does.
    await ofPlot(
      "loss",
      `Plotly.relayout(plot, { "xaxis.range[0]": 3200, "xaxis.range[1]": 3240 }).then(() => 0)`,
    );
    await expect.poll(async () => (await near()).near).toBe(41);
    expect((await near()).largest).toBe(spike.value);
    await expect(units.innerText()).resolves.toContain(
      `${(await near()).drawn} of ${longSteps} points drawn`,
    );
    // The spike's pixel is really there: the path goes above the top of every other point.
    const shown = await ofPlot<number>(
      "loss",
      `plot.querySelector(".scatterlayer .js-line").getBoundingClientRect().height`,
    );
    expect(shown).toBeGreaterThan(60);
    // A link to the stretch, and the other theme, show it as closely.
    await pages.open("?run=long&zoom=3200_3240");
    await expect.poll(async () => (await near()).near).toBe(41);
    await page.keyboard.press("d");
    await expect.poll(() => page.evaluate("document.documentElement.dataset.theme")).toBe("dark");
    await expect.poll(async () => (await near()).near).toBe(41);
    await page.keyboard.press("d");
    await page.keyboard.press("0");
    await expect.poll(async () => (await near()).near).toBeLessThan(41);
  });

  test("smooths only where asked, over the raw curve, and says so", async () => {
    await pages.open("?run=synthetic");
    const raw = await ofPlot<number[]>("loss", "plot.data[0].y");
    await expect(ofPlot("loss", "plot.data.length")).resolves.toBe(1);
    await page.locator(".smoothing select").selectOption("mean11");
    await expect.poll(() => ofPlot("loss", "plot.data.length")).toBe(2);
    await expect(ofPlot("loss", "plot.data[0].y")).resolves.toEqual(raw);
    await expect(ofPlot<number>("loss", "plot.data[0].opacity")).resolves.toBeLessThan(1);
    await expect(ofPlot("loss", "plot.querySelectorAll('.scatterlayer .js-line').length")).resolves.toBe(2);
    const smooth = await ofPlot<number[]>("loss", "plot.data[1].y");
    const middle = raw.slice(20, 31).reduce((sum, value) => sum + value, 0) / 11;
    expect(smooth[25]).toBeCloseTo(middle, 10);
    await expect(figure("loss").locator(".caption").innerText()).resolves.toContain(
      "centred mean over 11 steps, not across gaps; raw curves faint",
    );
    const curve = figure("loss").getByRole("button", { name: "loss, smoothed" });
    await curve.click();
    await expect.poll(() => ofPlot("loss", "plot.querySelectorAll('.scatterlayer .js-line').length")).toBe(0);
    await curve.click();
    await expect.poll(() => ofPlot("loss", "plot.querySelectorAll('.scatterlayer .js-line').length")).toBe(2);
    await page.locator(".smoothing select").selectOption("none");
    await expect.poll(() => ofPlot("loss", "plot.data.length")).toBe(1);
  });

  test("hides a curve with its band, and keeps it hidden in new data and the other theme", async () => {
    await pages.open("?run=synthetic");
    const toggle = figure("behavior").getByRole("button", { name: "EM, broad" });
    const hidden = (): Promise<string[]> =>
      ofPlot("behavior", "plot.data.filter(({ visible }) => visible === false).map(({ name }) => name)");
    await toggle.click();
    const withBand = ["EM, broad", "EM, broad, lower bound", "EM, broad, upper bound"];
    await expect.poll(async () => (await hidden()).toSorted()).toEqual(withBand);
    await expect(toggle.getAttribute("aria-pressed")).resolves.toBe("false");
    await page.keyboard.press("d");
    await expect.poll(() => page.evaluate("document.documentElement.dataset.theme")).toBe("dark");
    await page.locator(".smoothing select").selectOption("median5");
    await expect.poll(() => figure("loss").locator(".caption").innerText()).toContain("centred median");
    expect((await hidden()).toSorted()).toEqual(withBand);
    await toggle.click();
    await expect.poll(hidden).toEqual([]);
    await page.keyboard.press("d");
  });

  test("marks the step under the pointer in every view within a few frames", async () => {
    await pages.open("?run=synthetic&step=10");
    await page
      .locator('[data-figure="pca-path"] .js-plotly-plot, [data-figure="pca-path"] .main-svg')
      .first()
      .waitFor();
    const plot = figure("cosine-to-final").locator(".plot");
    await plot.scrollIntoViewIfNeeded();
    const box = await plot.boundingBox();
    if (box === null) throw new Error("no plot");
    // Counted in the page, in frames: a busy machine draws fewer of them, and needs no more. Six are 100 ms.
    const frames = await page.evaluate<number>(`new Promise((resolve) => {
      const ring = () => {
        const shapes = document.querySelector('[data-figure="pca-path"] .plot').layout.shapes;
        return JSON.stringify(shapes.filter(({ type }) => type === "circle").at(-1));
      };
      const readouts = () => [...document.querySelectorAll(".readout dd")].map((each) => each.textContent).join();
      const [ringBefore, before] = [ring(), readouts()];
      let frames = 0;
      document.querySelector('[data-figure="cosine-to-final"] .plot').dispatchEvent(
        new PointerEvent("pointermove", { bubbles: true, clientX: ${box.x + 0.6 * box.width}, clientY: ${box.y + 40} }),
      );
      const look = () => {
        const isMarked =
          !document.querySelector(".cursor.hovered").hidden && ring() !== ringBefore && readouts() !== before;
        frames++;
        if (isMarked || frames > 600) resolve(frames);
        else requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    })`);
    const cursor = await page.locator(".cursor.hovered").boundingBox();
    const stack = await page.locator(".stack").boundingBox();
    expect(cursor?.height).toBeCloseTo(stack?.height ?? NaN, 0);
    await expect(chosenStep()).resolves.toMatch(/^step 3\d$/);
    expect(frames).toBeLessThanOrEqual(6);
  });

  test("marks a stretch that is looked at in the path and in the map at once", async () => {
    await pages.open("?run=synthetic&step=30");
    const frames = await page.evaluate<number>(`new Promise((resolve) => {
      const shapes = (id) => document.querySelector(\`[data-figure="\${id}"] .plot\`).layout.shapes;
      let frames = 0;
      Plotly.relayout(document.querySelector('[data-figure="cosine-to-final"] .plot'), { "xaxis.range[0]": 20, "xaxis.range[1]": 40 });
      const look = () => {
        const path = shapes("pca-path").find(({ type }) => type === "path");
        const frame = shapes("cosine-heatmap").find(({ type }) => type === "rect");
        const isMarked = path?.path.split("L").length === 21 && frame?.x0 === 20 && frame.y1 === 40;
        frames++;
        if (isMarked || frames > 600) resolve(frames);
        else requestAnimationFrame(look);
      };
      look();
    })`);
    expect(frames).toBeLessThanOrEqual(30);
    await page.keyboard.press("0");
    await expect
      .poll(() => ofPlot("pca-path", "plot.layout.shapes.some(({ type }) => type === 'path')"))
      .toBe(false);
  });

  test("lists its keys, jumps between transitions, and reaches every control by Tab with a visible focus", async () => {
    await pages.open("?run=synthetic&step=0");
    await page.keyboard.press("?");
    const help = page.getByRole("dialog", { name: "keyboard shortcuts" });
    await expect(help.isVisible()).resolves.toBe(true);
    await expect(help.innerText()).resolves.toMatch(/next transition[\s\S]*play or stop[\s\S]*light or dark/);
    await page.keyboard.press("Escape");
    await expect(help.isVisible()).resolves.toBe(false);

    const turns = await page.evaluate<number[]>(
      "[...document.querySelectorAll('.legend li button')].map(({ title }) => Number(/step (\\d+)/.exec(title)[1]))",
    );
    const steps = [...new Set(turns)].filter((step) => step > 0).toSorted((one, other) => one - other);
    expect(steps.length).toBeGreaterThan(1);
    for (const step of steps) {
      await page.keyboard.press("]");
      await expect(chosenStep()).resolves.toBe(`step ${step}`);
    }
    await page.keyboard.press("[");
    await expect(chosenStep()).resolves.toBe(`step ${steps.at(-2)}`);

    const controls = await page.evaluate<number>(`(() => {
      const all = [...document.querySelectorAll("a[href], button, input, select, summary, textarea, [tabindex='0']")];
      const there = all.filter((each) => each.checkVisibility({ visibilityProperty: true }) && !each.disabled && !each.closest("dialog"));
      for (const each of there) each.dataset.tabbed = "no";
      document.activeElement.blur();
      // Looked at in the page, since a question after every key takes long.
      document.addEventListener("focusin", ({ target }) => {
        const { outlineStyle, outlineWidth } = getComputedStyle(target);
        target.dataset.tabbed = outlineStyle !== "none" && outlineWidth !== "0px" ? "yes" : "unseen";
      });
      return there.length;
    })()`);
    expect(controls).toBeGreaterThan(40);
    for (let press = 0; press < controls + 4; press++) await page.keyboard.press("Tab");
    const missed = await page.evaluate(
      "[...document.querySelectorAll('[data-tabbed=no], [data-tabbed=unseen]')].map((each) => each.outerHTML.slice(0, 160))",
    );
    expect(missed).toEqual([]);
  });

  test("turns the path in three dimensions by drag and by keys", async () => {
    await pages.open("?run=synthetic");
    const places = (): Promise<string> =>
      ofPlot("pca-path", "JSON.stringify(plot.data.map(({ x, y }) => [x, y]))");
    const flat = await places();
    await page.getByRole("button", { name: "3D" }).click();
    await expect.poll(places).not.toBe(flat);
    const first = await places();
    await page.keyboard.press("ArrowRight");
    await expect.poll(() => pages.query("cam")).toBe("-24_25");
    await expect.poll(places).not.toBe(first);
    // The arrow turned the path and did not move the step.
    expect(pages.query("step")).toBeNull();
    const second = await places();
    const plot = figure("pca-path").locator(".plot");
    await plot.scrollIntoViewIfNeeded();
    const box = await plot.boundingBox();
    if (box === null) throw new Error("no plot");
    await page.mouse.move(box.x + 150, box.y + 150);
    await page.mouse.down();
    await page.mouse.move(box.x + 200, box.y + 175, { steps: 4 });
    await page.mouse.up();
    await expect.poll(() => pages.query("cam")).toBe("-4_35");
    await expect.poll(places).not.toBe(second);
    // The pointer has let go.
    await page.mouse.move(box.x + 100, box.y + 100);
    await page.getByRole("button", { name: "2D" }).click();
    await expect.poll(places).toBe(flat);
    await expect.poll(() => pages.query("cam")).toBeNull();
  });

  test("made no error and no request to anywhere else", () => {
    expect(pages.problems).toEqual([]);
  });
});
