import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RunWriter } from "../../../../src/runs/runWriter.js";
import { exampleAdapter, manifest } from "../../../support/exampleRunDirectory.js";
import { readTags, writeTags } from "../../../../src/runs/annotations/tags.js";
import { trainingLockFile } from "../../../../src/runs/layout.js";
import { writePlannedStudy } from "../../../support/study/plannedStudy.js";
import { writeSyntheticRun } from "../../../support/syntheticRun.js";
import { browserPath } from "../../../support/browser.js";
import { openPages, type PagesInBrowser } from "../../../support/pagesInBrowser.js";

/** Two seeds of one recipe, a run made elsewhere, one that was interrupted, and one that cannot be read. */
function writeRuns(root: string): void {
  writeSyntheticRun(join(root, "crisp-seed3"), { steps: 24, turn: 12 });
  cpSync(join(root, "crisp-seed3"), join(root, "crisp-seed4"), { recursive: true });
  const manifest = join(root, "crisp-seed4", "run.json");
  const text = readFileSync(manifest, "utf8");
  writeFileSync(manifest, text.replace('"seed": 3', '"seed": 4').replace('"finished"', '"interrupted"'));
  mkdirSync(join(root, "crisp-seed4", "resume"));
  cpSync("test/fixtures/peft-run-rank1-f32", join(root, "peft"), { recursive: true });
  mkdirSync(join(root, "broken"));
  writeFileSync(join(root, "broken", "run.json"), "{");
}

