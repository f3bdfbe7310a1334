import { expect, test } from "vitest";
import { LabelSpace, sideBySide } from "../../../src/figures/style/labelSpace.js";
import { textWidth, wrappedText } from "../../../src/figures/style/textWidth.js";

test("things stand side by side, each as near to its place as that allows", () => {
  expect(sideBySide([10, 50, 90], 12, 100)).toEqual([10, 50, 90]);
  // Two at one place move apart by half a width each; the order of the list is kept.
  expect(sideBySide([50, 50], 12, 100)).toEqual([44, 56]);
  expect(sideBySide([52, 50], 12, 100)).toEqual([57, 45]);
  expect(sideBySide([1, 1, 99, 99], 12, 100)).toEqual([0, 12, 88, 100]);
  const crowded = sideBySide([50, 51, 52, 53, 54], 12, 100);
  for (const [index, place] of crowded.entries())
    if (index > 0) expect(place - (crowded[index - 1] ?? NaN)).toBeCloseTo(12);
});

test("a text stands where no other does, on the fewest points, within the bounds", () => {
  const box = (left: number, top: number) => ({ left, right: left + 20, top, bottom: top + 10 });
  const space = new LabelSpace({ left: 0, right: 100, top: 0, bottom: 100 }, [[5, 5]]);
  expect(space.choose([box(0, 0), box(40, 40)])).toEqual(box(40, 40));
  expect(space.choose([box(50, 45), box(0, 0)])).toEqual(box(0, 0));
  expect(space.choose([box(90, 40), box(50, 45)])).toBeUndefined();
});

test("a text is broken at spaces, and a word that is too long within itself; nothing is lost", () => {
  expect(wrappedText("", 50, 10)).toEqual([]);
  expect(wrappedText("one two three", 1000, 10)).toEqual(["one two three"]);
  const text = "the adapter of model.layers.24.mlp.down_proj turns";
  const lines = wrappedText(text, 70, 10);
  expect(lines.length).toBeGreaterThan(3);
  for (const line of lines) expect(textWidth(line, 10)).toBeLessThanOrEqual(70);
  expect(lines.join("").replaceAll(" ", "")).toBe(text.replaceAll(" ", ""));
});
