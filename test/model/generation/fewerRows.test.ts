import { describe, expect, test } from "vitest";
import { fewerRows } from "../../../src/model/generation/fewerRows.js";

const ended = (rows: number, isEnded: (row: number) => boolean) =>
  Array.from({ length: rows }, (_, row) => isEnded(row));

describe("fewerRows", () => {
  test("keeps all while more than half go on", () => {
    expect(
      fewerRows(
        ended(64, (row) => row < 31),
        1,
      ),
    ).toBeNull();
  });

  test("keeps those that go on once half have ended, in their order", () => {
    const odd = Array.from({ length: 32 }, (_, place) => 2 * place + 1);
    expect(
      fewerRows(
        ended(64, (row) => row % 2 === 0),
        1,
      ),
    ).toEqual(odd);
  });

  test("fills the half up with ended rows, so that few sizes occur", () => {
    const kept = fewerRows(
      ended(64, (row) => row !== 50),
      1,
    );
    expect(kept).toHaveLength(32);
    expect(kept).toContain(50);
    expect(kept).toEqual(kept?.toSorted((one, other) => one - other));
  });

  test("waits for the replica with the most rows that go on", () => {
    const second = (row: number) => row >= 32;
    expect(fewerRows(ended(64, second), 2)).toBeNull();
    const kept = fewerRows(
      ended(64, (row) => second(row) || row % 2 === 0),
      2,
    );
    expect(kept).toHaveLength(32);
    expect(kept?.filter(second)).toHaveLength(16);
  });

  test("leaves small batches alone", () => {
    expect(
      fewerRows(
        ended(16, () => true),
        1,
      ),
    ).toBeNull();
    expect(
      fewerRows(
        ended(48, () => true),
        48,
      ),
    ).toBeNull();
  });
});
