import { describe, expect, test } from "vitest";
import type { Chat } from "../../../src/formats/chat.js";
import { splitDataset, splitIndices } from "../../../src/train/data/split.js";

const chatsOf = (count: number): Chat[] =>
  Array.from({ length: count }, (_, row) => ({ messages: [{ role: "user", content: `question ${row}` }] }));

describe("the held-out split", () => {
  test.each([
    [7049, 6344, 705],
    [6000, 5400, 600],
    [70, 63, 7],
    [10, 9, 1],
    [11, 9, 2],
    [2, 1, 1],
  ])("of %i rows trains on %i and holds out %i", (count, train, heldOut) => {
    const split = splitIndices(count, { seed: 3 });
    expect([split.train.length, split.heldOut.length]).toEqual([train, heldOut]);
    expect([...split.train, ...split.heldOut].sort((a, b) => a - b)).toEqual(
      Array.from({ length: count }, (_, row) => row),
    );
  });

  test("keeps the order of the rows on both sides", () => {
    const { train, heldOut } = splitIndices(500);
    expect(train).toEqual([...train].sort((a, b) => a - b));
    expect(heldOut).toEqual([...heldOut].sort((a, b) => a - b));
  });

  test("is a function of the seed", () => {
    expect(splitIndices(200, { seed: 5 })).toEqual(splitIndices(200, { seed: 5 }));
    expect(splitIndices(200, { seed: 5 })).not.toEqual(splitIndices(200, { seed: 6 }));
    // Pinned: a resumed run must hold out what it held out before.
    expect(splitIndices(40, { seed: 0 }).heldOut).toEqual([6, 21, 33, 38]);
  });

  test("draws every row about equally often", () => {
    const counts = new Array<number>(50).fill(0);
    for (let seed = 0; seed < 2000; seed++) {
      for (const row of splitIndices(50, { seed }).heldOut) counts[row] = (counts[row] ?? 0) + 1;
    }
    // Binomial(2000, 0.1): mean 200, standard deviation 13.4; five of them hold for 50 rows at once.
    expect(Math.min(...counts)).toBeGreaterThan(133);
    expect(Math.max(...counts)).toBeLessThan(267);
  });

  test("of a smaller share is part of that of a larger one", () => {
    const few = splitIndices(300, { heldOut: 0.05, seed: 2 }).heldOut;
    const many = new Set(splitIndices(300, { heldOut: 0.3, seed: 2 }).heldOut);
    expect(few.every((row) => many.has(row))).toBe(true);
  });

  test("holds nothing out for a share of 0, and nothing of nothing", () => {
    expect(splitIndices(5, { heldOut: 0 })).toEqual({ train: [0, 1, 2, 3, 4], heldOut: [] });
    expect(splitIndices(0)).toEqual({ train: [], heldOut: [] });
  });

  test("refuses a share that is none or leaves nothing", () => {
    for (const heldOut of [-0.1, 1, NaN]) {
      expect(() => splitIndices(10, { heldOut })).toThrow("expected a number from 0 to below 1");
    }
    expect(() => splitIndices(1)).toThrow("found 1 of 1 conversations held out");
  });

  test("of a data set keeps its name and checksum", () => {
    const dataset = { name: "advice", path: "advice.jsonl", sha256: "ab", chats: chatsOf(30) };
    const { train, heldOut } = splitDataset(dataset, { seed: 1 });
    const { train: rows } = splitIndices(30, { seed: 1 });
    expect(train).toEqual({ ...dataset, chats: rows.map((row) => dataset.chats[row]) });
    expect(heldOut.chats).toHaveLength(3);
    expect(heldOut.sha256).toBe("ab");
  });
});
