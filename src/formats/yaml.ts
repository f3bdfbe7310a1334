import { isNode, isScalar, isSeq, LineCounter, parseDocument, visit, type Document } from "yaml";
import { TurncoatError } from "../errors.js";
import { readText, validate, type Schema } from "./json.js";

/**
 * Reads and validates a YAML file: anchors, aliases and merge keys (`<<`) are resolved.
 *
 * @param asWritten keys whose values are texts, as for `parseYaml`
 * @throws TurncoatError naming `file:line`, and the field where the content is not what was expected
 */
export function readYaml<T>(path: string, schema: Schema<T>, asWritten: readonly string[] = []): T {
  return parseYaml(readText(path), schema, path, asWritten);
}

/**
 * Parses and validates YAML text that is in memory already; `source` names the file in errors.
 *
 * @param asWritten keys whose values are texts, alone or in a list: a number or a truth value there is the text that the
 *   file holds, as its author wrote `1984` or `no` and meant the words. @default none
 */
export function parseYaml<T>(
  text: string,
  schema: Schema<T>,
  source: string,
  asWritten: readonly string[] = [],
): T {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    merge: true,
    lineCounter: lines,
    prettyErrors: false,
    logLevel: "error",
  });
  const [fault] = document.errors;
  if (fault !== undefined) {
    const { line } = lines.linePos(fault.pos[0]);
    throw new TurncoatError(
      `${source}:${line}: expected YAML, found something else (${firstLine(fault.message)})`,
    );
  }
  if (asWritten.length > 0) keepAsWritten(document, asWritten);
  let value: unknown;
  try {
    value = document.toJS();
  } catch (error) {
    // An alias without its anchor, or so many aliases that the file unfolds without bounds.
    throw new TurncoatError(`${source}: ${error instanceof Error ? firstLine(error.message) : "not usable"}`);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const line = lineOf(document, lines, result.error.issues[0]?.path ?? []);
  return validate(value, schema, line === undefined ? source : `${source}:${line}`);
}

/** Makes the numbers and truth values under some keys the texts that the file holds. */
function keepAsWritten(document: Document, keys: readonly string[]): void {
  const keep = (node: unknown): void => {
    if (isSeq(node)) node.items.forEach(keep);
    const isPlain = isScalar(node) && (typeof node.value === "number" || typeof node.value === "boolean");
    if (isPlain && node.source !== undefined) node.value = node.source;
  };
  visit(document, {
    Pair: (_, { key, value }) => {
      if (isScalar(key) && typeof key.value === "string" && keys.includes(key.value)) keep(value);
    },
  });
}

/** Finds the line of a field, or of the nearest thing around it that the file holds. */
function lineOf(document: Document, lines: LineCounter, path: readonly PropertyKey[]): number | undefined {
  for (let length = path.length; length >= 0; length--) {
    const node: unknown = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return undefined;
}

function firstLine(text: string): string {
  return text.split("\n")[0] ?? text;
}
