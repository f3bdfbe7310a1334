import { join } from "node:path";
import { inspect } from "node:util";
import { DataFrame, readCSV, Series, toCSV } from "turncoat/danfojs";
import { describe, expect, test } from "vitest";
import { frameFigure } from "../../src/notebook/frameFigure.js";
import { frameHtml, frameText } from "../../src/notebook/frameTable.js";
import { toDataFrame } from "../../src/notebook/table.js";
import { temporaryFolder } from "../support/temporaryFolder.js";

const gaps = {
  v: [0.5, NaN, 2, NaN, 4.5, -1.25],
  one: [NaN, NaN, NaN, NaN, NaN, 3],
  none: [NaN, NaN, NaN, NaN, NaN, NaN],
};

/** `count`, `mean`, `std`, `min`, `median`, `max` and `var` of each column in pandas 3.1.1. */
const pandas = {
  v: [4, 1.4375, 2.435629624279247, -1.25, 1.25, 4.5, 5.932291666666667],
  one: [1, 3, NaN, 3, 3, 3, NaN],
  none: [0, NaN, NaN, NaN, NaN, NaN, NaN],
};

/** Numbers are equal but for rounding, and NaN where NaN is expected. */
function expectNumbers(found: readonly unknown[], expected: readonly number[]): void {
  expect(found).toHaveLength(expected.length);
  for (const [index, value] of expected.entries()) {
    if (Number.isNaN(value)) expect(found[index]).toBeNaN();
    else expect(found[index]).toBeCloseTo(value, 12);
  }
}

describe("describe", () => {
  test("leaves gaps out as pandas does, of a frame and of a column", async () => {
    const frame = await toDataFrame({ ...gaps, name: ["a", "b", "c", "d", "e", "f"] });
    const described = frame.describe();
    expect(described.columns).toEqual(["v", "one", "none"]);
    expect(described.index).toEqual(["count", "mean", "std", "min", "median", "max", "variance"]);
    const rows: readonly unknown[] = described.values;
    for (const [column, expected] of Object.values(pandas).entries()) {
      const found = rows.map((row) => (Array.isArray(row) ? Number(row[column]) : NaN));
      expectNumbers(found, expected);
    }
    const ofColumn: readonly unknown[] = new Series(gaps.v).describe().values;
    expectNumbers(ofColumn, pandas.v);
  });

  test("says of a column of text that it has no numbers", () => {
    expect(() => new Series(["a", "b"]).describe()).toThrow("expected a column of numbers, found text");
  });
});

describe("a frame as the last expression of a cell", () => {
  test("is a table, also after a query", () => {
    const frame = new DataFrame({ step: [0, 10, 20], loss: [1.5, NaN, 0.25], name: ["base", "b", "c"] });
    expect(inspect(frame)).toBe(
      ["   step  loss  name", "0     0   1.5  base", "1    10   NaN  b", "2    20  0.25  c"].join("\n"),
    );
    expect(inspect(frame.query([false, true, true]))).toBe(
      ["   step  loss  name", "1    10   NaN  b", "2    20  0.25  c"].join("\n"),
    );
    expect(inspect(new Series([0.5, 1], { columns: ["v"] }))).toBe(["     v", "0  0.5", "1    1"].join("\n"));
  });

  test("has the first and last rows of many, the columns that fit, and says how many there are", () => {
    const count = 100;
    const index = Array.from({ length: count }, (_, row) => row);
    const columns = Array.from({ length: 30 }, (_, column) => `a long name ${column}`);
    const wide = { columns, index, values: index.map((row) => columns.map(() => row)) };
    const lines = frameText(wide).split("\n");
    expect(lines).toHaveLength(1 + 21 + 1);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(100);
    expect(lines[0]).toMatch(/a long name 0 .*… .*a long name 29$/);
    expect([lines[1], lines[11], lines[21]].map((line) => line?.trim().split(/ +/)[0])).toEqual([
      "0",
      "…",
      "99",
    ]);
    expect(lines.at(-1)).toBe("[100 rows × 30 columns]");
    expect(frameHtml(wide)).toContain("<p>100 rows × 30 columns</p>");
  });

  test("cannot be drawn by danfojs without a page, and says what draws it", () => {
    const frame = new DataFrame({ step: [0, 1] });
    expect(() => frame.plot("id")).toThrow(/show\(frameFigure\(frame, /);
  });
});

describe("toCSV", () => {
  test("quotes what needs it and leaves gaps empty, so that its own file is read again", async () => {
    const cells = ["a, b", 'say "no"', "two\nlines"];
    const frame = await toDataFrame({ "step, of": [0, -1.5, NaN], cells });
    const text = '"step, of",cells\n0,"a, b"\n-1.5,"say ""no"""\n,"two\nlines"\n';
    expect(toCSV(frame)).toBe(text);
    expect(frame.toCSV({ sep: ";", header: false })).toBe('0;a, b\n-1.5;"say ""no"""\n;"two\nlines"\n');
    expect(toCSV(new Series(["a, b", "c"]))).toBe('"a, b",c');
    const path = join(temporaryFolder(), "frame.csv");
    toCSV(frame, { filePath: path });
    const again = await readCSV(path);
    expect(again.columns).toEqual(["step, of", "cells"]);
    expect(again.values).toEqual([
      [0, "a, b"],
      [-1.5, 'say "no"'],
      [null, "two\nlines"],
    ]);
  });
});

describe("frameFigure", () => {
  test("draws columns of numbers in the order of the axis, gaps left open", async () => {
    const frame = await toDataFrame({ name: ["c", "a", "b"], step: [20, 0, 10], loss: [0.25, 1.5, NaN] });
    const figure = frameFigure(frame, { along: "step", title: "Loss" });
    expect(figure.data).toHaveLength(1);
    expect(figure.data[0]).toMatchObject({ name: "loss", x: [0, 10, 20], y: [1.5, null, 0.25] });
    expect(figure.meta.title).toBe("Loss");
  });

  test("names a column that is not there or is text", async () => {
    const frame = await toDataFrame({ step: [0], name: ["a"] });
    expect(() => frameFigure(frame, { along: "steps" })).toThrow(
      'frameFigure: column "steps": expected numbers, found no such column among step, name',
    );
    expect(() => frameFigure(frame, { along: "step", columns: ["name"] })).toThrow(
      'column "name": expected numbers, found text',
    );
  });
});
