import { join } from "node:path";
import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { browserPath } from "../../../support/browser.js";
import { openPages, type PagesInBrowser } from "../../../support/pagesInBrowser.js";
import { writeSyntheticRun } from "../../../support/syntheticRun.js";

const last = 60;

describe.skipIf(browserPath === undefined)("playing the steps of a run", () => {
  let pages: PagesInBrowser;
  let page: Page;
  let play: Locator;

  beforeAll(async () => {
    pages = await openPages((root) => writeSyntheticRun(join(root, "synthetic"), { steps: last }));
    page = pages.page;
    play = page.locator(".scrubber-controls button", { hasText: /^(play|stop)$/ });
  }, 60_000);
  afterAll(() => pages.close());

  const chosenStep = async (): Promise<number> =>
    Number((await page.locator(".scrubber-step").innerText()).replace("step ", ""));
  /** Resolves with the step at which it stood still for a while. */
  const standing = async (): Promise<number> => {
    const before = await chosenStep();
    await page.waitForTimeout(600);
    expect(await chosenStep()).toBe(before);
    return before;
  };

  test("goes step by step from the chosen one, in the readouts and in the address, until it is stopped", async () => {
    await pages.open("?run=synthetic&step=3");
    // Every step that was shown, in order.
    await page.evaluate(`{
      const label = document.querySelector(".scrubber-step");
      window.shownSteps = [label.textContent];
      new MutationObserver(() => {
        if (window.shownSteps.at(-1) !== label.textContent) window.shownSteps.push(label.textContent);
      }).observe(label, { childList: true, characterData: true, subtree: true });
    }`);
    const norm = page.locator('[data-figure="norms"] .readout dd').first();
    const before = await norm.innerText();
    await play.click();
    await expect(play.innerText()).resolves.toBe("stop");
    await expect.poll(chosenStep).toBeGreaterThanOrEqual(7);
    await play.click();
    await expect(play.innerText()).resolves.toBe("play");
    const stopped = await standing();
    expect(stopped).toBeLessThan(last);
    const expected = Array.from({ length: stopped - 2 }, (_, index) => `step ${3 + index}`);
    await expect(page.evaluate("window.shownSteps")).resolves.toEqual(expected);
    await expect(norm.innerText()).resolves.not.toBe(before);
    await expect.poll(() => pages.query("step")).toBe(String(stopped));
  });

  test("is started and stopped by the space bar, wherever the focus is but in a field", async () => {
    await pages.open("?run=synthetic&step=2");
    await page.keyboard.press("Space");
    await expect(play.innerText()).resolves.toBe("stop");
    await expect.poll(chosenStep).toBeGreaterThan(3);
    await page.keyboard.press("Space");
    await expect(play.innerText()).resolves.toBe("play");
    await standing();
    // On the button itself, the press is one press and not two.
    await play.focus();
    await page.keyboard.press("Space");
    await expect(play.innerText()).resolves.toBe("stop");
    await page.keyboard.press("Space");
    await expect(play.innerText()).resolves.toBe("play");
    await standing();
  });

  test("leaves the space bar to a check box that has the focus", async () => {
    await pages.open("?run=synthetic&step=2");
    const letter = page.getByRole("checkbox", { name: /^E/ });
    await letter.focus();
    await page.keyboard.press("Space");
    await expect(letter.isChecked()).resolves.toBe(false);
    await expect(play.innerText()).resolves.toBe("play");
    await expect(standing()).resolves.toBe(2);
  });

  test("stops at the last step, and begins there from the first one", async () => {
    await pages.open(`?run=synthetic&step=${last - 3}`);
    await play.click();
    await expect.poll(() => play.innerText()).toBe("play");
    await expect(standing()).resolves.toBe(last);
    await play.click();
    await expect.poll(chosenStep).toBeLessThan(last);
    await play.click();
    await expect(standing()).resolves.toBeLessThan(last);
    expect(pages.problems).toEqual([]);
  });

  test("goes on from a step that the reader chooses meanwhile", async () => {
    await pages.open("?run=synthetic&step=2");
    await play.click();
    await expect.poll(chosenStep).toBeGreaterThan(2);
    await page.keyboard.press("Home");
    await expect.poll(chosenStep).toBeGreaterThan(3);
    await expect(play.innerText()).resolves.toBe("stop");
    await page.keyboard.press("Space");
    await standing();
  });
});
