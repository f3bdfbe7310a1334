import { expect, test } from "vitest";
import { fittingTexts } from "../../../src/web/plots/fittingTexts.js";

const words = "  broad behaviour turns 81 [76, 86]";
const trace = {
  type: "scatter",
  mode: "text",
  x: [86],
  y: [1],
  text: [words],
  textposition: "middle right",
} as const;

test("of a text without room the numbers are left; one with room, and a text a point, stay", () => {
  const textAt = (width: number) => fittingTexts([trace], [0, 160], width)[0]?.text;
  expect(textAt(1000)).toEqual([words]);
  expect(textAt(300)).toEqual(["  81 [76, 86]"]);
  const steps = {
    ...trace,
    mode: "markers+text",
    x: [0, 1],
    text: ["0", "a long text at the last step"],
  } as const;
  expect(fittingTexts([steps], [0, 1], 50)).toEqual([steps]);
});
