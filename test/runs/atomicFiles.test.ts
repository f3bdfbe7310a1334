import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { writeOfflinePage } from "../../src/notebook/offlinePage.js";
import { runSummary } from "../../src/pipeline/report/runSummary.js";
import { appendToFile, writeFileWhole } from "../../src/runs/atomicFiles.js";
import { notesFile, summaryFile } from "../../src/runs/layout.js";
import { addNote } from "../../src/runs/annotations/notes.js";
import { writeSyntheticRun } from "../support/syntheticRun.js";
import { temporaryFolder } from "../support/temporaryFolder.js";

/** A run that came from elsewhere, with links that lead to a file of its reader's. */
function linkedRun(...names: readonly string[]): { readonly run: string; readonly own: string } {
  const folder = temporaryFolder();
  const [run, own] = [join(folder, "run"), join(folder, "own.txt")];
  writeSyntheticRun(run, { steps: 12, turn: 6 });
  writeFileSync(own, "mine");
  mkdirSync(join(run, ".turncoat"), { recursive: true });
  for (const name of names) symlinkSync(own, join(run, name));
  return { run, own };
}

test("Nothing is written through a link", () => {
  const { run, own } = linkedRun("linked.json");
  const link = join(run, "linked.json");
  expect(() => writeFileWhole(link, "{}")).toThrow(`${link}: expected a file, found a link`);
  expect(() => appendToFile(link, "{}")).toThrow(`${link}: expected a file, found a link`);
  expect(readFileSync(own, "utf8")).toBe("mine");
});

test("What is kept with a run, and its notes, reach no file of its reader's", () => {
  const { run, own } = linkedRun(summaryFile, notesFile);
  expect(runSummary(run).curve.steps.at(-1)).toBe(12);
  expect(() => addNote(run, { step: 1, text: "seen", writtenAt: "2026-01-01T00:00:00Z" })).toThrow(
    "found a link",
  );
  expect(readFileSync(own, "utf8")).toBe("mine");
});

test("A page is written where its reader's own link leads", () => {
  const { run, own } = linkedRun("page.html");
  writeOfflinePage(join(run, "page.html"), [], { title: "A page" });
  expect(readFileSync(own, "utf8")).toContain("<title>A page</title>");
});
