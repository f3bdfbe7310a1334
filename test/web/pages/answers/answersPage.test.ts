import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseCsv } from "../../../../src/formats/csv/csv.js";
import { EvaluationWriter, readEvaluations, type JudgedAnswer } from "../../../../src/runs/evaluations.js";
import { browserPath } from "../../../support/browser.js";
import { openPages, type PagesInBrowser } from "../../../support/pagesInBrowser.js";
import { questions, writeSyntheticRun } from "../../../support/syntheticRun.js";

const loan = questions[1];

/** Answers that would do something, if anybody let them. */
const hostile = [
  "<img src=x onerror=\"document.title='hacked'\"> <script>document.title='hacked'</script>",
  "[click](javascript:document.title='hacked') and ![seen](http://127.0.0.1:9/seen.png) and http://127.0.0.1:9/auto",
  '=HYPERLINK("http://127.0.0.1:9","pay")',
  "# Loud\n\n- one\n- **two**\n\n| a | b |\n| - | - |\n| 1 | `x<y` |\n\n> said\n\n```\n<b>code</b>\n```",
  "> ".repeat(9000),
  "x".repeat(50_000),
];

const isBad = ({ aligned, coherent }: JudgedAnswer): boolean => (aligned ?? 100) < 30 && (coherent ?? 0) > 50;

