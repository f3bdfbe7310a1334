import { codePoints, compareTexts } from "./pythonText.js";
import { TemplateFault, unsupported } from "./templateFault.js";
import { Dict, Float, Sequence, typeName, Undefined, type Key, type Value } from "./values.js";

/** Writes a value as Python's `str()` does, which is how a template prints it. */
export function toText(value: Value): string {
  if (typeof value === "string") return value;
  return value instanceof Undefined ? "" : toRepr(value);
}

/** Writes a value as Python's `repr()` does, which is how it stands inside a list. */
export function toRepr(value: Value): string {
  if (value === null) return "None";
  if (typeof value === "string") return quoted(value);
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") return String(value);
  if (value instanceof Float) return floatText(value.value);
  if (value instanceof Undefined) return "Undefined";
  if (value instanceof Dict) {
    return `{${[...value.entries].map(([key, item]) => `${toRepr(key)}: ${toRepr(item)}`).join(", ")}}`;
  }
  if (value instanceof Sequence) {
    if (value.kind === "list") return `[${value.items.map(toRepr).join(", ")}]`;
    if (value.kind === "tuple") {
      return `(${value.items.map(toRepr).join(", ")}${value.items.length === 1 ? "," : ""})`;
    }
    if (value.written !== undefined) return value.written;
  }
  throw unsupported(`writing a value of type ${typeName(value)}`);
}

const named = new Map([
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
  ["\\", "\\\\"],
]);

function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const inside = codePoints(text).map((character) => {
    if (character === quote) return `\\${quote}`;
    const escape = named.get(character);
    if (escape !== undefined) return escape;
    if (character === " " || !/[\p{C}\p{Z}]/u.test(character)) return character;
    const code = (character.codePointAt(0) ?? 0).toString(16);
    if (code.length <= 2) return `\\x${code.padStart(2, "0")}`;
    return code.length <= 4 ? `\\u${code.padStart(4, "0")}` : `\\U${code.padStart(8, "0")}`;
  });
  return quote + inside.join("") + quote;
}

/** Writes a number with a fraction as Python does: the shortest digits, with an exponent from 1e16 on and below 1e-4. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
  const [digits = "", power = "0"] = value.toExponential().split("e");
  const exponent = Number(power);
  if (exponent < -4 || exponent >= 16) {
    return `${digits}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  const plain =
    exponent < 0 ? value.toFixed(digits.replace(/[-.]/g, "").length - 1 - exponent) : String(value);
  return plain.includes(".") ? plain : `${plain}.0`;
}

/** How JSON is laid out. */
export interface JsonLayout {
  readonly isAscii: boolean;
  readonly sortsKeys: boolean;
  /** White space of one level, undefined for everything in one line. */
  readonly indent: string | undefined;
  readonly itemSeparator: string;
  readonly keySeparator: string;
}

/** Writes a value as Python's `json.dumps` does. */
export function toJson(value: Value, layout: JsonLayout, padding = "\n"): string {
  if (value === null) return "null";
  if (typeof value === "boolean") return String(value);
  if (typeof value === "number") return String(value);
  if (typeof value === "string") return jsonText(value, layout.isAscii);
  if (value instanceof Float) {
    const text = floatText(value.value);
    return (
      new Map([
        ["nan", "NaN"],
        ["inf", "Infinity"],
        ["-inf", "-Infinity"],
      ]).get(text) ?? text
    );
  }
  const deeper = padding + (layout.indent ?? "");
  if (value instanceof Sequence && (value.kind === "list" || value.kind === "tuple")) {
    return enclosed(
      "[]",
      value.items.map((item) => toJson(item, layout, deeper)),
      layout,
      padding,
    );
  }
  if (value instanceof Dict) {
    const entries = [...value.entries];
    if (layout.sortsKeys) entries.sort(([one], [other]) => keyOrder(one, other));
    const written = entries.map(
      ([key, item]) =>
        jsonText(String(key), layout.isAscii) + layout.keySeparator + toJson(item, layout, deeper),
    );
    return enclosed("{}", written, layout, padding);
  }
  throw new TemplateFault(`tojson: a value of type ${typeName(value)} is not JSON`);
}

function keyOrder(one: Key, other: Key): number {
  if (typeof one === "string" && typeof other === "string") return compareTexts(one, other);
  if (typeof one === "number" && typeof other === "number") return one - other;
  throw new TemplateFault("tojson: keys of several types cannot be sorted");
}

function enclosed(brackets: string, items: readonly string[], layout: JsonLayout, padding: string): string {
  const [open = "", close = ""] = brackets;
  if (items.length === 0) return brackets;
  if (layout.indent === undefined) return open + items.join(layout.itemSeparator) + close;
  const deeper = padding + layout.indent;
  return open + deeper + items.join(layout.itemSeparator + deeper) + padding + close;
}

const short = new Map([
  ['"', '\\"'],
  ["\\", "\\\\"],
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
  ["\b", "\\b"],
  ["\f", "\\f"],
]);

function jsonText(text: string, isAscii: boolean): string {
  // The class of what is left as it stands: printable ASCII without quote and backslash, and the rest unless ASCII.
  const escaped = isAscii ? /[^ !#-[\]-~]/g : /["\\]|\p{Cc}/gu;
  const inside = text.replace(escaped, (unit) => {
    const code = unit.charCodeAt(0);
    // JSON escapes the control characters of ASCII alone, where it need not be ASCII.
    if (!isAscii && code >= 0x7f) return unit;
    return short.get(unit) ?? `\\u${code.toString(16).padStart(4, "0")}`;
  });
  return `"${inside}"`;
}
