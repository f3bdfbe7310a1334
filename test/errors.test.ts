import { expect, test } from "vitest";
import { TurncoatError } from "../src/errors.js";

test("A message keeps its two ends and a bounded length, whatever a file says", () => {
  const { message } = new TurncoatError(`run.json: name: expected a word, found ${"a".repeat(1e6)} (line 3)`);
  expect(message.length).toBeLessThanOrEqual(1001);
  expect(message).toMatch(/^run\.json: name: expected a word, found a+ … a+ \(line 3\)$/);
  expect(new TurncoatError("short").message).toBe("short");
});
