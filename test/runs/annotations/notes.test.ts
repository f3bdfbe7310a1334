import { execFile } from "node:child_process";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { notesFile } from "../../../src/runs/layout.js";
import { addNote, readNotes, removeNote } from "../../../src/runs/annotations/notes.js";
import { withoutRights } from "../../support/faults/faults.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";

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

  test("a line whose writer died costs no other, neither before nor behind it", () => {
    const folder = temporaryFolder();
    addNote(folder, { step: 1, text: "one", writtenAt });
    appendFileSync(join(folder, notesFile), '{"id":1,"st');
    expect(readNotes(folder).map(({ text }) => text)).toEqual(["one"]);
    addNote(folder, { step: 2, text: "two", writtenAt });
    expect(readNotes(folder).map(({ text }) => text)).toEqual(["one", "two"]);
    expect(readFileSync(join(folder, notesFile), "utf8")).toContain('\n{"id":1,"st\n');
  });

  test("of several servers that write at once all are kept, with numbers of their own", async () => {
    const folder = temporaryFolder();
    const writer = (name: string): Promise<unknown> =>
      promisify(execFile)(process.execPath, [
        ...["--import", "tsx", "--input-type", "module", "--eval"],
        `import { addNote } from ${JSON.stringify(resolve("src/runs/annotations/notes.ts"))};
         for (let step = 0; step < 25; step++) addNote(${JSON.stringify(folder)}, { step, text: "${name}", writtenAt: "now" });`,
      ]);
    await Promise.all([writer("one"), writer("two")]);
    const notes = readNotes(folder);
    expect(notes).toHaveLength(50);
    expect(new Set(notes.map(({ id }) => id)).size).toBe(50);
  });

  test("two hundred thousand of them are read and added to", () => {
    const folder = temporaryFolder();
    const line = (id: number): string => `{"id":${id},"step":1,"text":"x","writtenAt":""}\n`;
    writeFileSync(join(folder, notesFile), Array.from({ length: 200_000 }, (_, id) => line(id)).join(""));
    expect(addNote(folder, { step: 2, text: "last", writtenAt }).id).toBe(200_000);
    expect(readNotes(folder)).toHaveLength(200_001);
  });

  test("a folder that cannot be written is named, with the fix", async () => {
    const folder = temporaryFolder();
    await withoutRights([folder], () => {
      expect(() => addNote(folder, { step: 1, text: "one", writtenAt })).toThrow(
        /cannot be written: no permission \(EACCES\)$/,
      );
    });
  });
});
