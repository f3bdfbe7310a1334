import { z } from "zod";
import { messageOf, TurncoatError } from "../errors.js";
import { readWholeFile } from "../tensor/openFile.js";

/** Value that JSON can hold. */
export type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject;

/** A JSON object with values of any kind. */
export interface JsonObject {
  [key: string]: JsonValue;
}

/** Type with all fields and lists readonly, however deep. */
export type DeepReadonly<T> = { readonly [K in keyof T]: DeepReadonly<T[K]> };

/** Fault of a value: its place in the value, and what was expected and found. */
export interface SchemaIssue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/**
 * Description of what a file must hold. A zod schema is one; to ask for this much only keeps the reading of files apart
 * from zod.
 */
export interface Schema<T> {
  safeParse(
    value: unknown,
  ): { success: true; data: T } | { success: false; error: { issues: readonly SchemaIssue[] } };
}

/** Schema of a number that JSON may hold as null where it is undefined: NaN in memory. */
export const numberOrGap = z
  .number()
  .nullable()
  .transform((value) => value ?? NaN);

/** Schema of numbers of which JSON may hold some as null. */
export const numbersWithGaps = z.array(numberOrGap);

/** Schema of an interval whose ends JSON may hold as null. */
export const intervalWithGaps = z
  .tuple([z.number().nullable(), z.number().nullable()])
  .transform(([low, high]): [number, number] => [low ?? NaN, high ?? NaN]);

/** Schema of intervals whose ends JSON may hold as null. */
export const intervalsWithGaps = z.array(intervalWithGaps);

/**
 * Reads and validates a JSON file.
 *
 * @throws TurncoatError naming the file, and the field path where the content is not what was expected.
 */
export function readJson<T>(path: string, schema: Schema<T>): T {
  return parseJson(readText(path), schema, path);
}

/** Parses and validates JSON text; `source` names it in errors (a path, or a path and a line). */
export function parseJson<T>(text: string, schema: Schema<T>, source: string): T {
  return validate(parseJsonText(text, source), schema, source);
}

/** Parses JSON text into a value whose type is not known yet. */
export function parseJsonText(text: string, source: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch (error) {
    throw new TurncoatError(
      `${source}: expected JSON, found something else (${messageOf(error).replace(/\s+/g, " ")})`,
    );
  }
}

/** Checks a parsed value against a schema; the error names the source and the first wrong field. */
export function validate<T>(value: unknown, schema: Schema<T>, source: string): T {
  const result = parsedBy(schema, value, source);
  if (result.success) return result.data;
  throw new TurncoatError(`${source}: ${describeIssues(result.error.issues)}`);
}

/** Checks a value against a schema; one that is nested without end overflows the stack, which is an error of its own. */
function parsedBy<T>(schema: Schema<T>, value: unknown, source: string): ReturnType<Schema<T>["safeParse"]> {
  try {
    return schema.safeParse(value);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new TurncoatError(`${source}: expected a record, found lists or objects nested too deep`);
  }
}

const jsonObjectSchema = z.record(z.string(), z.json());

/**
 * Makes a record what JSON will hold of it: null for numbers that are not finite, nothing for undefined. Also gives a
 * record of any interface the type `JsonObject`.
 */
export function jsonObjectOf(record: object): JsonObject {
  return parseJson(JSON.stringify(record), jsonObjectSchema, "jsonObjectOf");
}

/**
 * Most bytes of a text that is read as a whole. Real ones are far smaller: the log of 100 000 steps takes about 20 MB.
 * What JSON becomes in memory may take twenty times as much as its text.
 */
const mostTextBytes = 64 * 2 ** 20;

/**
 * Reads the whole text of a file: UTF-8, or UTF-16 where it begins with that byte order mark, as Excel saves "Unicode
 * text". The mark itself is left out.
 *
 * @param most bytes that the file may have. @default 64 MiB
 */
export function readText(path: string, most = mostTextBytes): string {
  const bytes = readWholeFile(path, most);
  const encoding =
    bytes[0] === 0xff && bytes[1] === 0xfe
      ? "utf-16le"
      : bytes[0] === 0xfe && bytes[1] === 0xff
        ? "utf-16be"
        : "utf-8";
  return new TextDecoder(encoding).decode(bytes);
}

/** Describes the first fault in words, and counts the others. */
function describeIssues(issues: readonly SchemaIssue[]): string {
  const first = issues[0];
  if (first === undefined) return "is not valid";
  const field = fieldPath(first.path);
  const message = first.message
    .replace(/^Invalid input: /, "")
    .replace(/, received /, ", found ")
    .replace(/^Invalid option: /, "")
    .replace(/, found undefined$/, ", found nothing");
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : "";
  return `${field === "" ? "" : `field ${field}: `}${message}${more}`;
}

/** Writes the path of a field, `["log_history", 3, "step"]` as `log_history[3].step`. */
function fieldPath(path: readonly PropertyKey[]): string {
  let text = "";
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`;
    else text += text === "" ? String(part) : `.${String(part)}`;
  }
  return text;
}
