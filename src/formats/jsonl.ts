import { TurncoatError } from "../errors.js";
import { parseJson, type Schema } from "./json.js";
import { forEachLine, forEachLineOf, type TextLine } from "./lines.js";

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
  const reading = new Reading(schema, path);
  forEachLine(path, (line) => reading.take(line));
  return reading.result();
}

/** Parses JSON lines that are in memory already; `source` names the file in errors. */
export function parseJsonLines<T>(text: string, schema: Schema<T>, source: string): JsonLines<T> {
  const reading = new Reading(schema, source);
  forEachLineOf(text, source, (line) => reading.take(line));
  return reading.result();
}

/** The records of the lines seen so far. */
class Reading<T> {
  readonly #schema: Schema<T>;
  readonly #source: string;
  readonly #records: T[] = [];
  #truncatedTail = false;

  constructor(schema: Schema<T>, source: string) {
    this.#schema = schema;
    this.#source = source;
  }

  take({ text, number, isWhole }: TextLine): void {
    if (text.trim() === "") return;
    if (!isWhole && !isCompleteJson(text)) this.#truncatedTail = true;
    else this.#records.push(parseJson(text, this.#schema, `${this.#source}:${number}`));
  }

  result(): JsonLines<T> {
    return { records: this.#records, truncatedTail: this.#truncatedTail };
  }
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
