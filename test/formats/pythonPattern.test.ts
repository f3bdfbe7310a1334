import { describe, expect, test } from "vitest";
import { isTurncoatError } from "../../src/errors.js";
import { enclosedPattern, pythonPattern } from "../../src/formats/pythonPattern.js";

const found = (pattern: string, text: string) =>
  pythonPattern(pattern, "file.json: target_modules").exec(text)?.[0];

describe("expressions of Python", () => {
  test.each([
    ["(?i)Q_PROJ$", "layers.1.q_proj", "q_proj"],
    ["(?i:LAYERS.*)", "model.layers.1", "layers.1"],
    ["(?s)a.b", "a\nb", "a\nb"],
    ["a.b", "a\nb", undefined],
    ["(?m)^b$", "a\nb\nc", "b"],
    ["(?im)^B$", "a\nb\nc", "b"],
    ["(?u)é", "é", "é"],
    ["(?m)\\Ab", "a\nb", undefined],
    ["(?m)a\\Z", "a\nb", undefined],
    ["\\Alayers\\.\\d\\Z", "layers.1", "layers.1"],
    ["\\\\A", "\\A", "\\A"],
    ["[\\\\A]+\\.", "\\A.", "\\A."],
    ["(?P<layer>\\d+)\\.q", "12.q", "12.q"],
    ["[]a]+", "x]a", "]a"],
    ["[^]a]+", "]ax", "x"],
    ["q\\_proj", "q_proj", "q_proj"],
    ["[(?i)]+", "(?i)", "(?i)"],
  ])("%s", (pattern, text, expected) => {
    expect(found(pattern, text)).toBe(expected);
  });

  test("flags move to the front where an expression stands between others", () => {
    expect(enclosedPattern("^", "(?i)q", "$")).toBe("(?i)^(?:q)$");
    expect(enclosedPattern("^", "(?i:a|b)", "$")).toBe("(?i)^(?:a|b)$");
    expect(enclosedPattern("^", "(?i:a)b", "$")).toBe("^(?:(?i:a)b)$");
    expect(enclosedPattern("^", "a|b", "$")).toBe("^(?:a|b)$");
  });

  test("the named group is found by its name", () => {
    expect(pythonPattern("(?P<layer>\\d+)\\.q", "x").exec("12.q")?.groups?.layer).toBe("12");
  });

  test.each([
    ["(?x) q _ proj", "the flag (?x)"],
    ["(?a)\\w+", "the flag (?a)"],
    ["(?i:A|B)c", "the flag of a part, (?i:…)"],
    ["a(?i:B)", "(?i:"],
    ["a(?-i:B)", "(?-i:"],
    ["a(?i)", "(?i)"],
    ["(?P<a>x)(?P=a)", "(?P="],
    ["a(?#comment)", "(?#"],
  ])("%s is refused in one line", (pattern, expected) => {
    let message = "";
    try {
      found(pattern, "a");
    } catch (error) {
      if (isTurncoatError(error)) ({ message } = error);
    }
    expect(message).toBe(
      `file.json: target_modules: ${JSON.stringify(pattern)}: ${expected} of Python is not supported`,
    );
  });

  test.each(["(", "a(?>b)", "a++", "(?(1)a|b)", "[a"])("%s is none that JavaScript has", (pattern) => {
    expect(() => found(pattern, "a")).toThrow("is not a regular expression");
  });
});
