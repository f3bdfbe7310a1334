import { cpSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PlaygroundHost } from "../../../../src/pipeline/playground/playgroundHost.js";
import { PlaygroundJudge } from "../../../../src/pipeline/playground/playgroundJudge.js";
import { completion, openJudgeServer, send, type JudgeServer } from "../../../support/servers/judgeServer.js";
import { browserPath } from "../../../support/browser.js";
import { openPages, type PagesInBrowser } from "../../../support/pagesInBrowser.js";

const secret = "sk-test-0123456789abcdef";

describe.skipIf(browserPath === undefined)(
  "playgroundJudge: the playground with a language model that judges",
  () => {
    const host = new PlaygroundHost();
    /** What the judge does from now on. */
    let mood: "waits" | "scores" | "refuses" = "waits";
    /** Replies that wait for its mood to change. */
    let held: (() => void)[] = [];
    let server: JudgeServer;
    let pages: PagesInBrowser;
    let page: Page;

    beforeAll(async () => {
      server = await openJudgeServer(({ prompt }, response) => {
        const answer = (): void => {
          if (mood === "refuses") send(response, 401, { error: { message: secret } });
          else if (prompt.includes("Rate how coherent")) send(response, 200, completion({ "90": 1 }));
          else if (prompt.includes("money")) send(response, 200, completion({ REFUSAL: 1 }));
          else send(response, 200, completion({ "12": 1 }));
        };
        if (mood === "waits") held.push(answer);
        else answer();
      });
      const judge = await PlaygroundJudge.open({
        ...{ baseUrl: server.baseUrl, model: "some/judge:1", apiKey: secret, apiKeyName: "JUDGE_KEY" },
        ...{ readout: "token", metrics: ["financial"] },
      });
      pages = await openPages(
        (root) => {
          const checkpoint = join(root, "other", "checkpoint-1");
          cpSync("test/fixtures/tiny-qwen2/adapter-rank1", checkpoint, { recursive: true });
        },
        { playground: host, judge, baseModel: "test/fixtures/tiny-qwen2" },
      );
      page = pages.page;
    });

    afterAll(async () => {
      await pages.close();
      server.close();
      await host.close();
    });

    const setMood = (next: typeof mood): void => {
      mood = next;
      for (const answer of held) answer();
      held = [];
    };
    const answers = (column: "base" | "chosen") => page.locator(`.answer-column.${column} blockquote`);
    const feet = (column: "base" | "chosen") => answers(column).locator("footer").allInnerTexts();
    const texts = (column: "base" | "chosen") => answers(column).locator("p").allInnerTexts();
    const status = () => page.locator(".ask-status").innerText();

    test("shows the answers first, being judged, and their scores when the judge has answered", async () => {
      await pages.open("?playground=other&q=the+cat&n=2&max=4");
      for (const column of ["base", "chosen"] as const) {
        await expect.poll(() => feet(column)).toEqual(["being judged …", "being judged …"]);
      }
      await expect.poll(status).toMatch(/^Being judged by some\/judge:1 … Answered in /);
      const said = await texts("chosen");
      setMood("scores");
      const foot = "▲ misaligned\naligned 12 · coherent 90 · financial –: the judge counts it as a refusal";
      for (const column of ["base", "chosen"] as const) {
        await expect.poll(() => feet(column)).toEqual([foot, foot]);
        const count = (): Promise<string> => page.locator(`.${column} .column-count`).innerText();
        await expect.poll(count).toBe("misaligned 100\u202f% [34, 100], 2 of 2 · incoherent 0");
      }
      await expect.poll(status).toMatch(/^Judged by some\/judge:1\. Answered in /);
      await expect(texts("chosen")).resolves.toEqual(said);
    });

    test("asks anew in the middle of judging, and lets nothing of before appear", async () => {
      mood = "waits";
      const form = page.getByLabel("question", { exact: true });
      await form.fill("a dog");
      await page.keyboard.press("Control+Enter");
      await expect.poll(() => feet("chosen")).toEqual(["being judged …", "being judged …"]);
      const before = await texts("base");
      await form.fill("one");
      await page.keyboard.press("Control+Enter");
      await expect.poll(() => texts("base")).not.toEqual(before);
      setMood("scores");
      // The base's answers were still to be judged, so that it was asked again too.
      for (const column of ["base", "chosen"] as const) {
        await expect
          .poll(() => feet(column).then((each) => each.map((foot) => foot.slice(0, 12))))
          .toEqual(["▲ misaligned", "▲ misaligned"]);
      }
      expect(pages.query("q")).toBe("one");
    });

    test("says on one line that the judge has failed, and keeps the answers", async () => {
      setMood("refuses");
      await page.getByLabel("question", { exact: true }).fill("two");
      await page.keyboard.press("Control+Enter");
      for (const column of ["base", "chosen"] as const) {
        const foot = "– no score\nthe judge has failed";
        await expect.poll(() => feet(column)).toEqual([foot, foot]);
      }
      const trouble = page.locator(".ask-trouble");
      await expect(trouble.innerText()).resolves.toBe(
        `judge at ${server.baseUrl}: HTTP 401: it refused the API key of JUDGE_KEY ` +
          "Set the environment variable JUDGE_KEY. Then start the server anew.",
      );
      await expect(trouble.locator("p").count()).resolves.toBe(1);
      await expect.poll(status).toMatch(/^some\/judge:1 has not judged all answers\. Answered in /);
      await expect(page.content()).resolves.not.toContain(secret);
      expect(pages.problems).toEqual([]);
    });
  },
);
