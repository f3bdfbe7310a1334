import { expect, test } from "vitest";
import { rangeWords } from "../../src/figures/figure.js";

test("rangeWords says the range of a log of any length", () => {
  const values = Array.from({ length: 400_000 }, (_, index) => Math.sin(index));
  expect(rangeWords([3, NaN, -1, 2])).toBe("from −1 to 3, last 2");
  expect(rangeWords(values)).toMatch(/^from −1 to 1, last /);
});