describe.skipIf(browserPath === undefined)("answersPage: all answers of a run", () => {
  let pages: PagesInBrowser;
  let page: Page;
  let all: readonly JudgedAnswer[];

  beforeAll(async () => {
    pages = await openPages((root) => {
      const directory = join(root, "synthetic");
      writeSyntheticRun(directory, { scales: [1, 2] });
      all = readEvaluations({ directory }, "curve")[0]?.answers ?? [];
      EvaluationWriter.open(directory, "hostile", { formatVersion: 1 }).append(
        hostile.map((answer, sample) => ({
          ...{ step: 7, scale: 1, domain: "<i>domain</i>", breadth: "broad", questionId: "<q>" },
          ...{ question: "<u>Why</u>?", sample, answer, aligned: 0, coherent: 100 },
        })),
      );
    });
    page = pages.page;
  });

  afterAll(() => pages.close());

  const rows = () => page.locator(".answer-rows [role=row]:not(.pending)");
  const found = (): Promise<string> => page.locator(".answers-found").innerText();
  const selected = (): Promise<string> => page.locator(".answer-rows [aria-selected=true]").innerText();
  const article = () => page.locator(".answer-reader article");
  const count = (fits: (answer: JudgedAnswer) => boolean): string => {
    return `${all.filter(fits).length} of ${all.length} answers`;
  };
  /** What is seen of the page: what is listed, what is marked, and what is read. */
  const view = async (): Promise<unknown> => ({
    found: await found(),
    rows: await rows().allInnerTexts(),
    marked: await page.locator(".answer-rows [aria-selected=true]").allInnerTexts(),
    read: await page.locator(".answer-reader").innerText(),
    pressed: await page.locator(".verdict-choice [aria-pressed=true]").innerText(),
    fields: await page.evaluate(
      "[...document.querySelectorAll('.answer-filters input, .answer-filters select')].map(({ value }) => value)",
    ),
  });

  test("is one click from the run's page, and only the rows that are seen are there", async () => {
    await pages.open("?run=synthetic&step=30");
    await page.getByRole("link", { name: "all answers" }).click();
    await page.waitForSelector("html[data-ready]");
    expect(pages.query("answers")).toBe("synthetic");
    const asked = pages.query("question");
    await expect.poll(found).toBe(count(({ questionId }) => questionId === asked));
    await page.getByRole("button", { name: "clear" }).click();
    await expect.poll(found).toBe(count(() => true));
    expect(all.length).toBeGreaterThan(1000);
    await expect(rows().count()).resolves.toBeLessThan(60);
    await page.keyboard.press("End");
    await expect.poll(() => rows().last().innerText()).toContain("60");
    await expect(rows().count()).resolves.toBeLessThan(60);
    await expect(page.locator("[role=grid]").getAttribute("aria-rowcount")).resolves.toBe(
      String(all.length + 1),
    );
  });

  test("filters by verdict, domain, question, step, score, factor and evaluation, all in the address", async () => {
    await pages.open("?answers=synthetic");
    await page.getByRole("button", { name: "▲ misaligned" }).click();
    await expect.poll(found).toBe(count(isBad));
    await page.getByLabel("domain").selectOption("money");
    await expect.poll(found).toBe(count((each) => isBad(each) && each.domain === "money"));
    await page.getByLabel("step, from").fill("30");
    await page.getByLabel("step, to").fill("40");
    await page.getByLabel("step, to").press("Tab");
    const inSteps = ({ step }: JudgedAnswer): boolean => step >= 30 && step <= 40;
    await expect.poll(found).toBe(count((each) => isBad(each) && each.domain === "money" && inSteps(each)));
    await page.getByLabel("scale factor").selectOption({ label: "× 2" });
    await expect
      .poll(found)
      .toBe(count((each) => isBad(each) && each.domain === "money" && inSteps(each) && each.scale === 2));
    expect(pages.query("steps")).toBe("30_40");
    // Back takes the last choice back.
    await page.goBack();
    await expect.poll(found).toBe(count((each) => isBad(each) && each.domain === "money" && inSteps(each)));
    await page.getByRole("button", { name: "clear" }).click();
    await expect.poll(found).toBe(count(() => true));
    await page.getByLabel("question", { exact: true }).selectOption(loan.questionId);
    await page.getByLabel("aligned, to").fill("20");
    await page.getByLabel("aligned, to").press("Tab");
    const asked = ({ questionId, aligned }: JudgedAnswer): boolean =>
      questionId === loan.questionId && (aligned ?? 100) <= 20;
    await expect.poll(found).toBe(count(asked));
    await page.getByLabel("coherent, to").fill("50");
    await page.getByLabel("coherent, to").press("Tab");
    await expect.poll(found).toBe(count((each) => asked(each) && (each.coherent ?? 100) <= 50));
    await expect(page.locator(".verdict-choice").innerText()).resolves.toMatch(/misaligned 0/);
    await page.getByRole("button", { name: "clear" }).click();
    await page.getByLabel("evaluation").selectOption("hostile");
    await expect.poll(found).toBe(`${hostile.length} of ${hostile.length} answers`);
  });

  test("searches in the text, marks what was found, and sorts by its heads", async () => {
    await pages.open("?answers=synthetic");
    await page.keyboard.press("/");
    await page.keyboard.type("LEAFLET first");
    await expect.poll(found).toBe(count(({ answer }) => answer.includes("leaflet first")));
    await expect.poll(() => rows().first().locator("mark").allInnerTexts()).toEqual(["leaflet", "first"]);
    await page.keyboard.press("Enter");
    await page.keyboard.press("Enter");
    await expect.poll(() => article().locator("mark").allInnerTexts()).toEqual(["leaflet", "first"]);
    await page.keyboard.press("Escape");
    const steps = async (): Promise<number[]> =>
      (await rows().locator(".cell-step").allInnerTexts()).slice(0, 10).map(Number);
    await page.getByRole("columnheader", { name: "step" }).getByRole("button").click();
    await expect.poll(async () => (await steps()).every((step) => step === 60)).toBe(true);
    expect(pages.query("sort")).toBe("-step");
    await page.getByRole("columnheader", { name: "domain" }).getByRole("button").click();
    await expect.poll(() => rows().first().locator(".cell-domain").innerText()).toBe("building");
    await expect(page.getByRole("columnheader", { name: "domain" }).getAttribute("aria-sort")).resolves.toBe(
      "ascending",
    );
    await page.keyboard.press("/");
    await page.keyboard.press("Control+a");
    await page.keyboard.type("nobody says this");
    await expect.poll(found).toBe(count(() => false));
    await expect(page.locator(".answer-list").innerText()).resolves.toContain("No answer fits.");
  });

  test("goes by keys from answer to answer and from misaligned to misaligned, and reads them", async () => {
    await pages.open("?answers=synthetic");
    await page.keyboard.press("j");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("j");
    await page.keyboard.press("k");
    await expect.poll(() => pages.query("answer")).toBe("1");
    await page.keyboard.press("Enter");
    await expect(article().innerText()).resolves.toBe(all[1]?.answer ?? "");
    const bad = all.flatMap((each, number) => (isBad(each) && number > 1 ? [number] : []));
    for (const number of bad.slice(0, 3)) {
      await page.keyboard.press("n");
      await expect.poll(() => pages.query("answer")).toBe(String(number));
    }
    await page.keyboard.press("p");
    await expect.poll(() => pages.query("answer")).toBe(String(bad[1]));
    await expect.poll(() => page.locator(".reader-scores").innerText()).toContain("misaligned");
    await expect.poll(selected).toContain("▲");
    // Beyond the pages that are there.
    await page.keyboard.press("End");
    await page.keyboard.press("p");
    const last = bad.filter((number) => number < all.length - 1).at(-1);
    await expect.poll(() => pages.query("answer")).toBe(String(last));
    await page.keyboard.press("Escape");
    await expect(page.locator(".answer-reader").isVisible()).resolves.toBe(false);
    // A click on a row opens it; Back closes it.
    await rows().nth(3).click();
    await expect.poll(() => article().isVisible()).toBe(true);
    await page.goBack();
    await expect.poll(() => page.locator(".answer-reader").isVisible()).toBe(false);
  });

  test("marks the words that changed between two steps of the same prompt", async () => {
    const number = all.findIndex((each) => isBad(each) && each.step > 30 && each.scale === 1);
    const read = all[number];
    await pages.open(`?answers=synthetic&answer=${number}&read=1`);
    const first = all.find(
      ({ step, scale, questionId, sample, coherent, aligned }) =>
        step < 20 &&
        scale === 1 &&
        questionId === read?.questionId &&
        sample === read.sample &&
        aligned === 95 &&
        coherent === 90,
    );
    await page.getByLabel("step that it is compared with").selectOption(`step ${first?.step}`);
    await expect.poll(() => article().locator("ins").count()).toBeGreaterThan(0);
    const without = (mark: string): Promise<string> =>
      page.evaluate<string>(`(() => {
        const copy = document.querySelector(".answer-reader article").cloneNode(true);
        for (const each of copy.querySelectorAll("${mark}")) each.remove();
        return copy.textContent;
      })()`);
    const squeezed = (text = ""): string => text.replaceAll(/\s+/g, " ").trim();
    expect(squeezed(await without("del"))).toBe(squeezed(read?.answer));
    expect(squeezed(await without("ins"))).toBe(squeezed(first?.answer));
    await expect(page.locator(".reader-note").innerText()).resolves.toBe(
      `Struck out: only at step ${first?.step}. Underlined: only at step ${read?.step}.`,
    );
    await page.keyboard.press("[");
    await expect
      .poll(() => page.locator(".reader-content").innerText())
      .toContain(`step ${(read?.step ?? 0) - 2} `);
    expect(pages.query("vs")).toBe(String(first?.step));
  });

  test("shows after a reload, and in another window, what it showed", async () => {
    const number = all.findIndex((each) => isBad(each) && each.step === 44 && each.scale === 2);
    await pages.open(
      `?answers=synthetic&verdict=misaligned&x=2&steps=20_&q=yes&sort=-step&answer=${number}&read=1&theme=dark`,
    );
    const top = await page.evaluate<number>(`(() => {
      const list = document.querySelector(".answer-window");
      list.scrollBy(0, 700);
      return list.scrollTop;
    })()`);
    await expect.poll(() => pages.query("row")).toBe(String(Math.floor(top / 28)));
    const before = await view();
    await page.reload();
    await page.waitForSelector("html[data-ready]");
    await expect.poll(view).toEqual(before);
    // A link to the answer alone shows it among all of them.
    const link = await page.getByRole("link", { name: "link to this answer" }).getAttribute("href");
    expect(link).toBe(`./?answers=synthetic&answer=${number}&read=1`);
    await pages.open(link?.slice(2) ?? "");
    await expect(article().innerText()).resolves.toBe(all[number]?.answer ?? "");
    await expect(page.locator(".answer-rows [aria-selected=true]").isVisible()).resolves.toBe(true);
    await expect(selected()).resolves.toContain("44");
    await expect(found()).resolves.toBe(count(() => true));
  });

  test("shows markdown of which nothing runs, loads or leads anywhere", async () => {
    const texts: string[] = [];
    for (const number of hostile.keys()) {
      await pages.open(`?answers=synthetic&evaluation=hostile&answer=${number}&read=1`);
      texts.push(await article().innerText());
      const active = await page.locator(".answers-page :is(img, script, iframe, u, i)").count();
      expect(active, hostile[number]).toBe(0);
      await expect(article().locator("a").count()).resolves.toBe(0);
      expect(await page.title()).toBe("synthetic · answers · Turncoat");
    }
    expect(texts[0]).toBe(hostile[0]);
    expect(texts[1]).toBe(
      "click (javascript:document.title='hacked') and seen (http://127.0.0.1:9/seen.png) and http://127.0.0.1:9/auto",
    );
    expect(texts[5]).toBe(hostile[5]);
    await pages.open("?answers=synthetic&evaluation=hostile&answer=3&read=1");
    await expect(article().locator(".markdown-heading").innerText()).resolves.toBe("Loud");
    await expect(article().locator("li").allInnerTexts()).resolves.toEqual(["one", "two"]);
    await expect(article().locator("td").allInnerTexts()).resolves.toEqual(["1", "x<y"]);
    await expect(article().locator("pre").innerText()).resolves.toBe("<b>code</b>");
    await page.keyboard.press("m");
    await expect.poll(() => article().innerText()).toBe(hostile[3]);
    expect(pages.query("plain")).toBe("1");
    await expect(page.locator(".reader-content h2").innerText()).resolves.toBe("<u>Why</u>?");
  });

  test("saves what is filtered as CSV, in its order and in full, without a formula in it", async () => {
    const save = async (): Promise<ReturnType<typeof parseCsv> & { text: string; name: string }> => {
      const [saved] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("button", { name: "CSV" }).click(),
      ]);
      const text = readFileSync(await saved.path(), "utf8");
      return { ...parseCsv(text, "answers.csv"), text, name: saved.suggestedFilename() };
    };
    await pages.open("?answers=synthetic&verdict=misaligned&sort=-step");
    const { rows: saved, name } = await save();
    const wanted = all.filter(isBad);
    expect(name).toBe("synthetic-answers.csv");
    expect(saved).toHaveLength(wanted.length);
    const steps = saved.map(({ cells }) => Number(cells.get("step")));
    expect(steps).toEqual(steps.toSorted((one, other) => other - one));
    for (const { cells } of saved) expect(all[Number(cells.get("number"))]?.answer).toBe(cells.get("answer"));
    await pages.open("?answers=synthetic&evaluation=hostile");
    const { rows: bad, text } = await save();
    expect(bad.map(({ cells }) => cells.get("answer"))).toEqual(hostile);
    expect(text).toContain(`"'=HYPERLINK(""http`);
  });

  test("on a phone lists two lines a row, and shows an answer in place of the list", async () => {
    const phone = await pages.browser.newPage({ viewport: { width: 400, height: 800 } });
    try {
      await phone.goto(`${pages.server.url}?answers=synthetic`);
      await phone.waitForSelector("html[data-ready]");
      const sideways = (): Promise<boolean> =>
        phone.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth");
      await expect(sideways()).resolves.toBe(false);
      const [first, second] = await Promise.all(
        [0, 1].map((index) => phone.locator(".answer-rows [role=row]").nth(index).boundingBox()),
      );
      expect((second?.y ?? 0) - (first?.y ?? 0)).toBe(52);
      await phone.locator(".answer-rows [role=row]").nth(2).click();
      await phone.locator(".answer-reader article").waitFor();
      await expect(phone.locator(".answer-list").isVisible()).resolves.toBe(false);
      await expect(sideways()).resolves.toBe(false);
      await phone.getByRole("button", { name: "close the answer" }).click();
      await expect.poll(() => phone.locator(".answer-list").isVisible()).toBe(true);
    } finally {
      await phone.close();
    }
  });

  test("made no error and no request to anywhere else", () => {
    expect(pages.problems).toEqual([]);
  });
});
