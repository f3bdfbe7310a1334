import { TurncoatError } from "../errors.js";
import { parseJson, readText, type Schema } from "./json.js";

/** Records of an append-only file of JSON lines. */
export interface JsonLines<T> {
  records: T[];
  /** True where the file ends in a line that was being written when it was read or when the writer died. */
  truncatedTail: boolean;
}

/**
 * Reads a file with one JSON record a line, as a writer appends to it.
 *
 * A last line without its newline that is not complete JSON is reported, not an error: the writer may still
 * be at it. Empty lines are skipped.
 *
 * @throws TurncoatError naming `file:line` for a complete line that is malformed.
 */
export function readJsonLines<T>(path: string, schema: Schema<T>): JsonLines<T> {
  return parseJsonLines(readText(path), schema, path);
}

/** Parses JSON lines that are in memory already; `source` names the file in errors. */
export function parseJsonLines<T>(text: string, schema: Schema<T>, source: string): JsonLines<T> {
  const lines = text.split("\n");
  const records: T[] = [];
  for (const [index, line] of lines.entries()) {
    if (line.trim() === "") continue;
    const isTail = index === lines.length - 1;
    if (isTail && !isCompleteJson(line)) return { records, truncatedTail: true };
    records.push(parseJson(line, schema, `${source}:${index + 1}`));
  }
  return { records, truncatedTail: false };
}

/** Writes a record as a line of its own, newline included. */
export function encodeJsonLine(record: unknown): string {
  const line = JSON.stringify(record);
  if (line.includes("\n")) throw new TurncoatError("a JSON line cannot contain a line break");
  return `${line}\n`;
}

function isCompleteJson(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}
