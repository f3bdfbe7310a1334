import { CsvError, parse } from "csv-parse/sync";
import { TurncoatError } from "../../errors.js";
import { quotedCell } from "./csvCell.js";
import { readText } from "../json.js";

/** Cells of a record by column name. */
export interface CsvCells {
  /** The cell of a column; undefined where there is no such column. */
  get(column: string): string | undefined;
}

/** One record of a CSV file. */
export interface CsvRow {
  /** Line of the file on which the record begins, from 1; a quoted cell may span several. */
  readonly line: number;
  readonly cells: CsvCells;
}

/** A CSV file with a header. */
export interface CsvTable {
  readonly columns: readonly string[];
  readonly rows: readonly CsvRow[];
}

/** Most bytes of a table. */
const mostBytes = 256 * 2 ** 20;
/** Most columns of a table; published ones have a few hundred. */
const mostColumns = 100_000;
const newline = 0x0a;
const carriageReturn = 0x0d;

/** Delimiters of cells. The one that the header holds most often counts; where it holds none, the first. */
const delimiters = [",", "\t", ";"] as const;
type Delimiter = (typeof delimiters)[number];

/**
 * Reads a table with a header line: comma-separated (RFC 4180: quoted cells may hold commas, quotes and line breaks),
 * tab-separated, or with semicolons as spreadsheets write it where the comma is a decimal mark. The header tells which.
 * Lines end in any way. Empty lines are skipped. Columns without a name, such as the index that pandas writes, are left
 * out: no look-up by name can find them. An apostrophe before a sign that would begin a formula is taken off.
 *
 * @throws TurncoatError naming `file:line` of a record with too few or too many cells, or of broken quotes
 */
export function readCsv(path: string): CsvTable {
  return parseCsv(readTableText(path), path);
}

/** Reads the text of a table, which may be larger than other texts that are read as a whole. */
export function readTableText(path: string): string {
  return readText(path, mostBytes);
}

/** Parses the text of a table with a header line; `source` names the file in errors. */
export function parseCsv(text: string, source: string): CsvTable {
  const bytes = Buffer.from(text);
  const delimiter = delimiterOf(text);
  const [header, ...records] = recordsOf(bytes, source, delimiter);
  if (header === undefined) throw new TurncoatError(`${source}: expected a header line, found an empty file`);
  const columns = header.record.map(unguarded);
  if (columns.length > mostColumns) {
    throw new TurncoatError(
      `${source}:${header.line}: expected at most ${mostColumns} columns, found ${columns.length}`,
      { hint: "Leave out the columns that are not needed, or check that the file begins with its header." },
    );
  }
  const named = new Map<string, number>();
  for (const [index, name] of columns.entries()) {
    if (name === "") continue;
    if (named.has(name)) {
      throw new TurncoatError(`${source}:${header.line}: the column "${name}" occurs twice`);
    }
    named.set(name, index);
  }
  const rows = records.map(({ record, line }) => {
    if (record.length !== columns.length) {
      throw new TurncoatError(
        `${source}:${line}: expected ${columns.length} cells as in the header, found ${record.length}`,
        { hint: `a cell with a ${delimiterWords[delimiter]} or a line break must stand in double quotes` },
      );
    }
    return { line, cells: new Cells(named, record) };
  });
  return { columns: [...named.keys()], rows };
}

/** Takes off the apostrophe that keeps a spreadsheet from taking a text for a formula, as `csvText` of pages puts it. */
function unguarded(cell: string): string {
  return /^'+[=+\-@\t\r]/.test(cell) ? cell.slice(1) : cell;
}

/** Cells that share the names of their columns with all records, so that a record takes no more than its cells. */
class Cells implements CsvCells {
  readonly #named: ReadonlyMap<string, number>;
  readonly #record: readonly string[];

  constructor(named: ReadonlyMap<string, number>, record: readonly string[]) {
    this.#named = named;
    this.#record = record;
  }

  get(column: string): string | undefined {
    const index = this.#named.get(column);
    return index === undefined ? undefined : unguarded(this.#record[index] ?? "");
  }
}

const delimiterWords: Readonly<Record<Delimiter, string>> = { ",": "comma", "\t": "tab", ";": "semicolon" };

/** Finds the delimiter that stands most often in the header line, outside quotes. */
function delimiterOf(text: string): Delimiter {
  const header = /^\s*([^\r\n]*)/.exec(text)?.[1] ?? "";
  const unquoted = header.replace(/"[^"]*"/g, "");
  const counts = delimiters.map((delimiter) => unquoted.split(delimiter).length - 1);
  return delimiters[counts.indexOf(Math.max(...counts))] ?? ",";
}

/** Parses all records, the header first, with the line on which each begins. */
function recordsOf(
  bytes: Buffer,
  source: string,
  delimiter: Delimiter,
): { record: string[]; line: number }[] {
  const ends: number[] = [];
  let records: string[][];
  try {
    records = parse(bytes, {
      relax_column_count: true,
      skip_empty_lines: true,
      delimiter,
      record_delimiter: ["\r\n", "\n", "\r"],
      on_record: (record: string[], { bytes: end }) => {
        ends.push(end);
        return record;
      },
    });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new TurncoatError(`${source}:${lineAfter(bytes, ends.at(-1) ?? 0)}: ${faultOf(error)}`);
  }
  let [line, start] = [1, 0];
  return records.map((record, index) => {
    const begin = skipEmptyLines(bytes, start);
    line += countNewlines(bytes, start, begin);
    const here = line;
    const end = ends[index] ?? bytes.length;
    line += countNewlines(bytes, begin, end);
    start = end;
    return { record, line: here };
  });
}

function faultOf(error: CsvError): string {
  if (error.code === "CSV_QUOTE_NOT_CLOSED") return "a quoted cell begins in this record and never ends";
  if (error.code === "INVALID_OPENING_QUOTE") return "a quote stands inside a cell that is not quoted";
  if (error.code === "CSV_INVALID_CLOSING_QUOTE") return "a quoted cell is followed by more text";
  return `not a CSV record (${error.message})`;
}

function lineAfter(bytes: Buffer, end: number): number {
  return 1 + countNewlines(bytes, 0, skipEmptyLines(bytes, end));
}

function skipEmptyLines(bytes: Buffer, start: number): number {
  let position = start;
  while (bytes[position] === newline || bytes[position] === carriageReturn) position++;
  return position;
}

/** Line ends of any kind: a carriage return with a newline behind it is one. */
function countNewlines(bytes: Buffer, start: number, end: number): number {
  let count = 0;
  for (let position = start; position < end; position++) {
    const isPair = bytes[position] === carriageReturn && bytes[position + 1] === newline;
    if (bytes[position] === newline || (bytes[position] === carriageReturn && !isPair)) count++;
  }
  return count;
}

/** Beginning of a text that a spreadsheet takes for a formula, and what was marked before. */
const formula = /^'*[=+\-@\t\r]/;

/**
 * Writes a table of texts as CSV (RFC 4180). A text that a spreadsheet would take for a formula gets an apostrophe before
 * it, which `parseCsv` takes off again.
 */
export function encodeCsv(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  return [columns, ...rows].map((row) => `${row.map(field).join(",")}\r\n`).join("");
}

function field(value: string): string {
  return quotedCell(formula.test(value) ? `'${value}` : value);
}
