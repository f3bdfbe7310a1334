import { describe, expect, test } from "vitest";
import { parseCsv } from "../../../src/formats/csv/csv.js";
import { csvText } from "../../../src/web/plots/csv.js";

describe("csvText: no cell is a formula", () => {
  test.each([
    ['=HYPERLINK("http://x","y")', `"'=HYPERLINK(""http://x"",""y"")"`],
    ["+1 800", "'+1 800"],
    ["-2+3", "'-2+3"],
    ["@SUM(A1)", "'@SUM(A1)"],
    ["\t=1", "'\t=1"],
    ["\r=1", `"'\r=1"`],
    ["'=already", "''=already"],
    ["'tis", "'tis"],
    ["a=b", "a=b"],
    ["−0.5", "−0.5"],
    ["-0.5", "-0.5"],
    ["+1e-3", "+1e-3"],
    ["-.5", "-.5"],
  ])("%j is written as %j, and read back as it was", (text, written) => {
    const csv = csvText({ columns: ["first", text], rows: [[1, text]] });
    expect(csv).toBe(`first,${written}\r\n1,${written}\r\n`);
    const { columns, rows } = parseCsv(csv, "f.csv");
    expect(columns).toEqual(["first", text]);
    expect(rows[0]?.cells.get(text)).toBe(text);
  });

  test("numbers stay numbers, and what is undefined stays empty", () => {
    expect(csvText({ columns: ["a", "b", "c"], rows: [[-0.5, null, 3]] })).toBe("a,b,c\r\n-0.5,,3\r\n");
  });
});
