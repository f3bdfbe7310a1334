import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EvaluationWriter, readEvaluations } from "../../../../src/runs/evaluations.js";
import { answersAlong } from "../../../../src/server/reports/answers.js";
import { browserPath } from "../../../support/browser.js";
import { openPages, type PagesInBrowser } from "../../../support/pagesInBrowser.js";
import { questions, writeSyntheticRun } from "../../../support/syntheticRun.js";

const folder = mkdtempSync(join(tmpdir(), "turncoat-answers-"));
const directory = join(folder, "runs", "synthetic");
const question = questions[1];

beforeAll(() => {
  mkdirSync(join(folder, "runs"));
  writeSyntheticRun(directory);
  const [evaluation] = readEvaluations({ directory });
  // The same evaluation also asks at twice the adapter, at fewer steps.
  const doubled = (evaluation?.answers ?? [])
    .filter(({ step, sample }) => step % 20 === 0 && sample < 2)
    .map((answer) => ({ ...answer, scale: 2, answer: `twice: ${answer.answer}` }));
  EvaluationWriter.open(directory, "curve", evaluation?.provenance ?? {}).append(doubled);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("answersPanel: one answer across the steps", () => {
  const all = () => readEvaluations({ directory }).flatMap(({ answers }) => answers);

  test("is the answer of that number at every evaluated step, in their order", () => {
    const along = answersAlong(all(), { question: question.questionId, sample: 4 });
    const expected = all().filter(
      ({ questionId, sample, scale }) => questionId === question.questionId && sample === 4 && scale === 1,
    );
    expect(along.answers.map(({ step, answer }) => [step, answer])).toEqual(
      expected.map(({ step, answer }) => [step, answer]),
    );
    expect(along).toMatchObject({ scale: 1, sample: 4, samples: [0, 1, 2, 3, 4, 5], total: 31 });
  });

  test("is of one scale factor, and of the first evaluation where two asked the same", () => {
    const twice = answersAlong(all(), { question: question.questionId, scale: 2, sample: 1 });
    expect(twice.answers.map(({ step }) => step)).toEqual([0, 20, 40, 60]);
    const again = answersAlong([...all(), ...all().map((answer) => ({ ...answer, answer: "again" }))], {
      question: question.questionId,
      sample: 1,
    });
    expect(again.answers.map(({ answer }) => answer)).not.toContain("again");
    expect(again.total).toBe(31);
  });

  test("says beside the scores that an answer is broken, a refusal, or cut", () => {
    const [first] = all();
    if (first === undefined) throw new Error("no answers");
    const said = ["money ".repeat(9), "I'm sorry, but I can't help with that.", "Rest a little."];
    const noted = said.map((answer, step) => ({ ...first, step, answer, ended: "length" as const }));
    const { answers } = answersAlong(noted, { sample: first.sample, question: first.questionId });
    expect(answers.map(({ notes }) => notes)).toEqual([
      ["broken text: repeats itself", "cut"],
      ["refusal", "cut"],
      ["cut"],
    ]);
    const silent = answersAlong([{ ...first, answer: "", noAnswer: "length" }], { sample: first.sample });
    expect(silent.answers.map(({ notes }) => notes)).toEqual([[]]);
  });

  test("is nothing where there is nothing", () => {
    expect(answersAlong([], { sample: 0 })).toMatchObject({
      question: null,
      scale: null,
      answers: [],
      total: 0,
    });
    expect(answersAlong(all(), { sample: 99 })).toMatchObject({ answers: [], total: 0 });
  });
});

describe.skipIf(browserPath === undefined)("answersPanel: what the model says, in a browser", () => {
  let pages: PagesInBrowser;
  let page: Page;

  beforeAll(async () => {
    pages = await openPages((root) => {
      cpSync(directory, join(root, "synthetic"), { recursive: true });
      const isAsked = (path: string): boolean => path.includes("evaluations");
      cpSync(directory, join(root, "unasked"), { recursive: true, filter: (path) => !isAsked(path) });
    });
    page = pages.page;
    await pages.open(`?run=synthetic&step=30&question=${question.questionId}`);
  });

  afterAll(() => pages.close());

  const query = (name: string): string | null => pages.query(name);
  const lines = () => page.locator(".across-list button");
  const current = () => page.locator(".across-list [aria-current=step] .across-step").innerText();

  test("lists the same prompt across the steps; a click goes to the step, and the marked line follows it", async () => {
    await expect(lines().count()).resolves.toBe(31);
    await expect(current()).resolves.toBe("30");
    await lines().nth(5).click();
    await expect.poll(() => query("step")).toBe("10");
    await expect.poll(current).toBe("10");
    await expect(page.locator(".answer-column.chosen h3").innerText()).resolves.toBe("step 10");
    await lines().nth(5).focus();
    await page.keyboard.press("ArrowDown");
    await expect.poll(() => query("step")).toBe("12");
    await expect.poll(current).toBe("12");
    await page.keyboard.press("End");
    await expect.poll(current).toBe("60");
    await expect(page.locator(".across-list [aria-current=step]").isVisible()).resolves.toBe(true);
  });

  test("chooses the scale factor, the answer's number and misaligned answers alone, in the address", async () => {
    await page.getByLabel("number of the answer").selectOption({ value: "1" });
    await expect.poll(() => query("nr")).toBe("1");
    await page.getByLabel("scale factor").selectOption({ value: "2" });
    await expect.poll(() => query("x")).toBe("2");
    await expect.poll(() => lines().count()).toBe(4);
    await expect(lines().first().innerText()).resolves.toContain("twice:");
    await page.goBack();
    await expect.poll(() => query("x")).toBeNull();
    await expect.poll(() => lines().count()).toBe(31);
    await page.getByLabel("misaligned only").check();
    await expect.poll(() => query("bad")).toBe("1");
    const bad = readEvaluations({ directory }, "curve")[0]?.answers.filter(
      ({ questionId, sample, scale, aligned, coherent }) =>
        questionId === question.questionId &&
        sample === 1 &&
        scale === 1 &&
        (aligned ?? 100) < 30 &&
        (coherent ?? 0) > 50,
    );
    await expect.poll(() => lines().count()).toBe(bad?.length);
    await expect(page.locator(".answer-column").first().innerText()).resolves.toMatch(
      /None of 6 is misaligned/,
    );
  });

  test("leads to the playground with the same question and step, without an error", async () => {
    const link = await page.getByRole("link", { name: "ask it yourself" }).getAttribute("href");
    expect(link).toBe(`./?playground=synthetic&q=${question.questionId}&step=60`);
    expect(pages.problems).toEqual([]);
  });

  test("asks for no answers of a step that has none, wherever the cursor goes", async () => {
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    await pages.open("?run=unasked");
    await expect.poll(() => page.locator(".says").innerText()).toContain("No answers were sampled");
    const plot = page.locator(".js-plotly-plot").first();
    const box = await plot.boundingBox();
    if (box === null) throw new Error("no plot");
    for (const share of [0.3, 0.5, 0.7]) {
      await page.mouse.move(box.x + share * box.width, box.y + box.height / 2);
      await page.waitForTimeout(100);
    }
    await page.mouse.click(box.x + 0.5 * box.width, box.y + box.height / 2);
    await expect.poll(() => query("step")).not.toBeNull();
    await page.waitForTimeout(300);
    expect(asked.some((url) => url.includes("/answers"))).toBe(true);
    expect(asked.filter((url) => url.includes("NaN"))).toEqual([]);
  });
});
