import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { alignedTable, textTable } from "../../../src/cli/output/tables/textTable.js";
import { oneLine, visible } from "../../../src/cli/output/terminal.js";
import { sourceFiles } from "../../support/importGraph.js";

describe("terminal: nothing that is printed is obeyed", () => {
  test.each([
    ["a colour", "\u001b[31mred\u001b[0m", "\\u001b[31mred\\u001b[0m"],
    ["a title, ended by a bell", "\u001b]0;owned\u0007", "\\u001b]0;owned\\u0007"],
    ["a control sequence of one character", "\u009b2J", "\\u009b2J"],
    ["a line written over", "safe\rgone", "safe\\u000dgone"],
    ["letters taken back", "ab\b\u007f", "ab\\u0008\\u007f"],
    ["writing turned round", "\u202egpj.exe", "\\u202egpj.exe"],
    ["what needs nothing", "größer 漢字 🎈 − \t|\n", "größer 漢字 🎈 − \t|\n"],
  ])("%s", (_, text, expected) => {
    expect(visible(text)).toBe(expected);
  });

  test("one line stays one, and a cell of a table stays in its row", () => {
    expect(oneLine("error: a\nhint: b")).toBe("error: a\\u000ahint: b");
    expect(textTable([["a\nb", "c"]])).toBe("a\\u000ab  c");
    expect(alignedTable([["a\u001b[2J", "1"]])).toBe("a\\u001b[2J  1");
  });

  test("JSON stays JSON of the same text", () => {
    const value = { name: "a\u001b[31m\u009b\u202e\n" };
    expect(JSON.parse(visible(JSON.stringify(value)))).toEqual(value);
  });

  test("no command writes past it", () => {
    const own = /console\s*\.\s*(log|error|warn|info)|process\s*\.\s*std(out|err)\s*\.\s*write/;
    const found = sourceFiles("src/cli").filter((path) => own.test(readFileSync(path, "utf8")));
    // The last two write words of their own: how to interrupt, and how to clear a bar.
    expect(found).toEqual([
      "src/cli/interrupt.ts",
      "src/cli/output/progress.ts",
      "src/cli/output/terminal.ts",
    ]);
  });
});
