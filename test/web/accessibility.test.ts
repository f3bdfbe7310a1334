import { join } from "node:path";
import axe from "axe-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { browserPath } from "../support/browser.js";
import { openPages, type PagesInBrowser } from "../support/pagesInBrowser.js";
import { writePlannedStudy } from "../support/study/plannedStudy.js";
import { writeSyntheticRun } from "../support/syntheticRun.js";

const addresses = {
  runs: "",
  run: "?run=one",
  "run, three dimensions and smoothed": "?run=one&cam=-30_25&smooth=mean5",
  compare: "?compare=one,two",
  answers: "?answers=one",
  "answers, one of them read and compared": "?answers=one&answer=200&read=1&vs=0&q=leaflet",
  playground: "?playground=one",
  study: "?study=",
  "an address that leads nowhere": "?run=nowhere",
};

describe.skipIf(browserPath === undefined)("accessibility by axe's rules", () => {
  let pages: PagesInBrowser;

  beforeAll(async () => {
    pages = await openPages((root) => {
      writePlannedStudy(root);
      writeSyntheticRun(join(root, "one"));
      writeSyntheticRun(join(root, "two"), { turn: 40 });
    });
  });

  afterAll(() => pages.close());

  for (const colorScheme of ["light", "dark"] as const) {
    test.each(Object.entries(addresses))(
      `finds nothing serious in ${colorScheme}: %s`,
      async (_name, query) => {
        const page = await pages.browser.newPage({ viewport: { width: 1440, height: 900 }, colorScheme });
        try {
          await page.goto(`${pages.server.url}${query}`);
          await page.waitForSelector("html[data-ready], [role=alert]");
          // Through the protocol and not as a script of the page, which the content security policy forbids.
          await page.evaluate(axe.source);
          const found = await page.evaluate<axe.AxeResults>("axe.run(document)");
          const serious = found.violations
            .filter(({ impact }) => impact === "serious" || impact === "critical")
            .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`);
          expect(serious).toEqual([]);
          expect(found.passes.length).toBeGreaterThan(10);
        } finally {
          await page.close();
        }
      },
    );
  }
});
