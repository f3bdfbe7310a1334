import { describe, expect, test } from "vitest";
import { parseCsv } from "../../src/formats/csv.js";

describe("parseCsv", () => {
  test("cells hold commas, quotes and line breaks; rows know the line they begin on", () => {
    const { columns, rows } = parseCsv('a,b\n"x, ""y""\nz",1\n\n3,é\r\n', "f.csv");
    expect(columns).toEqual(["a", "b"]);
    expect(rows.map(({ line, cells }) => [line, ...cells.values()])).toEqual([
      [2, 'x, "y"\nz', "1"],
      [5, "3", "é"],
    ]);
  });

  test.each([
    ["a,b\n1,2\n1,2,3\n", "f.csv:3: expected 2 cells as in the header, found 3"],
    ["a,b\n1\n", "f.csv:2: expected 2 cells as in the header, found 1"],
    ['a,b\n"1\n2",3\n4,"5\n', "f.csv:4: a quoted cell begins in this record and never ends"],
    ['a,b\n\n1,2"x"\n', "f.csv:3: a quote stands inside a cell that is not quoted"],
    ['a,b\n"1"x,2\n', "f.csv:2: a quoted cell is followed by more text"],
    ["", "f.csv: expected a header line, found an empty file"],
    ["a,b,a\n", 'f.csv:1: the column "a" occurs twice'],
  ])("%j is refused in one line that names file and line", (text, message) => {
    expect(() => parseCsv(text, "f.csv")).toThrow(message);
  });

  test("a header alone is a table without rows", () => {
    expect(parseCsv("a,b\n", "f.csv").rows).toEqual([]);
  });
});
