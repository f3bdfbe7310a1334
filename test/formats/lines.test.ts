import { closeSync, openSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { parseJson, readJson } from "../../src/formats/json.js";
import { readJsonLines } from "../../src/formats/jsonl.js";
import { endOfLastLine, forEachLine, type TextLine } from "../../src/formats/lines.js";
import { readSafetensorsHeader } from "../../src/formats/safetensorsHeader.js";
import { temporaryFolder } from "../support/temporaryFolder.js";

function file(content: string | Uint8Array): string {
  const path = join(temporaryFolder(), "f.jsonl");
  writeFileSync(path, content);
  return path;
}

function linesOf(path: string, most?: number): TextLine[] {
  const lines: TextLine[] = [];
  forEachLine(path, (line) => lines.push(line), most);
  return lines;
}

describe("forEachLine", () => {
  test("numbers the lines, and tells the one that is not whole", () => {
    expect(linesOf(file("a\n\né"))).toEqual([
      { text: "a", number: 1, isWhole: true },
      { text: "", number: 2, isWhole: true },
      { text: "é", number: 3, isWhole: false },
    ]);
    expect(linesOf(file("a\n"))).toHaveLength(1);
    expect(linesOf(file(""))).toEqual([]);
  });

  test("reads lines of several million bytes, over the edges of what is read at once", () => {
    const long = "é".repeat(3_000_001);
    const lines = linesOf(file(`x\n${long}\n${long}\ny\n`));
    expect(lines.map(({ text }) => text.length)).toEqual([1, long.length, long.length, 1]);
    expect(lines[2]?.text === long).toBe(true);
  });

  test("knows byte order marks, of UTF-16 too", () => {
    expect(linesOf(file("\uFEFFa\nb\n")).map(({ text }) => text)).toEqual(["a", "b"]);
    const wide = Buffer.from("\uFEFFa\né\n", "utf16le");
    expect(linesOf(file(wide)).map(({ text }) => text)).toEqual(["a", "é"]);
  });

  test("ends at a line that is too long, however long the file is", () => {
    expect(() => linesOf(file("ab\nabcdef\n"), 5)).toThrow(":2: expected a line of at most 0 MiB");
    const path = file('{"a":1}\n');
    truncateSync(path, 200 * 2 ** 20);
    const before = process.memoryUsage().rss;
    expect(() => readJsonLines(path, z.unknown())).toThrow(`${path}:2: expected a line of at most 16 MiB`);
    expect(process.memoryUsage().rss - before).toBeLessThan(150 * 2 ** 20);
  });

  test("finds where the last whole line ends", () => {
    expect(endOfLastLine(file(""))).toEqual({ end: 0, size: 0 });
    expect(endOfLastLine(file("abc"))).toEqual({ end: 0, size: 3 });
    expect(endOfLastLine(file("ab\nc\n"))).toEqual({ end: 5, size: 5 });
    const long = `ab\n${"x".repeat(3_000_000)}`;
    expect(endOfLastLine(file(long))).toEqual({ end: 3, size: long.length });
  });
});

describe("files that are larger or deeper than any real one", () => {
  test("a JSON file is refused by its size, before it is read", () => {
    const path = file("{");
    truncateSync(path, 3 * 2 ** 30);
    expect(() => readJson(path, z.unknown())).toThrow(
      `${path}: expected a file of at most 64 MiB, found 3072 MiB`,
    );
  });

  test("JSON that is nested without end is told in one line", () => {
    const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
    expect(() => parseJson(deep, z.json(), "deep.json")).toThrow(/^deep\.json: expected [^\n]*$/);
  });

  test("a safetensors header of a million tensors is refused before it is parsed, one of thousands is read", () => {
    const path = join(temporaryFolder(), "f.safetensors");
    writeHeader(path, 20_000);
    expect(readSafetensorsHeader(path).tensors.size).toBe(20_000);
    writeHeader(path, 150_000);
    expect(() => readSafetensorsHeader(path)).toThrow(
      `${path}: safetensors header: expected at most 100000 tensors, found more`,
    );
    writeHeader(path, 1_000_000);
    expect(() => readSafetensorsHeader(path)).toThrow("found a header length of");
  });
});

/** A file of tensors without numbers in them. */
function writeHeader(path: string, tensors: number): void {
  const entries = Array.from(
    { length: tensors },
    (_, index) => `"model.layers.${index}.mlp":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}`,
  );
  const header = Buffer.from(`{${entries.join(",")}}`);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const descriptor = openSync(path, "w");
  writeSync(descriptor, length);
  writeSync(descriptor, header);
  closeSync(descriptor);
}
