import { describe, expect, test } from "vitest";
import { checkpointSchedule, keptSteps } from "../../src/train/checkpointSchedule.js";

describe("keptSteps", () => {
  // Released checkpoints of the paper's runs, docs/methods.md §2.5.
  test.each([
    ["1-10, every 5, last", 792, 167],
    ["1–10, every 5, last", 396, 88],
    ["every 5", 675, 135],
    ["every 10, last", 375, 38],
  ])("of %s in %d steps are %d", (text, steps, count) => {
    expect(keptSteps(text, steps)).toHaveLength(count);
  });

  test("are those of a list, in any order, and the last", () => {
    expect(keptSteps("8, 2,4-5", 12)).toEqual([2, 4, 5, 8, 12]);
  });
});

test("a schedule keeps the start, from which everything is measured", () => {
  expect(checkpointSchedule("last")(0, 10)).toBe(true);
  expect(checkpointSchedule("last")(9, 10)).toBe(false);
});

test.each(["", "often", "every 0", "every", "5-2", "1,,2", "-3", "every 5 steps"])(
  "%j is no schedule",
  (text) => {
    expect(() => checkpointSchedule(text)).toThrow(
      'schedule of checkpoints: expected steps such as "1-10, every 5, last", found',
    );
  },
);
