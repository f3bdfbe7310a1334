import type { Filter, FilterContext } from "./filterContext.js";
import { formatPercent } from "./formatPercent.js";
import { listFilters } from "./listFilters.js";
import { toJson, toText } from "./pythonRepr.js";
import { capitalize, sliceOf, codePoints, splitLines } from "./pythonText.js";
import { TemplateFault, unsupported } from "./templateFault.js";
import { textMethod } from "./textMethods.js";
import {
  bound,
  Float,
  isTrue,
  numberIn,
  Sequence,
  textIn,
  typeName,
  Undefined,
  whole,
  wholeNumber,
  type Arguments,
  type Value,
} from "./values.js";

/** A filter that is a method of texts: whatever it gets is written as text first. */
const asMethod =
  (name: string, ...parameters: readonly string[]): Filter =>
  (value, args, { budget }) => {
    const positional = bound(args, name, ...parameters).filter((item) => item !== undefined);
    const method = textMethod(budget.text(toText(value)), name === "trim" ? "strip" : name, budget);
    return method?.({ positional, keywords: new Map() }) ?? null;
  };

const replace: Filter = (value, args, { budget }) => {
  const [old = null, replacement = null, count] = bound(args, "replace", "old", "new", "count");
  const positional = [
    toText(old),
    toText(replacement),
    ...(count === undefined || count === null ? [] : [count]),
  ];
  return textMethod(toText(value), "replace", budget)?.({ positional, keywords: new Map() }) ?? null;
};

const title: Filter = (value, _args, { budget }) =>
  budget
    .text(toText(value))
    .split(/([-\s({[<]+)/)
    .map((word) => {
      const [first = ""] = codePoints(word);
      return first.toUpperCase() + sliceOf(word, 1).toLowerCase();
    })
    .join("");

const fallback: Filter = (value, args) => {
  const [instead = "", isBoolean = false] = bound(args, "default", "default_value", "boolean");
  return value instanceof Undefined || (isTrue(isBoolean) && !isTrue(value)) ? instead : value;
};

const toWhole: Filter = (value, args) => {
  const [instead = 0, base = 10] = bound(args, "int", "default", "base");
  if (base !== 10) throw unsupported("the filter int with a base");
  if (value instanceof Undefined) throw value.fault();
  const number = typeof value === "string" ? numberOf(value, "int") : numberIn(value);
  return number === undefined || !Number.isFinite(number) ? instead : whole(Math.trunc(number));
};

const toFloat: Filter = (value, args) => {
  const [instead = new Float(0)] = bound(args, "float", "default");
  if (value instanceof Undefined) throw value.fault();
  const number = typeof value === "string" ? numberOf(value, "float") : numberIn(value);
  return number === undefined ? instead : new Float(number);
};

/** Reads a number as Python does, and refuses spellings that only Python knows. */
function numberOf(text: string, of: string): number | undefined {
  const trimmed = text.trim();
  if (/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(trimmed)) return Number(trimmed);
  if (/[\p{N}]_|^[-+]?(inf|nan)/iu.test(trimmed) || /[^\0-\x7f]/.test(trimmed)) {
    throw unsupported(`the filter ${of} of "${text}"`);
  }
  return undefined;
}

const absolute: Filter = (value) => {
  const number = numberIn(value);
  if (number === undefined) throw new TemplateFault(`abs: expected a number, found ${typeName(value)}`);
  return value instanceof Float ? new Float(Math.abs(number)) : Math.abs(number);
};

const round: Filter = (value, args) => {
  if (typeof value === "number" && args.positional.length === 0 && args.keywords.size === 0) return value;
  throw unsupported("the filter round of a number with a fraction");
};

const indent: Filter = (value, args, { budget }) => {
  const [width = 4, first = false, blank = false] = bound(args, "indent", "width", "first", "blank");
  const space = typeof width === "string" ? width : spaces(width, "indent");
  const lines = splitLines(`${textIn(value, "indent")}\n`, false);
  budget.spendCharacters(lines.length * space.length);
  const rest = lines.slice(1).map((line) => (line === "" && !isTrue(blank) ? "" : space + line));
  return budget.text((isTrue(first) ? space : "") + [lines[0] ?? "", ...rest].join("\n"));
};

/** As transformers defines it, which keeps letters beyond ASCII and the order of keys. */
const json: Filter = (value, args, { budget }) => {
  const [isAscii = false, indentation = null, separators = null, sorts = false] = bound(
    args,
    "tojson",
    "ensure_ascii",
    "indent",
    "separators",
    "sort_keys",
  );
  const step =
    typeof indentation === "string"
      ? indentation
      : indentation === null
        ? undefined
        : spaces(indentation, "tojson");
  let [itemSeparator, keySeparator] = [step === undefined ? ", " : ",", ": "];
  if (separators instanceof Sequence) {
    const [item, key] = separators.items;
    [itemSeparator, keySeparator] = [textIn(item, "tojson"), textIn(key, "tojson")];
  } else if (separators !== null) throw new TemplateFault("tojson: separators: expected two texts");
  const layout = {
    isAscii: isTrue(isAscii),
    sortsKeys: isTrue(sorts),
    indent: step,
    itemSeparator,
    keySeparator,
  };
  return budget.text(toJson(value, layout));
};

function spaces(count: Value, of: string): string {
  const wide = wholeNumber(count, of);
  if (wide > 1000) throw unsupported(`${of} by more than 1000 spaces`);
  return " ".repeat(Math.max(0, wide));
}

const format: Filter = (value, { positional, keywords }, { budget }) => {
  if (keywords.size > 0) throw unsupported("the filter format with names");
  return budget.text(formatPercent(toText(value), new Sequence("tuple", positional)));
};

const filters = new Map<string, Filter>([
  ...listFilters,
  ["trim", asMethod("trim", "chars")],
  ["upper", asMethod("upper")],
  ["lower", asMethod("lower")],
  ["capitalize", (value, _args, { budget }) => capitalize(budget.text(toText(value)))],
  ["center", (value, args, context) => center(value, args, context)],
  ["title", title],
  ["replace", replace],
  ["default", fallback],
  ["d", fallback],
  ["string", (value, _args, { budget }) => budget.text(toText(value))],
  ["int", toWhole],
  ["float", toFloat],
  ["abs", absolute],
  ["round", round],
  ["indent", indent],
  ["tojson", json],
  ["format", format],
]);

const center: Filter = (value, args, { budget }) => {
  const [width = 80] = bound(args, "center", "width");
  return textMethod(toText(value), "center", budget)?.({ positional: [width], keywords: new Map() }) ?? null;
};

/**
 * Applies a filter by name.
 * @throws TemplateFault where there is none of this name here
 */
export function applyFilter(name: string, value: Value, args: Arguments, context: FilterContext): Value {
  const filter = filters.get(name);
  if (filter === undefined) throw unsupported(`the filter "${name}"`);
  return filter(value, args, context);
}

/** Tells whether a filter of this name can be applied. */
export function isFilter(name: string): boolean {
  return filters.has(name);
}
