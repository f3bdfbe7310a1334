import { describe, expect, test } from "vitest";
import { sharePrompts } from "../../../src/model/generation/promptRows.js";

const [one, two, three] = [[1], [1, 2], [3]];

describe("promptRows", () => {
  test("a prompt that rows share is read once", () => {
    expect(sharePrompts([one, two, one, one, two], 1)).toEqual({
      distinct: [one, two],
      sources: [0, 1, 0, 0, 1],
    });
  });

  test("replicas read their own, as many each", () => {
    expect(sharePrompts([one, one, two, three, two, one], 2)).toEqual({
      distinct: [one, two, one, three, two, one],
      sources: [0, 0, 1, 3, 4, 5],
    });
  });
});
