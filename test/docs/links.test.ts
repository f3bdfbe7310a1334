import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { pages, root } from "../support/pages/pageCode.js";

/** Names under which code hosts show the headings of a page. */
function anchorsOf(path: string): string[] {
  const text = readFileSync(path, "utf8").replace(/^```.*?^```$/gms, "");
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .trim()
      .replaceAll(" ", "-"),
  );
}

describe.each(pages)("links of %s", (page) => {
  test("lead to files and headings that there are", () => {
    const text = readFileSync(join(root, page), "utf8");
    const dead = [...text.matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)/g)]
      .filter(([, file = "", heading]) => {
        const path = file === "" ? join(root, page) : join(root, dirname(page), file);
        return !existsSync(path) || (heading !== undefined && !anchorsOf(path).includes(heading));
      })
      .map(([link]) => link);
    expect(dead).toEqual([]);
  });
});
