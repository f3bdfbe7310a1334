import { TemplateFault, unsupported } from "./templateFault.js";
import type { Arguments, Value } from "./values.js";

/** Fills in a text as Python's `str.format` does, for `{}`, `{0}` and `{name}`; whatever else is asked for is refused. */
export function formatBraces(pattern: string, args: Arguments, toText: (value: Value) => string): string {
  let next = 0;
  return pattern.replace(/\{\{|\}\}|\{([^{}]*)\}|[{}]/g, (whole: string, field: string | undefined) => {
    if (whole === "{{" || whole === "}}") return whole.charAt(0);
    if (field === undefined) throw new TemplateFault(`str.format: a single "${whole}"`);
    if (!/^\w*$/.test(field)) throw unsupported(`the format "${whole}"`);
    const value = /^\d*$/.test(field)
      ? args.positional[field === "" ? next++ : Number(field)]
      : args.keywords.get(field);
    if (value === undefined) throw new TemplateFault(`str.format: nothing for "${whole}"`);
    return toText(value);
  });
}
