import { cpSync } from "node:fs";
import { join } from "node:path";
import type { Locator, Page } from "playwright-core";
import { writeProbes, type LayerProbes } from "../../src/pipeline/results/probeResult.js";
import { GrowingRun } from "./growingRun.js";
import { turnedStep, writeOrganismRun } from "./organismRun.js";
import { writeSyntheticRun } from "./syntheticRun.js";

/** What a task is done with: the page, the address of the server, and a click that is counted. */
export interface TaskContext {
  readonly page: Page;
  readonly url: string;
  /** Clicks, or chooses an option. */
  readonly click: (target: Locator, option?: string) => Promise<void>;
  /** Waits until a text holds what it should. */
  readonly sees: (target: Locator, text: RegExp) => Promise<void>;
}

/** A task of a reader, from the page that it begins at to the answer that is seen. */
export interface PageTask {
  readonly name: string;
  readonly begins: string;
  readonly run: (context: TaskContext) => Promise<void>;
}

/** Writes the runs that the tasks are done with. */
export async function writeTaskRuns(root: string): Promise<GrowingRun> {
  writeSyntheticRun(join(root, "seed-1"), { steps: 60, turn: 30 });
  for (const seed of [2, 3]) cpSync(join(root, "seed-1"), join(root, `seed-${seed}`), { recursive: true });
  writeProbes(join(root, "seed-1"), {
    ...{ formatVersion: 2, layer: 2, answersPerClass: 120, madeFrom: null },
    layers: [0, 1, 2].map(layerProbes),
  });
  await writeOrganismRun(join(root, "organism"));
  const growing = new GrowingRun(join(root, "growing"), 200);
  growing.grow(20);
  return growing;
}

function layerProbes(layer: number): LayerProbes {
  const steps = [0, 20, 40, 60];
  const values = steps.map((step) => 0.5 + (0.2 * layer * step) / 60);
  const around = (value: number) => [value - 0.05, value + 0.05] as const;
  const flat = steps.map(() => 0.5);
  return {
    probe: {
      ...{ steps, layer, n: steps.map(() => 60), heldOutGroups: ["a"], c: 1, seed: 0, randomFloorDegrees: 5 },
      auroc: { values, intervals: values.map(around) },
      shuffled: { values: flat, intervals: flat.map(around) },
      angleToB: { values: steps.map(() => 80) },
      absent: [],
    },
    direction: { norm: flat, splitHalfCosine: flat, angleToB: flat },
  };
}

/** The eight tasks of docs/pages.md. */
export function pageTasks(growing: GrowingRun): readonly PageTask[] {
  const figure = (page: Page, id: string): Locator => page.locator(`[data-figure="${id}"]`);
  return [
    {
      name: "find the turn, and read before and after",
      begins: "?run=seed-1",
      run: async ({ page, sees }) => {
        await sees(page.locator("h1"), /turns at step \d+/);
        await sees(page.locator(".says .chosen"), /step \d+/);
        await sees(page.locator(".across-list"), /misaligned|▲/);
      },
    },
    {
      name: "compare three seeds",
      begins: "",
      run: async ({ page, click, sees }) => {
        await click(page.getByRole("button", { name: "recipe", exact: true }).first());
        await click(page.getByRole("link", { name: /^compare \d+ runs/ }).first());
        await sees(page.locator(".summary"), /turns in \d of \d runs/);
      },
    },
    {
      name: "all misaligned answers to one question",
      begins: "?run=seed-1",
      run: async ({ page, click, sees }) => {
        await click(page.getByRole("link", { name: "all answers" }));
        await click(page.getByRole("button", { name: /^▲ misaligned/ }));
        await sees(page.locator(".answers-found"), /\d/);
      },
    },
    {
      name: "steer, with scores",
      begins: `?run=organism&step=${turnedStep}`,
      run: async ({ page, click, sees }) => {
        await click(page.getByRole("link", { name: "ask it yourself" }));
        await click(page.getByLabel("steering direction"), "mean");
        await sees(page.locator(".answer-columns .chosen"), /aligned \d+ · coherent \d+/);
      },
    },
    {
      name: "local cosine as SVG and CSV",
      begins: "?run=seed-1",
      run: async ({ page, click }) => {
        const section = figure(page, "local-cosine");
        await click(section.locator(".menu > summary"));
        for (const form of ["SVG", "CSV"]) {
          const saved = page.waitForEvent("download");
          await click(section.getByRole("button", { name: form, exact: true }));
          await saved;
        }
      },
    },
    {
      name: "share what is shown",
      begins: "?run=seed-1&step=20",
      run: async ({ page, click, sees }) => {
        await click(page.getByRole("button", { name: "share" }));
        await sees(page.locator("header").first(), /copied/);
      },
    },
    {
      name: "watch a run live",
      begins: "",
      run: async ({ page, click, sees }) => {
        await click(page.getByRole("link", { name: "growing" }));
        await click(page.getByRole("button", { name: "follow", exact: true }));
        growing.grow(1);
        await sees(page.locator(".scrubber-step"), new RegExp(`step ${growing.step}`));
      },
    },
    {
      name: "probes by layer",
      begins: "?run=seed-1&step=60",
      run: async ({ page, sees }) => sees(figure(page, "probe-layers").locator(".readout"), /layer 2/),
    },
  ];
}

/** Does a task; gives the clicks that it took, and the seconds from opening its first page. */
export async function doTask(
  task: PageTask,
  page: Page,
  url: string,
): Promise<{ readonly clicks: number; readonly seconds: number }> {
  let clicks = 0;
  const began = performance.now();
  await page.goto(`${url}${task.begins}`);
  await page.waitForSelector("html[data-ready]");
  await task.run({
    page,
    url,
    click: async (target, option) => {
      clicks++;
      await (option === undefined ? target.click() : target.selectOption(option));
    },
    sees: async (target, text) => {
      await target.filter({ hasText: text }).first().waitFor({ timeout: 120_000 });
    },
  });
  return { clicks, seconds: (performance.now() - began) / 1000 };
}
