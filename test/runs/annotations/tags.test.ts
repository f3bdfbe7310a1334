import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readTags, writeTags } from "../../../src/runs/annotations/tags.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";

describe("tags", () => {
  test("are kept each once and in order; a run has none at first", () => {
    const folder = temporaryFolder();
    expect(readTags(folder)).toEqual([]);
    expect(writeTags(folder, ["paper", "figure-7", "paper"])).toEqual(["figure-7", "paper"]);
    expect(readTags(folder)).toEqual(["figure-7", "paper"]);
    writeTags(folder, []);
    expect(readTags(folder)).toEqual([]);
  });

  test("are words, or are refused and nothing is written", () => {
    const folder = temporaryFolder();
    writeTags(folder, ["kept"]);
    for (const wrong of ["two words", "", "a,b", "x".repeat(41)])
      expect(() => writeTags(folder, [wrong])).toThrow(/tags/);
    expect(() =>
      writeTags(
        folder,
        Array.from({ length: 21 }, (_, index) => `t${index}`),
      ),
    ).toThrow(/tags/);
    expect(readFileSync(join(folder, "tags.json"), "utf8")).toBe('{"tags":["kept"]}\n');
  });

  test("that are no list of words are named with their file", () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "tags.json"), '{"tags": "paper"}');
    expect(() => readTags(folder)).toThrow(/tags\.json: field tags: expected/);
  });
});
