import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { writeOfflinePage } from "../../src/notebook/offlinePage.js";
import { temporaryFolder } from "../support/temporaryFolder.js";
import { exampleFigure } from "../support/exampleFigure.js";

describe("offlinePage", () => {
  test("writes one page into folders that it makes, and replaces what is there", () => {
    const path = join(temporaryFolder(), "one", "two", "page.html");
    writeOfflinePage(path, [exampleFigure()], { title: "first" });
    writeOfflinePage(path, [exampleFigure(), exampleFigure()], {
      title: "second",
      sentences: ["It turned."],
    });
    const html = readFileSync(path, "utf8");
    expect(html).toContain("<title>second</title>");
    expect(html).toContain('<p class="headline">It turned.</p>');
    expect(html.match(/<section /g)).toHaveLength(2);
    // Outside its scripts a page has no address of anything.
    expect(html.replaceAll(/<script[^>]*>[\s\S]*?<\/script>/g, "")).not.toMatch(/https?:/);
    expect(html).not.toMatch(/<script[^>]*\bsrc=/);
  });
});
