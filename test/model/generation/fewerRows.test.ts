import { describe, expect, test } from "vitest";
import { endingShare, fewerRows } from "../../../src/model/generation/fewerRows.js";

const ended = (rows: number, isEnded: (row: number) => boolean) =>
  Array.from({ length: rows }, (_, row) => isEnded(row));

const half = 1 / 2;

describe("fewerRows", () => {
  test("keeps all while more than half go on", () => {
    expect(
      fewerRows(
        ended(64, (row) => row < 31),
        1,
        half,
      ),
    ).toBeNull();
  });

  test("keeps those that go on once half have ended, in their order", () => {
    const odd = Array.from({ length: 32 }, (_, place) => 2 * place + 1);
    expect(
      fewerRows(
        ended(64, (row) => row % 2 === 0),
        1,
        half,
      ),
    ).toEqual(odd);
  });

  test("fills the half up with ended rows, so that few sizes occur", () => {
    const kept = fewerRows(
      ended(64, (row) => row !== 50),
      1,
      half,
    );
    expect(kept).toHaveLength(32);
    expect(kept).toContain(50);
    expect(kept).toEqual(kept?.toSorted((one, other) => one - other));
  });

  test("waits for the replica with the most rows that go on", () => {
    const second = (row: number) => row >= 32;
    expect(fewerRows(ended(64, second), 2, half)).toBeNull();
    const kept = fewerRows(
      ended(64, (row) => second(row) || row % 2 === 0),
      2,
      half,
    );
    expect(kept).toHaveLength(32);
    expect(kept?.filter(second)).toHaveLength(16);
  });

  test("leaves small batches alone", () => {
    expect(
      fewerRows(
        ended(16, () => true),
        1,
        half,
      ),
    ).toBeNull();
    expect(
      fewerRows(
        ended(48, () => true),
        48,
        half,
      ),
    ).toBeNull();
  });

  test("of a smaller share goes down a ladder of sizes, whatever ended in between", () => {
    const sizes = [200];
    for (let rows = 200; rows > 0; rows = sizes.at(-1) ?? 0) {
      const kept = fewerRows(
        ended(rows, (row) => row >= 10),
        1,
        1 / 12,
      );
      if (kept === null) break;
      expect(kept.slice(0, 10)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
      sizes.push(kept.length);
    }
    expect(sizes.slice(0, 4)).toEqual([200, 184, 169, 155]);
    expect(sizes.at(-1)).toBeLessThan(32);
  });
});

test("endingShare waits longer in small models, whose tokens take less than another program", () => {
  const weights = (rows: number) => ({ weight: { shape: [rows, 1024], data: new Float32Array(0) } });
  expect(endingShare(weights(2 ** 10))).toBe(1 / 2);
  expect(endingShare(weights(2 ** 19))).toBeLessThan(1 / 8);
});
