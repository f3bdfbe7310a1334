import { CsvError, parse } from "csv-parse/sync";
import { TurncoatError } from "../errors.js";
import { readText } from "./json.js";

/** One record of a CSV file. */
export interface CsvRow {
  /** Line of the file on which the record begins, from 1; a quoted cell may span several. */
  readonly line: number;
  /** Cells by column name. */
  readonly cells: ReadonlyMap<string, string>;
}

/** A CSV file with a header. */
export interface CsvTable {
  readonly columns: readonly string[];
  readonly rows: readonly CsvRow[];
}

const newline = 0x0a;
const carriageReturn = 0x0d;

/**
 * Reads a CSV file with a header line (RFC 4180: quoted cells may hold commas, quotes and line breaks). Empty
 * lines are skipped.
 *
 * @throws TurncoatError naming `file:line` of a record with too few or too many cells, or of broken quotes
 */
export function readCsv(path: string): CsvTable {
  return parseCsv(readText(path), path);
}

/** As `readCsv`, for text already in memory; `source` names the file in errors. */
export function parseCsv(text: string, source: string): CsvTable {
  const bytes = Buffer.from(text);
  const [header, ...records] = recordsOf(bytes, source);
  if (header === undefined) throw new TurncoatError(`${source}: expected a header line, found an empty file`);
  const columns = header.record;
  for (const [index, name] of columns.entries()) {
    if (columns.indexOf(name) !== index) {
      throw new TurncoatError(`${source}:${header.line}: the column "${name}" occurs twice`);
    }
  }
  const rows = records.map(({ record, line }) => {
    if (record.length !== columns.length) {
      throw new TurncoatError(
        `${source}:${line}: expected ${columns.length} cells as in the header, found ${record.length}`,
        { hint: "a cell with a comma or a line break must stand in double quotes" },
      );
    }
    return { line, cells: new Map(columns.map((name, index) => [name, record[index] ?? ""])) };
  });
  return { columns, rows };
}

/** All records, the header first, with the line on which each begins. */
function recordsOf(bytes: Buffer, source: string): { record: string[]; line: number }[] {
  const ends: number[] = [];
  let records: string[][];
  try {
    records = parse(bytes, {
      relax_column_count: true,
      skip_empty_lines: true,
      record_delimiter: ["\r\n", "\n"],
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

function countNewlines(bytes: Buffer, start: number, end: number): number {
  let count = 0;
  for (let position = start; position < end; position++) if (bytes[position] === newline) count++;
  return count;
}
