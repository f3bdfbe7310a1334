import { appendFileSync, chmodSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { notesFile } from "../../src/runs/layout.js";
import { addNote, readNotes, removeNote } from "../../src/runs/notes.js";
import { temporaryFolder } from "../support/temporaryFolder.js";

const writtenAt = "2026-01-02T03:04:05Z";

describe("notes", () => {
  test("are read in the order of their steps; there are none at first", () => {
    const folder = temporaryFolder();
    expect(readNotes(folder)).toEqual([]);
    addNote(folder, { step: 81, text: "turns", writtenAt });
    addNote(folder, { step: 5, text: "warm-up ends", writtenAt });
    expect(readNotes(folder).map(({ step, text }) => [step, text])).toEqual([
      [5, "warm-up ends"],
      [81, "turns"],
    ]);
  });

  test("that are removed stay in the file, and their numbers are not used again", () => {
    const folder = temporaryFolder();
    addNote(folder, { step: 1, text: "one", writtenAt });
    expect(removeNote(folder, 0)).toBe(true);
    expect(removeNote(folder, 0)).toBe(false);
    expect(readNotes(folder)).toEqual([]);
    expect(addNote(folder, { step: 1, text: "two", writtenAt }).id).toBe(1);
    expect(readFileSync(join(folder, notesFile), "utf8").trim().split("\n")).toHaveLength(3);
  });

  test("a line that was being written when the writer died is no error; a malformed one is named", () => {
    const folder = temporaryFolder();
    addNote(folder, { step: 1, text: "one", writtenAt });
    appendFileSync(join(folder, notesFile), '{"id":1,"st');
    expect(readNotes(folder)).toHaveLength(1);
    appendFileSync(join(folder, notesFile), "\n");
    expect(() => readNotes(folder)).toThrow(/notes\.jsonl:2/);
  });

  test.skipIf(process.getuid?.() === 0)("a folder that cannot be written is named, with the fix", () => {
    const folder = temporaryFolder();
    chmodSync(folder, 0o500);
    expect(() => addNote(folder, { step: 1, text: "one", writtenAt })).toThrow(
      /a note cannot be written there/,
    );
  });
});
