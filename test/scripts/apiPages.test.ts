import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { apiPages } from "../../scripts/apiPages.js";
import * as turncoat from "../../src/index.js";

const root = join(import.meta.dirname, "../..");
const { pages, undocumented } = apiPages(root);

test("the reference is what npm run api makes of the docstrings", () => {
  const folder = join(root, "docs/api");
  expect(readdirSync(folder).sort()).toEqual([...pages.keys()].sort());
  const stale = [...pages].filter(([name, text]) => readFileSync(join(folder, name), "utf8") !== text);
  expect(stale.map(([name]) => `${name}: run npm run api`)).toEqual([]);
});

test("everything that the entry exports has a docstring and a place in the reference", () => {
  expect(undocumented).toEqual([]);
  const headings = new Set(
    [...pages.values()].flatMap((text) => [...text.matchAll(/^### (.+)$/gm)].map((m) => m[1])),
  );
  expect(Object.keys(turncoat).filter((name) => !headings.has(name))).toEqual([]);
});

test("a page has a sentence for the subject and for each part, signatures, errors and files", () => {
  const runs = pages.get("runs.md") ?? "";
  expect(runs).toMatch(/^# Runs\n\nOpens run directories, whoever trained them, and reads what they hold\. /);
  expect(runs).toContain("```ts\nfunction openRun(directory: string): Run\n```");
  expect(runs).toMatch(/- throws TurncoatError for no such folder/);
  expect(runs).toContain("- function, in `src/runs/openRun.ts`");
  for (const text of pages.values()) {
    expect(text).toMatch(/^# \S/);
    expect(text).not.toMatch(/^## $/m);
  }
});

test("the entry has one sentence before each subject, and each subject begins with one", () => {
  const entry = readFileSync(join(root, "src/index.ts"), "utf8");
  const subjects = [...entry.matchAll(/entry\/(\w+)\.js/g)].map(([, name = ""]) => name);
  expect(subjects.sort()).toEqual(
    readdirSync(join(root, "src/entry"))
      .map((name) => name.replace(/\.ts$/, ""))
      .sort(),
  );
  expect(entry.match(/^\/\* [A-Z][^*]+\. \*\/\nexport \* from /gm)).toHaveLength(subjects.length);
  for (const subject of subjects) {
    expect(readFileSync(join(root, `src/entry/${subject}.ts`), "utf8")).toMatch(/^\/\* [A-Z][^*]+\. \*\/\n/);
  }
});
