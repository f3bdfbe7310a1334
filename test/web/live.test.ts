import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { build } from "vite";
import { z } from "zod";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startServerProcesses } from "../../src/server/reports/serverProcesses.js";
import { startServer, type RunningServer } from "../../src/server/http/startServer.js";
import { browserPath, launchBrowser } from "../support/browser.js";
import { GrowingRun } from "../support/growingRun.js";
import { writeSyntheticRun } from "../support/syntheticRun.js";

describe.skipIf(browserPath === undefined)("the page of a live run", () => {
  const folder = mkdtempSync(join(tmpdir(), "turncoat-live-"));
  const [webRoot, runsRoot] = [join(folder, "web"), join(folder, "runs")];
  const processes = startServerProcesses();
  let run: GrowingRun;
  let server: RunningServer;
  let browser: Browser;
  let page: Page;

  const start = (port: number): Promise<RunningServer> =>
    startServer({
      runsRoot,
      webRoot,
      port,
      strictPort: port !== 0,
      basePath: "/proxy/7/",
      ...processes.options,
    });

  beforeAll(async () => {
    await build({ configFile: "vite.config.ts", logLevel: "error", build: { outDir: webRoot } });
    run = new GrowingRun(join(runsRoot, "growing"), 200);
    run.grow(24);
    server = await start(0);
    browser = await launchBrowser();
    page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    await page.goto(`${server.url}?run=growing`);
    await page.waitForSelector("html[data-ready]");
  });

  afterAll(async () => {
    await browser.close();
    await server.close();
    processes.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const state = (): Promise<string> => page.locator(".page-state").innerText();
  /** The last step that a figure's plot has a point at. */
  const lastDrawn = (figure: string): Promise<unknown> =>
    page.evaluate(
      `Math.max(...document.querySelector('[data-figure="${figure}"] .plot').data.flatMap(({ x }) => [...x]))`,
    );
  const drawnRange = (): Promise<unknown> =>
    page.evaluate("document.querySelector('[data-figure=\"loss\"] .plot').layout.xaxis.range");
  /** Where every figure over the steps is in the window. */
  const places = (): Promise<unknown> =>
    page.evaluate(
      "[...document.querySelectorAll('.stack .plot')].map((plot) => Math.round(plot.getBoundingClientRect().top))",
    );

  test("shows a new step by itself, and keeps zoom, chosen step, hidden curves and places", async () => {
    await expect.poll(state).toContain("step 24 of 200");
    await expect.poll(state).not.toContain("being analysed");
    expect(await state()).toContain("live");
    await page.keyboard.press("+");
    await page.locator('[data-figure="norms"] .curve-toggle').first().click();
    await page.locator(".scrubber-step").innerText();
    const view = async () => [
      await drawnRange(),
      await page.locator(".scrubber-step").innerText(),
      page.url(),
    ];
    await expect.poll(() => page.url()).toMatch(/zoom=.*off=|off=.*zoom=/);
    const [before, placesBefore] = [await view(), await places()];
    run.grow(1);
    await expect.poll(() => lastDrawn("loss"), { interval: 20 }).toBe(25);
    await expect.poll(state).toContain("step 25 of 200");
    // The geometry follows when it is analysed.
    await expect.poll(() => lastDrawn("local-cosine")).toBeGreaterThanOrEqual(25);
    expect([await view(), await places()]).toEqual([before, placesBefore]);
    await expect(
      page.locator('[data-figure="norms"] .curve-toggle').first().getAttribute("aria-pressed"),
    ).resolves.toBe("false");
    await page.keyboard.press("0");
  });

  test("draws a new figure in the place that was kept for it, without a reload", async () => {
    await page.evaluate("window.isSamePage = true");
    const behavior = page.locator('[data-figure="behavior"]');
    await expect.poll(() => behavior.innerText()).toContain("Waits for judged answers");
    const top = (): Promise<unknown> =>
      page.evaluate("document.querySelector('[data-figure=\"behavior\"]').getBoundingClientRect().top");
    const [before, below] = [await top(), await places()];
    run.evaluate();
    await expect.poll(() => behavior.locator(".main-svg").count()).toBeGreaterThan(0);
    expect(await page.evaluate("window.isSamePage")).toBe(true);
    expect(await top()).toBe(before);
    expect(await places()).toEqual(below);
  });

  test("rings when a detector fires: a badge, a line that is read out, and the way to the step", async () => {
    run.grow(1);
    run.alert(14);
    const badge = page.locator(".alerts summary");
    await expect.poll(() => badge.innerText()).toContain("1 alert");
    await expect(page.locator('[role="status"][aria-live]').last().innerText()).resolves.toMatch(
      /direction of B turns: step 14 \[12, 16\]/,
    );
    expect(await page.title()).toMatch(/^▲/);
    await badge.click();
    await page.locator(".alerts li button").first().click();
    await expect(page.locator(".scrubber-step").innerText()).resolves.toBe("step 14");
  });

  test("pauses, and goes on with all that was written meanwhile", async () => {
    await expect.poll(() => lastDrawn("loss")).toBe(run.step);
    await page.getByRole("button", { name: "pause" }).click();
    const drawn = run.step;
    run.grow(2);
    await expect.poll(state).toContain("paused, there is more");
    expect(await lastDrawn("loss")).toBe(drawn);
    await page.getByRole("button", { name: "go on" }).click();
    await expect.poll(() => lastDrawn("loss")).toBe(run.step);
  });

  test("follows the newest step where that is wanted, in every readout, until the reader chooses another", async () => {
    const follow = page.getByRole("button", { name: "follow", exact: true });
    const step = (): Promise<string> => page.locator(".scrubber-step").innerText();
    await follow.click();
    await expect.poll(step).toBe(`step ${run.step}`);
    await expect.poll(() => page.url()).toContain("follow=1");
    expect(page.url()).not.toContain("step=");
    run.grow(2);
    await expect.poll(step).toBe(`step ${run.step}`);
    await expect(follow.getAttribute("aria-pressed")).resolves.toBe("true");
    // A link to what is shown now names the step, whatever is newest when it is opened.
    await page.evaluate(
      "Object.defineProperty(navigator, 'clipboard', { value: { writeText: async (text) => { window.copied = text; } } })",
    );
    await page.getByRole("button", { name: "share" }).click();
    await expect.poll(() => page.evaluate("window.copied ?? ''")).toContain(`step=${run.step}`);
    expect(await page.evaluate("window.copied")).not.toContain("follow");
    // Opened again, the address follows again.
    await page.reload();
    await page.waitForSelector("html[data-ready]");
    await expect.poll(step).toBe(`step ${run.step}`);
    await page.keyboard.press("ArrowLeft");
    await expect(follow.getAttribute("aria-pressed")).resolves.toBe("false");
    const chosen = await step();
    await expect.poll(() => page.url()).toContain(`step=${chosen.replace("step ", "")}`);
    run.grow(1);
    await expect.poll(() => lastDrawn("loss")).toBe(run.step);
    expect(await step()).toBe(chosen);
    await page.keyboard.press("l");
    await expect.poll(step).toBe(`step ${run.step}`);
    await page.keyboard.press("l");
  });

  test("names the step in the address, so that one address is one view while the run goes on", async () => {
    await page.goto(`${server.url}?run=growing`);
    await page.waitForSelector("html[data-ready]");
    const step = (await page.locator(".scrubber-step").innerText()).replace("step ", "");
    await expect.poll(() => page.url()).toContain(`step=${step}`);
    run.grow(1);
    await expect.poll(() => lastDrawn("loss")).toBe(run.step);
    await page.reload();
    await page.waitForSelector("html[data-ready]");
    await expect(page.locator(".scrubber-step").innerText()).resolves.toBe(`step ${step}`);
  });

  test("shows how far the training is, and the analysis while it is made", async () => {
    await expect.poll(state).toMatch(/step \d+ of 200 \(\d+\u202f%\)/);
    const training = page.getByRole("progressbar", { name: "training" });
    await expect(training.getAttribute("max")).resolves.toBe("200");
    await expect.poll(() => training.getAttribute("value")).toBe(String(run.step));
    await page.route("**/report", async (route) => {
      const report = z.looseObject({}).parse(await (await route.fetch()).json());
      const progress = { toStep: 20, seconds: 3, lastSeconds: 6 };
      await route.fulfill({ json: { ...report, isComplete: false, progress } });
    });
    run.grow(1);
    await expect.poll(state).toContain("being analysed (3\u202fs, last time 6\u202fs, shown to step 20)");
    const analysis = page.getByRole("progressbar", { name: "analysis" });
    expect([await analysis.getAttribute("value"), await analysis.getAttribute("max")]).toEqual(["3", "6"]);
    await page.unroute("**/report");
    await expect.poll(() => analysis.count()).toBe(0);
  });

  test("goes to the turn of a finished run once its analysis has found it, unless the reader has chosen a step", async () => {
    writeSyntheticRun(join(runsRoot, "done"), { steps: 60, turn: 30 });
    const done = await browser.newPage();
    const step = done.locator(".scrubber-step");
    // What the page shows first, while a long run is analysed.
    let isAnalyzed = false;
    await done.route("**/report", async (route) => {
      const report = z.looseObject({}).parse(await (await route.fetch()).json());
      const early = { isComplete: false, transitions: [], headline: "" };
      const progress = { toStep: null, seconds: 1, lastSeconds: null };
      await route.fulfill({ json: isAnalyzed ? report : { ...report, ...early, progress } });
    });
    const open = async (): Promise<void> => {
      isAnalyzed = false;
      await done.goto(`${server.url}?run=done`);
      await done.waitForSelector("html[data-ready]");
      await expect(step.innerText()).resolves.toBe("step 60");
    };
    await open();
    isAnalyzed = true;
    await expect.poll(() => step.innerText()).toBe("step 30");
    expect(done.url()).not.toContain("step=");
    await open();
    await done.keyboard.press("ArrowLeft");
    isAnalyzed = true;
    await expect.poll(() => done.locator("h1").innerText()).toContain("Behaviour turns at step 30");
    await expect(step.innerText()).resolves.toBe("step 59");
    await done.close();
  });

  test("recovers when the server is started anew, and stops at the end of the run", async () => {
    const { port } = server;
    await server.close();
    await expect.poll(state).toContain("no connection");
    run.grow(2);
    server = await start(port);
    await expect.poll(() => lastDrawn("loss")).toBe(run.step);
    await expect.poll(state).not.toContain("no connection");
    run.finish();
    await expect.poll(state).toMatch(/^finished/);
    await expect.poll(() => page.getByRole("button", { name: "pause" }).count()).toBe(0);
  });
});
