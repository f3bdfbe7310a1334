import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startServerProcesses } from "../../src/server/reports/serverProcesses.js";
import { startServer, type RunningServer } from "../../src/server/http/startServer.js";
import { browserPath, launchBrowser } from "../support/browser.js";
import { GrowingRun } from "../support/growingRun.js";

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
