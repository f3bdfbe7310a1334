import type { Budget } from "./budget.js";
import { toText } from "./pythonRepr.js";
import { RaisedByTemplate, TemplateFault, unsupported } from "./templateFault.js";
import {
  bound,
  Callable,
  Dict,
  itemsOf,
  keyIn,
  Namespace,
  orElse,
  Sequence,
  textIn,
  Undefined,
  wholeNumber,
  type Arguments,
  type Key,
  type Value,
} from "./values.js";

/** Longest range that Jinja's sandbox allows. */
const longestRange = 100_000;

/** Entries from the arguments of `dict` and `namespace`: a dictionary or pairs, and names. */
function entriesOf(args: Arguments, of: string): Map<Key, Value> {
  const [from, ...others] = args.positional;
  if (others.length > 0) throw new TemplateFault(`${of} expected at most 1 argument`);
  const entries = new Map<Key, Value>();
  if (from instanceof Dict) for (const [key, value] of from.entries) entries.set(key, value);
  else if (from !== undefined) {
    for (const pair of itemsOf(from)) {
      const [key, value, ...more] = itemsOf(pair);
      if (value === undefined || more.length > 0) throw new TemplateFault(`${of}: expected pairs`);
      entries.set(keyIn(orElse(key, null)), value);
    }
  }
  for (const [key, value] of args.keywords) entries.set(key, value);
  return entries;
}

function range(args: Arguments, budget: Budget): Value {
  const given = bound(args, "range", "/start", "/stop", "/step").filter((value) => value !== undefined);
  const numbers = given.map((value) => wholeNumber(value, "range"));
  const [first = 0, second, step = 1] = numbers;
  if (numbers.length === 0) throw new TemplateFault("range expected at least 1 argument, got 0");
  const [start, stop] = second === undefined ? [0, first] : [first, second];
  if (step === 0) throw new TemplateFault("range() arg 3 must not be zero");
  const length = Math.max(0, Math.ceil((stop - start) / step));
  if (length > longestRange) {
    throw new TemplateFault(
      `range of ${length} items: expected at most ${longestRange}, as in Jinja's sandbox`,
    );
  }
  budget.spend(length);
  const items = Array.from({ length }, (_, index) => start + index * step);
  const written = `range(${start}, ${stop}${step === 1 ? "" : `, ${step}`})`;
  return new Sequence("range", items, written);
}

/** The day on which every conversation is written, so that no prompt depends on the clock: that of Llama's own fallback. */
const day: Readonly<Record<string, string>> = {
  "%d": "26",
  "%m": "07",
  "%Y": "2024",
  "%y": "24",
  "%b": "Jul",
  "%B": "July",
  "%a": "Fri",
  "%A": "Friday",
  "%H": "00",
  "%I": "12",
  "%M": "00",
  "%S": "00",
  "%p": "AM",
  "%j": "208",
  "%-d": "26",
  "%-m": "7",
  "%%": "%",
};

/** Date of {@link day} as Llama's templates write it. */
export const writtenDate = "26 Jul 2024";

function dateText(format: string): string {
  return format.replace(/%(-?[^])?/g, (sign) => {
    const text = day[sign];
    if (text === undefined) throw unsupported(`strftime_now with "${sign}"`);
    return text;
  });
}

/** What a template can call: Jinja's functions and those that transformers adds. */
export function globalsFor(budget: Budget): Map<string, Value> {
  const functions: Record<string, (args: Arguments) => Value> = {
    range: (args) => range(args, budget),
    dict: (args) => new Dict(entriesOf(args, "dict")),
    namespace: (args) =>
      new Namespace(
        [...entriesOf(args, "namespace")].map(([key, value]) => [textIn(key, "namespace"), value]),
      ),
    raise_exception: (args) => {
      const [message = null] = bound(args, "raise_exception", "message");
      if (message instanceof Undefined) throw message.fault();
      throw new RaisedByTemplate(toText(message));
    },
    strftime_now: (args) => dateText(textIn(bound(args, "strftime_now", "format")[0], "strftime_now")),
  };
  for (const name of ["lipsum", "cycler", "joiner"]) {
    functions[name] = () => {
      throw unsupported(`the function ${name}`);
    };
  }
  return new Map(Object.entries(functions).map(([name, call]) => [name, new Callable(name, call)]));
}
