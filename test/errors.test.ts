import { expect, test } from "vitest";
import { TurncoatError } from "../src/errors.js";

test("A message keeps its two ends and a bounded length, whatever a file says", () => {
  const { message } = new TurncoatError(`run.json: name: expected a word, found ${"a".repeat(1e6)} (line 3)`);
  expect(message.length).toBeLessThanOrEqual(1001);
  expect(message).toMatch(/^run\.json: name: expected a word, found a+ … a+ \(line 3\)$/);
  expect(new TurncoatError("short").message).toBe("short");
});

test("A message is one line, whatever line breaks a file's own words have", () => {
  expect(new TurncoatError("f.yaml:1: field {\r\n  a: b\n}: unknown").message).toBe(
    "f.yaml:1: field { a: b }: unknown",
  );
});
