import { toRepr, toText } from "./pythonRepr.js";
import { TemplateFault, unsupported } from "./templateFault.js";
import { numberIn, Dict, Float, Sequence, typeName, type Value } from "./values.js";

/** Fills in a text as Python's `%` does, for `%s`, `%r`, `%d` and `%%`; whatever else is asked for is refused. */
export function formatPercent(pattern: string, values: Value): string {
  const isTuple = values instanceof Sequence && values.kind === "tuple";
  const given = isTuple ? values.items : [values];
  let used = 0;
  const text = pattern.replace(/%([^%sdr]|[sdr%]|$)/g, (whole: string, kind: string) => {
    if (kind === "%") return "%";
    if (!"sdr".includes(kind) || kind === "") throw unsupported(`the format "${whole}"`);
    const value = given[used++];
    if (value === undefined) throw new TemplateFault("not enough arguments for format string");
    if (kind === "s") return toText(value);
    if (kind === "r") return toRepr(value);
    const number = numberIn(value);
    if (number === undefined || value instanceof Float) throw unsupported(`%d of a ${typeName(value)}`);
    return String(number);
  });
  // Python lets a single list or dictionary go unused.
  const mayRest = !isTuple && (values instanceof Dict || values instanceof Sequence);
  if (used < given.length && !mayRest)
    throw new TemplateFault("not all arguments converted during string formatting");
  return text;
}
