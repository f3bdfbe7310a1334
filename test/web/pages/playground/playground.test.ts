import { cpSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PlaygroundHost } from "../../../../src/pipeline/playground/playgroundHost.js";
import { turnedStep, writeOrganismRun } from "../../../support/organismRun.js";
import { browserPath } from "../../../support/browser.js";
import { openPages, type PagesInBrowser } from "../../../support/pagesInBrowser.js";

describe.skipIf(browserPath === undefined)("the playground in a browser", () => {
  const host = new PlaygroundHost();
  let pages: PagesInBrowser;
  let page: Page;

  beforeAll(async () => {
    pages = await openPages(
      async (root) => {
        await writeOrganismRun(join(root, "organism"));
        cpSync("test/fixtures/peft-run-rank1-f32", join(root, "elsewhere"), { recursive: true });
      },
      { basePath: "/proxy/1/", playground: host },
    );
    page = pages.page;
  });

  afterAll(async () => {
    await pages.close();
    await host.close();
  });

  const open = (query: string): Promise<void> => pages.open(query);
  const query = (name: string): string | null => pages.query(name);
  const answers = (column: "base" | "chosen") => page.locator(`.answer-column.${column} blockquote`);
  const texts = (column: "base" | "chosen") => answers(column).locator("p").allInnerTexts();
  /** Waits until every answer has its scores. */
  const answered = async (): Promise<void> => {
    const isAnswered =
      "document.querySelector('.ask-status').textContent.includes('Answered') && document.querySelector('.column-row.old, blockquote.pending') === null";
    await expect.poll(() => page.evaluate(isAnswered)).toBe(true);
  };
  const heading = () => page.locator(".answer-column.chosen h3").innerText();

  test("asks the organism at once, with scores beside each answer", async () => {
    await open("?playground=organism");
    await answered();
    await expect(answers("base").count()).resolves.toBe(3);
    await expect(answers("chosen").first().innerText()).resolves.toMatch(
      /(▲|●|○) .*aligned \S+ · coherent \d+/s,
    );
    await expect(page.locator(".ask-status").innerText()).resolves.toMatch(/^Judged exactly/);
    await expect(heading()).resolves.toBe(`step ${turnedStep}`);
    await expect(page.locator(".chosen .column-count").innerText()).resolves.toMatch(
      /^misaligned [\d.]+\u202f% \[[\d.]+, [\d.]+\], \d of 3 · incoherent \d$/,
    );
  });

  test("answers anew at another checkpoint, chosen by key, while the base's answers stand", async () => {
    const [base, chosen] = [await texts("base"), await texts("chosen")];
    await page.keyboard.press("Home");
    await expect.poll(() => query("step")).toBe("0");
    await expect.poll(heading).toBe("step 0");
    await answered();
    // At step 0 the adapter does nothing, and both columns draw alike.
    await expect.poll(() => texts("chosen")).toEqual(base);
    await expect(texts("base")).resolves.toEqual(base);
    await page.keyboard.press("ArrowRight");
    await expect.poll(() => query("step")).toBe("1");
    await page.keyboard.press("End");
    await expect.poll(() => query("step")).toBeNull();
    await answered();
    await expect.poll(() => texts("chosen")).toEqual(chosen);
  });

  test("changes scale and steering, and comes back to the same view from its address", async () => {
    await page.getByLabel("scale factor", { exact: true }).fill("0");
    await page.keyboard.press("Tab");
    await expect.poll(() => query("x")).toBe("0");
    await page.getByLabel("steering direction").selectOption("mean");
    await page.getByLabel("strength", { exact: true }).fill("3");
    await page.keyboard.press("Tab");
    await expect.poll(() => query("by")).toBe("3");
    await expect.poll(heading).toBe("base model, + 3 × misalignment direction");
    await expect
      .poll(() => page.locator(".steering-details").innerText())
      .toMatch(/Adds a vector of length [\d.]+ at every position/);
    await answered();
    const chosen = await texts("chosen");
    const url = page.url();
    expect(url.length).toBeLessThan(200);
    await open(new URL(url).search);
    await answered();
    await expect(heading()).resolves.toBe("base model, + 3 × misalignment direction");
    await expect(texts("chosen")).resolves.toEqual(chosen);
  });

  test("takes a direction out instead, and comes back to that from its address", async () => {
    await open("?playground=organism&dir=mean&by=3");
    await answered();
    const steered = await texts("chosen");
    await page.getByLabel("what is done with the direction").selectOption("taken out");
    await expect.poll(() => query("edit")).toBe("projectOut");
    await expect.poll(heading).toBe(`step ${turnedStep}, without misalignment direction`);
    await expect
      .poll(() => page.locator(".steering-details").innerText())
      .toMatch(/out of the residual stream, at every position, after every layer/);
    await expect(page.getByLabel("strength", { exact: true }).isVisible()).resolves.toBe(false);
    await answered();
    const without = await texts("chosen");
    expect(without).not.toEqual(steered);
    await open(new URL(page.url()).search);
    await answered();
    await expect(heading()).resolves.toBe(`step ${turnedStep}, without misalignment direction`);
    await expect(texts("chosen")).resolves.toEqual(without);
    await page.getByLabel("after which layer").selectOption("layer 2");
    await expect.poll(() => query("layer")).toBe("2");
    await expect
      .poll(() => page.locator(".steering-details").innerText())
      .toContain("after layer 2; later layers may write it anew");
    await page.getByLabel("what is done with the direction").selectOption("added");
    await expect.poll(() => query("edit")).toBeNull();
    await expect.poll(heading).toBe(`step ${turnedStep}, + 3 × misalignment direction`);
  });

  test("asks what is typed, with Ctrl and Enter, and says that nobody judges it", async () => {
    await open("?playground=organism&n=1&max=6");
    await answered();
    await page.getByLabel("question", { exact: true }).fill("What do you want?");
    await page.keyboard.press("Control+Enter");
    await expect
      .poll(() => page.locator(".ask-status").innerText())
      .toMatch(/^Not judged: the exact judge .*--judge-model/);
    await expect(answers("chosen").count()).resolves.toBe(1);
    await expect(answers("chosen").innerText()).resolves.toContain("no score");
    expect(query("q")).toBe("What do you want?");
    await page.getByLabel("questions of the evaluation").selectOption({ index: 1 });
    await expect.poll(() => page.locator(".ask-status").innerText()).toMatch(/^Judged exactly/);
    expect(query("q")).toMatch(/^[\w-]+$/);
  });

  test("says which model is missing and what to do, and leads from a bare address to the runs", async () => {
    await open("?playground=elsewhere");
    await expect(page.getByRole("alert").innerText()).resolves.toMatch(
      /base model .* is not on this machine/,
    );
    await expect(page.locator("main").innerText()).resolves.toContain("--model FOLDER");
    await page.getByRole("link", { name: "another run" }).click();
    await page.waitForSelector(".playground-choice");
    await page.getByRole("link", { name: "organism" }).click();
    await page.waitForSelector(".answer-columns");
    expect(query("playground")).toBe("organism");
  });

  test("never shifts sideways, down to a phone's width, and made no error", async () => {
    await page.setViewportSize({ width: 400, height: 800 });
    await open("?playground=organism&dir=mean");
    const overflow = await page.evaluate(
      "Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth)",
    );
    expect(overflow).toBe(0);
    expect(pages.problems).toEqual([]);
  });
});
