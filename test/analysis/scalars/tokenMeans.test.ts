import { describe, expect, test } from "vitest";
import { tokenMeans } from "../../../src/analysis/scalars/tokenMeans.js";
import { Random } from "../../../src/tensor/random.js";

const random = new Random(0);
const tokenIds = Int32Array.from({ length: 600 }, () => random.integer(30));
const noise = (): number[] => Array.from(tokenIds, () => random.normal());

function rows(...columns: readonly (readonly number[])[]): Float32Array {
  return Float32Array.from(
    Array.from(tokenIds).flatMap((_, row) => columns.map((values) => values[row] ?? NaN)),
  );
}

describe("tokenMeans", () => {
  test("finds the tokens with which a planted scalar goes, and none where there is noise alone", () => {
    const planted = noise().map(
      (value, row) => value + (tokenIds[row] === 7 ? 2 : tokenIds[row] === 9 ? -3 : 0),
    );
    const [first, second] = tokenMeans(
      { scalars: rows(planted, noise()), features: ["planted", "noise"] },
      tokenIds,
      {
        listed: 3,
      },
    );
    expect(first?.highest[0]?.token).toBe(7);
    expect(first?.lowest[0]?.token).toBe(9);
    expect(first?.highest).toHaveLength(3);
    const beyond = first?.shuffled.largestZ.max ?? NaN;
    expect(first?.highest[0]?.z).toBeGreaterThan(beyond);
    expect(first?.lowest[0]?.z).toBeLessThan(-beyond);
    expect(Math.abs(second?.highest[0]?.z ?? NaN)).toBeLessThan(second?.shuffled.largestZ.max ?? NaN);
    expect(second?.highest[0]?.mean).toBeLessThan(second?.shuffled.highest.max ?? NaN);
  });

  test("lists means and counts as they are, of tokens that occur often enough", () => {
    const few = { scalars: Float32Array.of(1, 3, 5, 9), features: ["only"] };
    const [made] = tokenMeans(few, [4, 4, 5, 6], { leastCount: 2, shuffles: 3 });
    expect(made?.highest).toMatchObject([{ token: 4, count: 2, mean: 2 }]);
    expect(made?.all.mean).toBe(4.5);
    const [none] = tokenMeans(few, [4, 4, 5, 6], { leastCount: 3 });
    expect(none).toMatchObject({ highest: [], lowest: [] });
  });
});
