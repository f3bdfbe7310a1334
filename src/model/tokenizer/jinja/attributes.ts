import type { Budget } from "./budget.js";
import { areEqual } from "./operators.js";
import { codePoints } from "./pythonText.js";
import { toRepr } from "./pythonRepr.js";
import { TemplateFault, unsupported } from "./templateFault.js";
import { textMethod } from "./textMethods.js";
import {
  bound,
  Callable,
  Dict,
  Float,
  Loop,
  Namespace,
  orElse,
  Sequence,
  typeName,
  Undefined,
  wholeNumber,
  type Arguments,
  type Value,
} from "./values.js";

const changesDict = new Set(["clear", "pop", "popitem", "setdefault", "update"]);
const changesList = new Set(["append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort"]);
const ofNumbers = new Set(
  (
    "as_integer_ratio bit_count bit_length conjugate denominator from_bytes fromhex hex imag is_integer numerator " +
    "real to_bytes"
  ).split(" "),
);

/** What `value.name` is: Python's own attribute first, then an item of that name, or else undefined. */
export function attributeOf(value: Value, name: string, budget: Budget): Value {
  if (value instanceof Undefined) throw value.fault();
  if (value instanceof Dict && !changesDict.has(name) && ownAttribute(value, name, budget) === undefined) {
    return orElse(value.get(name), absent(value, name));
  }
  return orElse(ownAttribute(value, name, budget), absent(value, name));
}

/** What `value[at]` is: the item, or else Python's attribute of that name, or else undefined. */
export function itemOf(value: Value, at: Value, budget: Budget): Value {
  if (value instanceof Undefined) throw value.fault();
  const own = value instanceof Dict ? value.get(at) : undefined;
  if (own !== undefined) return own;
  if (typeof at === "number" || typeof at === "boolean") {
    const index = Number(at);
    const items = typeof value === "string" ? codePoints(value) : listItems(value);
    if (typeof value === "string") budget.spendCharacters(value.length);
    return orElse(items?.at(index), absent(value, String(index)));
  }
  if (typeof at !== "string") return absent(value, typeName(at));
  return orElse(ownAttribute(value, at, budget), absent(value, at));
}

function listItems(value: Value): readonly Value[] | undefined {
  if (!(value instanceof Sequence)) return undefined;
  return value.kind === "view" || value.kind === "iterator" ? undefined : value.items;
}

function absent(value: Value, name: string): Undefined {
  return new Undefined(`'${typeName(value)} object' has no attribute '${name}'`);
}

/** Cuts out a part of a text or list as Python's slices do. */
export function sliceOfValue(value: Value, bounds: readonly (Value | undefined)[], budget: Budget): Value {
  if (value instanceof Undefined) throw value.fault();
  if (typeof value === "string") return cut(codePoints(value), bounds, budget).join("");
  const items = listItems(value);
  // Jinja leaves slices to Python, which refuses them where it only misses an item otherwise.
  if (items === undefined) throw new TemplateFault(`'${typeName(value)}' object is not subscriptable`);
  return new Sequence(value instanceof Sequence ? value.kind : "list", cut(items, bounds, budget));
}

function cut<Item>(items: readonly Item[], bounds: readonly (Value | undefined)[], budget: Budget): Item[] {
  const [start, stop, step] = bounds.map((bound) =>
    bound === undefined || bound === null ? undefined : wholeNumber(bound, "slice"),
  );
  const by = step ?? 1;
  if (by === 0) throw new TemplateFault("slice step cannot be zero");
  const [low, high] = by > 0 ? [0, items.length] : [-1, items.length - 1];
  const place = (at: number | undefined, fallback: number) =>
    at === undefined ? fallback : Math.min(Math.max(at < 0 ? at + items.length : at, low), high);
  const picked: Item[] = [];
  const end = place(stop, by > 0 ? high : low);
  for (let at = place(start, by > 0 ? low : high); by > 0 ? at < end : at > end; at += by) {
    const item = items[at];
    if (item !== undefined) picked.push(item);
  }
  budget.spend(picked.length);
  return picked;
}

