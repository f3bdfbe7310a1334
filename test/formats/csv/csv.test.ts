import { truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../../support/temporaryFolder.js";
import { parseCsv, readCsv } from "../../../src/formats/csv/csv.js";

describe("parseCsv", () => {
  test("cells hold commas, quotes and line breaks; rows know the line they begin on", () => {
    const { columns, rows } = parseCsv('a,b\n"x, ""y""\nz",1\n\n3,é\r\n', "f.csv");
    expect(columns).toEqual(["a", "b"]);
    expect(rows.map(({ line, cells }) => [line, ...columns.map((name) => cells.get(name))])).toEqual([
      [2, 'x, "y"\nz', "1"],
      [5, "3", "é"],
    ]);
  });

  test.each([
    ["tabs", "a\tb,c\td\n1\t2,3\t4\n"],
    ["semicolons", "a;b,c;d\n1;2,3;4\n"],
    ["carriage returns alone", 'a,"b,c",d\r1,"2,3",4\r'],
    ["a column without a name", ',a,"b,c",d\n0,1,"2,3",4\n'],
  ])("reads tables with %s", (_, text) => {
    const { columns, rows } = parseCsv(text, "f");
    expect(columns).toEqual(["a", "b,c", "d"]);
    expect(rows.map(({ line, cells }) => [line, ...columns.map((name) => cells.get(name))])).toEqual([
      [2, "1", "2,3", "4"],
    ]);
  });

  test("counts lines that end in carriage returns", () => {
    expect(() => parseCsv("a,b\r1,2\r\r3\r", "f.csv")).toThrow("f.csv:4: expected 2 cells");
  });

  test.each(["utf-16le", "utf-16be"])("reads a file in %s by its byte order mark", (encoding) => {
    const path = join(temporaryFolder(), "f.csv");
    const bytes = Buffer.from("\uFEFFa,b\n1,é\n", "utf16le");
    writeFileSync(path, encoding === "utf-16le" ? bytes : bytes.swap16());
    const { columns, rows } = readCsv(path);
    expect(rows.map(({ cells }) => columns.map((name) => cells.get(name)))).toEqual([["1", "é"]]);
  });

  test("reads a hundred thousand columns without delay", () => {
    const names = Array.from({ length: 100_000 }, (_, index) => `c${index}`).join(",");
    expect(parseCsv(`${names}\n${names}\n`, "f.csv").rows[0]?.cells.get("c99999")).toBe("c99999");
  });

  test("refuses more, and a file that is larger than a table, in one line", () => {
    const names = Array.from({ length: 100_001 }, (_, index) => `c${index}`).join(",");
    expect(() => parseCsv(`${names}\n`, "f.csv")).toThrow(
      "f.csv:1: expected at most 100000 columns, found 100001",
    );
    const path = join(temporaryFolder(), "f.csv");
    writeFileSync(path, "a,b\n");
    truncateSync(path, 300 * 2 ** 20);
    expect(() => readCsv(path)).toThrow(`${path}: expected a file of at most 256 MiB, found 300 MiB`);
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
