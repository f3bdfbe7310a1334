import { describe, expect, test } from "vitest";
import { z } from "zod";
import { encodeJsonLine, parseJsonLines } from "../../src/formats/jsonl.js";

const schema = z.object({ step: z.int(), text: z.string() });
const records = [
  { step: 1, text: "a" },
  { step: 2, text: 'two\nlines "quoted"' },
];
const text = records.map((record) => encodeJsonLine(record)).join("");

describe("jsonl: append-only lines", () => {
  test("one record is one line", () => {
    expect(text.split("\n")).toHaveLength(3);
    expect(parseJsonLines(text, schema, "f")).toEqual({ records, truncatedTail: false });
  });

  test("cut anywhere, the complete lines are read and half a line is reported", () => {
    const firstLine = encodeJsonLine(records[0]).length;
    for (let length = 0; length <= text.length; length++) {
      const result = parseJsonLines(text.slice(0, length), schema, "f");
      // Without its newline a line is complete as soon as its last brace is there.
      const complete = length >= text.length - 1 ? 2 : length >= firstLine - 1 ? 1 : 0;
      expect(result.records).toEqual(records.slice(0, complete));
      const isAtEndOfLine = [0, firstLine - 1, firstLine, text.length - 1, text.length].includes(length);
      expect(result.truncatedTail).toBe(!isAtEndOfLine);
    }
  });

  test("a complete line that is malformed is an error with its number", () => {
    expect(() =>
      parseJsonLines(`{"step":1,"text":"a"}\n\n{"step":\n{"step":2,"text":"b"}\n`, schema, "f"),
    ).toThrow(/^f:3: expected JSON/);
    expect(() => parseJsonLines(`{"step":1,"text":"a"}\n{"step":"2","text":"b"}`, schema, "f")).toThrow(
      "f:2: field step: expected number, found string",
    );
  });
});