/** Python's own attribute of a value: a method, or undefined where there is none of the name. */
function ownAttribute(value: Exclude<Value, Undefined>, name: string, budget: Budget): Value | undefined {
  if (name.startsWith("__")) throw unsupported(`the attribute ${name}`);
  if (value === null) return undefined;
  if (typeof value === "string") {
    const method = textMethod(value, name, budget);
    return method === undefined ? undefined : new Callable(`str.${name}`, method);
  }
  if (value instanceof Dict) return dictMethod(value, name, budget);
  if (value instanceof Sequence) return listMethod(value, name);
  if (value instanceof Namespace) return value.entries.get(name);
  if (value instanceof Loop) return loopAttribute(value, name);
  if (value instanceof Callable) throw unsupported(`the attribute ${name} of ${value.name}`);
  if (ofNumbers.has(name)) throw unsupported(`${value instanceof Float ? "float" : "int"}.${name}`);
  return undefined;
}

function forbidden(of: string): TemplateFault {
  return new TemplateFault(`${of} changes a value, which templates may not`);
}

function dictMethod(dict: Dict, name: string, budget: Budget): Value | undefined {
  const { entries } = dict;
  const of = `dict.${name}`;
  const method = (call: (args: Arguments) => Value) => new Callable(of, call);
  const view = (kind: string, items: readonly Value[]) => {
    budget.spend(items.length);
    return new Sequence("view", items, `dict_${kind}(${toRepr(new Sequence("list", items))})`);
  };
  switch (name) {
    case "get":
      return method((args) => {
        const [key, fallback = null] = bound(args, of, "/key", "/default");
        return orElse(dict.get(orElse(key, null)), fallback);
      });
    case "keys":
      return method((args) => (bound(args, of), view(name, [...entries.keys()])));
    case "values":
      return method((args) => (bound(args, of), view(name, [...entries.values()])));
    case "items":
      return method((args) => (bound(args, of), view(name, pairsOf(dict))));
    case "copy":
      return method((args) => (bound(args, of), dict));
    case "fromkeys":
      throw unsupported(of);
    default:
      if (changesDict.has(name)) throw forbidden(of);
      return undefined;
  }
}

/** Key and value of each entry, as tuples. */
export function pairsOf(dict: Dict): Sequence[] {
  return [...dict.entries].map((pair) => new Sequence("tuple", pair));
}

function listMethod(list: Sequence, name: string): Value | undefined {
  const of = `${list.kind}.${name}`;
  if (list.kind === "view") {
    if (name === "isdisjoint" || name === "mapping") throw unsupported(of);
    return undefined;
  }
  if (list.kind === "iterator") return undefined;
  if (name === "count") {
    return new Callable(of, (args) => {
      const [wanted = null] = bound(args, of, "/value");
      return list.items.filter((item) => areEqual(item, wanted)).length;
    });
  }
  if (name === "index") {
    return new Callable(of, (args) => {
      const [wanted = null] = bound(args, of, "/value");
      const at = list.items.findIndex((item) => areEqual(item, wanted));
      if (at < 0) throw new TemplateFault(`${of}: not in the list`);
      return at;
    });
  }
  if (list.kind === "range" && ["start", "stop", "step"].includes(name)) throw unsupported(of);
  if (list.kind !== "list") return undefined;
  if (name === "copy") return new Callable(of, () => list);
  if (changesList.has(name)) throw forbidden(of);
  return undefined;
}

function loopAttribute(loop: Loop, name: string): Value | undefined {
  const { items, index } = loop;
  switch (name) {
    case "index":
      return index + 1;
    case "index0":
      return index;
    case "revindex":
      return items.length - index;
    case "revindex0":
      return items.length - index - 1;
    case "first":
      return index === 0;
    case "last":
      return index === items.length - 1;
    case "length":
      return items.length;
    case "depth":
      // Only recursive loops go deeper, which are not supported.
      return 1;
    case "depth0":
      return 0;
    case "previtem":
      return orElse(items[index - 1], new Undefined("there is no previous item"));
    case "nextitem":
      return orElse(items[index + 1], new Undefined("there is no next item"));
    case "cycle":
      return new Callable("loop.cycle", ({ positional }) => {
        const chosen = positional[index % positional.length];
        if (chosen === undefined) throw new TemplateFault("no items for cycling given");
        return chosen;
      });
    case "changed":
      throw unsupported("loop.changed");
    default:
      return undefined;
  }
}
