import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

/** Ways of leaving a test out: a modifier of `describe` or `test`, or a call from within. */
const skipping = /\b(?:describe|test|it)(?:\.\w+)*\.(?:skipIf|runIf|skip|todo)\b|\b(?:context|ctx)\.skip\(/;

const testFiles = readdirSync("test", { recursive: true, encoding: "utf8" })
  .map((path) => `test/${path.replaceAll("\\", "/")}`)
  .filter((path) => path.endsWith(".test.ts") && path !== "test/skips.test.ts")
  .sort();

/** Cells of the rows of `test/skips.md` below its heading: file, condition and reason. */
const rows = readFileSync("test/skips.md", "utf8")
  .split("\n")
  .filter((line) => line.startsWith("| `"))
  .map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

describe("test/skips.md", () => {
  test("lists every file with a test that may be skipped, and no other", () => {
    expect(testFiles.length).toBeGreaterThan(100);
    const skipped = testFiles.filter((path) => skipping.test(readFileSync(path, "utf8")));
    expect(rows.map(([file]) => file?.replaceAll("`", ""))).toEqual(skipped);
  });

  test("gives a condition and a reason for each", () => {
    for (const [file, condition, reason, ...others] of rows) {
      expect(`${file ?? ""}: ${condition ?? ""}`).toMatch(/: .+/);
      expect(reason, file).not.toBe("");
      expect(others, file).toEqual([]);
    }
  });

  test("knows a skip, however it is written", () => {
    const calls = ['describe.skipIf(a)("b")', "test.runIf(a)", "it.skip(", "test.todo(", "context.skip()"];
    for (const call of [...calls, "test.concurrent.skipIf(a)"]) expect(call).toMatch(skipping);
    expect('test("a line is skipped")').not.toMatch(skipping);
  });
});
