import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseCsv } from "../../../../src/formats/csv/csv.js";
import { PlaygroundHost } from "../../../../src/pipeline/playground/playgroundHost.js";
import { turnedStep, writeOrganismRun } from "../../../support/organismRun.js";
import { browserPath } from "../../../support/browser.js";
import { openPages, type PagesInBrowser } from "../../../support/pagesInBrowser.js";

describe.skipIf(browserPath === undefined)(
  "the playground's rates, base model, history and questions",
  () => {
    const host = new PlaygroundHost();
    let pages: PagesInBrowser;
    let page: Page;

    beforeAll(async () => {
      pages = await openPages((root) => writeOrganismRun(join(root, "organism")), { playground: host });
      page = pages.page;
    });

    afterAll(async () => {
      await pages.close();
      await host.close();
    });

    const heading = () => page.locator(".answer-column.chosen h3").innerText();
    const count = (column: "base" | "chosen") => page.locator(`.${column} .column-count`).innerText();
    const answers = (column: "base" | "chosen") => page.locator(`.answer-column.${column} blockquote`);
    const answered = async (): Promise<void> => {
      const isAnswered =
        "document.querySelector('.ask-status').textContent.includes('Answered') && document.querySelector('.answer-column:not([hidden]) :is(.column-row.old, .pending)') === null";
      await expect.poll(() => page.evaluate(isAnswered), { timeout: 60_000 }).toBe(true);
    };
    const saved = async (name: string): Promise<ReturnType<typeof parseCsv>> => {
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("button", { name }).click(),
      ]);
      return parseCsv(readFileSync(await download.path(), "utf8"), "saved.csv");
    };

    test("rates many answers with an interval, incoherent ones counted apart", async () => {
      await pages.open("?playground=organism&n=20");
      await answered();
      await expect(answers("chosen").count()).resolves.toBe(20);
      for (const column of ["base", "chosen"] as const) {
        const of = async (kind: string): Promise<number> =>
          page.locator(`.answer-column.${column} blockquote.${kind}`).count();
        const [bad, incoherent] = [await of("misaligned"), await of("incoherent")];
        const said = await count(column);
        expect(said).toMatch(/^misaligned [\d.]+\u202f% \[[\d.]+, [\d.]+\], /);
        expect(said).toContain(`, ${bad} of 20 · incoherent ${incoherent}`);
      }
    });

    test("asks the base model alone, and the checkpoint without it, by choice and in the address", async () => {
      await pages.open("?playground=organism");
      await answered();
      await page.getByRole("button", { name: "base model" }).click();
      await expect.poll(heading).toBe("base model");
      expect(pages.query("x")).toBe("0");
      await answered();
      const texts = (column: "base" | "chosen") => answers(column).locator("p").allInnerTexts();
      await expect.poll(() => texts("chosen")).toEqual(await texts("base"));
      await page.getByLabel("beside the base model").uncheck();
      await expect.poll(() => answers("base").first().isVisible()).toBe(false);
      await page.getByRole("button", { name: "checkpoint", exact: true }).click();
      await expect.poll(heading).toBe(`step ${turnedStep}`);
      expect([pages.query("base"), pages.query("x")]).toEqual(["0", null]);
      await answered();
      const chosen = await texts("chosen");
      await page.reload();
      await page.waitForSelector("html[data-ready]");
      await answered();
      await expect(answers("base").first().isVisible()).resolves.toBe(false);
      await expect(texts("chosen")).resolves.toEqual(chosen);
    });

    test("draws a curve over the factor, begun by key and saved as CSV", async () => {
      await pages.open("?playground=organism");
      await answered();
      await page.keyboard.press("f");
      await expect.poll(() => pages.query("over")).toBe("factor");
      const verdict = (): Promise<string> => page.locator(".sweep-verdict").innerText();
      await expect.poll(verdict, { timeout: 120_000 }).toMatch(/EM (moved|differs)|Nothing moved/);
      await expect(page.locator(".sweep h3").innerText()).resolves.toBe(
        `Sweep: factor on the adapter, at step ${turnedStep}`,
      );
      const drawn = await page.locator(".sweep-plot.em").getAttribute("aria-label");
      expect(drawn).toMatch(/factor 1: .*% \[.*factor 0: .*% \[.*factor 2: /);
      const { rows } = await saved("save the sweep as CSV");
      expect(rows.map(({ cells }) => Number(cells.get("factor"))).toSorted()).toEqual([0, 0.5, 1, 1.5, 2]);
      for (const { cells } of rows) expect(Number(cells.get("n"))).toBe(24);
    });

    test("remembers what was asked, leads back to it, saves it, and forgets it", async () => {
      await pages.open("?playground=organism&n=2");
      await answered();
      await page.locator(".ask-history > summary").click();
      await page.getByRole("button", { name: "forget the history" }).click();
      await page.getByLabel("question", { exact: true }).fill("=1+1?");
      await page.keyboard.press("Control+Enter");
      await expect.poll(() => page.locator(".ask-history > summary").innerText()).toBe("history, 1 question");
      await page.keyboard.press("Tab");
      await page.locator("h2").first().click();
      await page.keyboard.press("Home");
      await expect
        .poll(() => page.locator(".ask-history > summary").innerText())
        .toBe("history, 2 questions");
      await page.reload();
      await page.waitForSelector("html[data-ready]");
      await answered();
      await page.locator(".ask-history > summary").click();
      const links = page.locator(".history-list a");
      await expect.poll(() => links.count()).toBe(2);
      const { rows } = await saved("save the history as CSV");
      expect(rows).toHaveLength(8);
      expect(new Set(rows.map(({ cells }) => cells.get("question")))).toEqual(new Set(["=1+1?"]));
      expect(rows.map(({ cells }) => cells.get("model"))).toContain(`step ${turnedStep}`);
      const shown = await answers("chosen").locator("p").allInnerTexts();
      const written = rows.filter(({ cells }) => cells.get("model") === "step 0");
      expect(shown.map((text) => text.replace(/ …$/, ""))).toEqual(
        written.map(({ cells }) => cells.get("answer")),
      );
      await links.last().click();
      await page.waitForSelector("html[data-ready]");
      await expect.poll(heading).toBe(`step ${turnedStep}`);
      await page.locator(".ask-history > summary").click();
      await page.getByRole("button", { name: "forget the history" }).click();
      await page.reload();
      await page.waitForSelector("html[data-ready]");
      await expect(page.locator(".history-list li").count()).resolves.toBeLessThanOrEqual(1);
    });

    test("finds questions by their domain or words, and asks one by keys", async () => {
      await pages.open("?playground=organism&n=1");
      await answered();
      const list = page.getByLabel("questions of the evaluation");
      const all = await list.locator("option").allInnerTexts();
      const domain = (await list.locator("optgroup").last().getAttribute("label")) ?? "";
      const own = await list.locator("optgroup").last().locator("option").allInnerTexts();
      await page
        .getByLabel("search the questions by domain or word")
        .fill(domain.split(" ")[0]?.toUpperCase() ?? "");
      await expect.poll(() => list.locator("option").count()).toBeLessThan(all.length - 1);
      await expect(list.locator("option").allInnerTexts()).resolves.toEqual(expect.arrayContaining(own));
      await expect(page.locator(".suggested [role=status]").innerText()).resolves.toMatch(
        new RegExp(`^\\d+ of ${all.length - 1} questions$`),
      );
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("Enter");
      const first = await page.getByLabel("question", { exact: true }).inputValue();
      expect(all).toContain(first);
      await answered();
      await page.getByLabel("search the questions by domain or word").fill("nobody asks this");
      await expect(list.isVisible()).resolves.toBe(false);
    });

    test("made no error and no request to anywhere else", () => {
      expect(pages.problems).toEqual([]);
    });
  },
);