describe.skipIf(browserPath === undefined)("runsPage: the list of runs in a browser", () => {
  let pages: PagesInBrowser;

  beforeAll(async () => {
    pages = await openPages(writeRuns);
  }, 60_000);
  afterAll(() => pages.close());

  const names = (): Promise<string[]> => pages.page.locator(".runs tbody th[scope=row] a").allInnerTexts();
  const focused = (): Promise<unknown> => pages.page.evaluate("document.activeElement.textContent");

  test("shows state, recipe, seed, end, way and turn of every run", async () => {
    const { open, page } = pages;
    await open("");
    await expect(names()).resolves.toEqual(["broken", "crisp-seed3", "crisp-seed4", "peft"]);
    const row = page.locator('tr[data-run="crisp-seed3"]');
    await expect
      .poll(() => row.innerText())
      .toMatch(/finished[\s\S]*bad-medical · crisp · rank 1[\s\S]*3[\s\S]*%\s*\[[\s\S]*step \d+ \[/);
    await expect(row.locator(".mini.bar, .mini.tick, .sparkline path").count()).resolves.toBe(3);
    await expect(page.locator('tr[data-run="peft"]').innerText()).resolves.toMatch(
      /imported[\s\S]*not evaluated/,
    );
  });

  test("says why a run is broken, and the fix", async () => {
    const [broken, interrupted] = await pages.page.locator(".trouble").allInnerTexts();
    expect(broken).toMatch(/run\.json[\s\S]*(Mend|remove)/);
    expect(interrupted).toMatch(/interrupted at step 24[\s\S]*turncoat train .* --resume/);
  });

  test("is searched while one types, and comes back from its address", async () => {
    const { page, open, query } = pages;
    await page.keyboard.press("/");
    await page.keyboard.type("crisp seed=4");
    await expect.poll(names).toEqual(["crisp-seed4"]);
    expect(query("q")).toBe("crisp seed=4");
    await open("?q=medical&sort=-seed&group=seed");
    await expect(names()).resolves.toEqual(["crisp-seed3", "crisp-seed4"]);
    await expect(page.locator(".group").allInnerTexts()).resolves.toEqual(["seed 3 1", "seed 4 1"]);
    await expect(page.locator('th[aria-sort="descending"]').innerText()).resolves.toContain("seed");
    await page.getByRole("searchbox").fill("nothing like it");
    await expect.poll(() => page.locator("main").innerText()).toContain("No run matches");
  });

  test("is sorted by a click, either way", async () => {
    const { page, open, query } = pages;
    await open("");
    await page.locator(".runs thead").getByRole("button", { name: "seed", exact: true }).click();
    expect(query("sort")).toBe("seed");
    await expect(names()).resolves.toEqual(["crisp-seed3", "crisp-seed4", "broken", "peft"]);
    await page.locator("th[aria-sort=ascending] button").click();
    expect(query("sort")).toBe("-seed");
    await expect(names()).resolves.toEqual(["crisp-seed4", "crisp-seed3", "broken", "peft"]);
  });

  test("is walked by keys; x selects, and what differs is shown", async () => {
    const { page, open, query } = pages;
    await open("");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await expect(focused()).resolves.toBe("crisp-seed3");
    await page.keyboard.press("x");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("x");
    await expect(focused()).resolves.toBe("crisp-seed4");
    expect(query("pick")).toBe("crisp-seed3,crisp-seed4");
    const settings = page.locator(".diff tbody th");
    await expect.poll(() => settings.allInnerTexts()).toEqual(["seed"]);
    await page.getByRole("button", { name: "leave seed out" }).click();
    await expect.poll(() => settings.count()).toBe(0);
    expect(query("ignore")).toBe("seed");
    const compare = page.getByRole("link", { name: "compare 2 runs" });
    await expect(compare.getAttribute("href")).resolves.toBe("./?compare=crisp-seed3,crisp-seed4");
    await page.locator('a[data-run="crisp-seed4"]').focus();
    await page.keyboard.press("Enter");
    await page.waitForSelector("html[data-ready] .stack");
    expect(query("run")).toBe("crisp-seed4");
  });

  test("made no error and no request to anywhere else", () => {
    expect(pages.problems).toEqual([]);
  });
});

describe.skipIf(browserPath === undefined)("runsPage: a list of runs that are being written", () => {
  let pages: PagesInBrowser;
  let growing: RunWriter;

  beforeAll(async () => {
    pages = await openPages((root) => {
      writeSyntheticRun(join(root, "crisp-seed3"), { steps: 24, turn: 12 });
      cpSync("test/fixtures/peft-run-rank1-f32", join(root, "peft"), { recursive: true });
      const running = { ...manifest, runId: "growing", status: "running" as const };
      growing = RunWriter.create(join(root, "growing"), running);
      for (const step of [0, 1]) growing.writeCheckpoint(step, exampleAdapter(step));
    });
  }, 60_000);
  afterAll(() => pages.close());

  const names = (): Promise<string[]> => pages.page.locator(".runs tbody th[scope=row] a").allInnerTexts();
  const textOf = (run: string): Promise<string> => pages.page.locator(`tr[data-run="${run}"]`).innerText();
  const focused = (): Promise<unknown> => pages.page.evaluate("document.activeElement.textContent");

  test("shows a new step and new answers of a run by itself", async () => {
    const { open, page } = pages;
    await open("");
    await expect.poll(() => textOf("growing")).toMatch(/live step 1[\s\S]*not evaluated/);
    await page.evaluate(`window.rowBefore = document.querySelector('tr[data-run="growing"]')`);
    growing.writeCheckpoint(2, exampleAdapter(2));
    await expect.poll(() => textOf("growing")).toContain("step 2");
    cpSync(
      join(pages.runsRoot, "crisp-seed3", "evaluations"),
      join(pages.runsRoot, "growing", "evaluations"),
      {
        recursive: true,
      },
    );
    await expect.poll(() => textOf("growing")).toMatch(/%\s*\[[\s\S]*step \d+ \[/);
    // It is the same row, not another one in its place.
    await expect(page.evaluate("window.rowBefore.isConnected")).resolves.toBe(true);
  });

  test("takes a new run into its place and lets one go, and keeps order, selection and focus", async () => {
    const { open, page, query } = pages;
    await open("?sort=-run");
    await expect(names()).resolves.toEqual(["peft", "growing", "crisp-seed3"]);
    await page.locator('a[data-run="peft"]').focus();
    await page.keyboard.press("x");
    await page.keyboard.press("ArrowDown");
    await expect(focused()).resolves.toBe("growing");
    cpSync(join(pages.runsRoot, "crisp-seed3"), join(pages.runsRoot, "later"), { recursive: true });
    await expect.poll(names).toEqual(["peft", "later", "growing", "crisp-seed3"]);
    await expect.poll(() => textOf("later")).toMatch(/%\s*\[/);
    await expect(focused()).resolves.toBe("growing");
    await expect(page.locator('tr[data-run="peft"] input').isChecked()).resolves.toBe(true);
    expect(query("pick")).toBe("peft");
    rmSync(join(pages.runsRoot, "later"), { recursive: true });
    await expect.poll(names).toEqual(["peft", "growing", "crisp-seed3"]);
    await expect(focused()).resolves.toBe("growing");
  });

  test("keeps the search and does not take the words from the reader", async () => {
    const { open, page } = pages;
    await open("");
    await page.keyboard.press("/");
    await page.keyboard.type("growing");
    growing.writeCheckpoint(3, exampleAdapter(3));
    await expect.poll(() => textOf("growing")).toContain("step 3");
    await page.keyboard.type("-up");
    await expect(page.getByRole("searchbox").inputValue()).resolves.toBe("growing-up");
    await expect.poll(names).toEqual([]);
    cpSync(join(pages.runsRoot, "growing"), join(pages.runsRoot, "growing-up"), { recursive: true });
    await expect.poll(names).toEqual(["growing-up"]);
  });

  test("tags runs by the keyboard, which others find, and says what is no tag", async () => {
    const { open, page, runsRoot } = pages;
    await open("");
    await page.locator('a[data-run="peft"]').focus();
    await page.keyboard.press("t");
    await page.keyboard.type(`paper ${"x".repeat(41)}`);
    await page.keyboard.press("Enter");
    // The browser says what is wrong, and nothing is sent.
    await expect.poll(() => page.locator(".tag-editor input:invalid").count()).toBe(1);
    await page.locator(".tag-editor input").fill("paper figure-7");
    await page.keyboard.press("Enter");
    await expect.poll(() => textOf("peft")).toMatch(/figure-7\s*paper/);
    await expect(focused()).resolves.toBe("peft");
    expect(readTags(join(runsRoot, "peft"))).toEqual(["figure-7", "paper"]);
    writeTags(join(runsRoot, "crisp-seed3"), ["elsewhere"]);
    await expect.poll(() => textOf("crisp-seed3")).toContain("elsewhere");
    await page.keyboard.press("/");
    await page.keyboard.type("tag=paper");
    await expect.poll(names).toEqual(["peft"]);
  });

  test("says that a run has ended", async () => {
    await pages.open("");
    growing.finish("finished");
    await expect.poll(() => textOf("growing")).toContain("finished");
    expect(pages.problems).toEqual([]);
  });
});

describe.skipIf(browserPath === undefined)("studyPage: the runs of a study in a browser", () => {
  let pages: PagesInBrowser;

  beforeAll(async () => {
    pages = await openPages(writePlannedStudy);
  }, 60_000);
  afterAll(() => pages.close());

  const line = (name: string): Promise<string[]> =>
    pages.page.locator(`.study-grid tr.${name} td`).allInnerTexts();
  const focused = (): Promise<unknown> => pages.page.evaluate("document.activeElement.dataset.run");

  test("is led to by the list, and fills by itself", async () => {
    const { page, open } = pages;
    await open("");
    await page.getByRole("link", { name: "page of the study" }).click();
    await page.waitForSelector(".study-grid table");
    await expect.poll(async () => (await line("em"))[2]).toMatch(/^\d+.%\s*\[/);
    await expect(page.locator("h1").innerText()).resolves.toMatch(
      /^2 of 6 runs are finished \(1 failed\)\. The direction turns in 1 of 1 harmful runs/,
    );
    // Two columns for the means, then two a seed.
    await expect(line("states")).resolves.toEqual([
      ...["", "", "measured", "measured", "failed", "missing", "missing", "missing"],
    ]);
    await expect(page.locator(".study-grid .trouble").innerText()).resolves.toMatch(
      /small-seed1 models\/small: expected weights, found none\s*Fetch them\./,
    );
    await expect(page.locator(".study-effects tbody").innerText()).resolves.toContain(
      "cannot be told: 1 of 3 seeds",
    );
    await expect(page.locator(".study-work").innerText()).resolves.toContain("turncoat study run study.yaml");
  });

  test("shows a run as soon as it is there, and who is at work", async () => {
    const { page, runsRoot } = pages;
    cpSync(join(runsRoot, "small-seed0"), join(runsRoot, "small-seed2"), { recursive: true });
    const lock = join(runsRoot, trainingLockFile("small-seed2-control"));
    writeFileSync(lock, JSON.stringify({ pid: process.pid, host: "elsewhere", beat: 30_000 }));
    await expect.poll(async () => (await line("states")).slice(6)).toEqual(["measured", "training"]);
    await expect(page.locator(".study-work tbody").innerText()).resolves.toMatch(
      new RegExp(`^small-seed2-control\\s+training\\s+elsewhere/${process.pid}\\s+\\d+ s ago`),
    );
    rmSync(lock);
    await expect.poll(async () => (await line("states")).at(-1)).toBe("missing");
  });

  test("is read by keys, and fits a telephone", async () => {
    const { page, open } = pages;
    await open("?study=");
    await page.keyboard.press("ArrowRight");
    expect(await focused()).toBe("small-seed0");
    await page.keyboard.press("ArrowRight");
    expect(await focused()).toBe("small-seed0-control");
    await page.setViewportSize({ width: 390, height: 844 });
    await expect(page.evaluate("document.documentElement.scrollWidth")).resolves.toBe(390);
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.keyboard.press("c");
    await page.waitForURL(/compare=small-seed0,small-seed0-control/);
    expect(pages.problems).toEqual([]);
  });

  test("says in a line what is wrong with a plan", async () => {
    writeFileSync(join(pages.runsRoot, ".study", "plan.json"), "{");
    await pages.page.goto(`${pages.server.url}?study=`);
    await expect(pages.page.getByRole("alert").innerText()).resolves.toMatch(
      /plan\.json: expected JSON[\s\S]*turncoat study run/,
    );
  });
});

describe.skipIf(browserPath === undefined)("runsPage: an empty list of runs in a browser", () => {
  test("says what to do next", async () => {
    const pages = await openPages(() => undefined);
    try {
      await pages.open("");
      await expect(pages.page.locator("main").innerText()).resolves.toContain("turncoat demo");
      writeSyntheticRun(join(pages.runsRoot, "first"), { steps: 4, turn: 2 });
      await expect.poll(() => pages.page.locator(".runs tbody").innerText()).toContain("first");
      rmSync(join(pages.runsRoot, "first"), { recursive: true });
      await expect.poll(() => pages.page.locator("main").innerText()).toContain("turncoat demo");
      await pages.open("?compare=");
      await expect(pages.page.locator("main").innerText()).resolves.toContain("turncoat demo");
      expect(pages.problems).toEqual([]);
    } finally {
      await pages.close();
    }
  }, 60_000);
});
