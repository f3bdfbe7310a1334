import { attributeOf, itemOf, pairsOf } from "./attributes.js";
import type { Filter, FilterContext } from "./filterContext.js";
import { areEqual, calculate, orderOf } from "./operators.js";
import { toText } from "./pythonRepr.js";
import { codePoints } from "./pythonText.js";
import { TemplateFault } from "./templateFault.js";
import {
  bound,
  Dict,
  isTrue,
  itemsOf,
  orElse,
  Sequence,
  sizeOf,
  textIn,
  typeName,
  Undefined,
  wholeNumber,
  type Value,
} from "./values.js";

const list = (items: readonly Value[]) => new Sequence("list", items);
const iterator = (items: readonly Value[]) => new Sequence("iterator", items);

/** The items of a value, charged for. */
function charged(value: Value, { budget }: FilterContext): readonly Value[] {
  const items = itemsOf(value);
  budget.spend(items.length);
  return items;
}

/** A function that follows a path such as `function.name` into an item; the item itself without a path. */
function getter(path: Value | undefined, { budget }: FilterContext): (item: Value) => Value {
  if (path === undefined || path === null) return (item) => item;
  if (typeof path === "number") return (item) => itemOf(item, path, budget);
  const parts = textIn(path, "attribute")
    .split(".")
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  return (item) => parts.reduce<Value>((value, part) => itemOf(value, part, budget), item);
}

/** A key to sort by, which does not tell capitals unless asked to. */
function sortKey(
  path: Value | undefined,
  isSensitive: Value,
  context: FilterContext,
): (item: Value) => Value {
  const get = getter(path, context);
  return (item) => {
    const key = get(item);
    return typeof key === "string" && !isTrue(isSensitive) ? key.toLowerCase() : key;
  };
}

function sorted(items: readonly Value[], key: (item: Value) => Value, isReversed: boolean): readonly Value[] {
  const keyed = items.map((item) => ({ item, key: key(item) }));
  // Python keeps equal items in their order, in reverse too.
  keyed.sort((one, other) => (isReversed ? orderOf(other.key, one.key) : orderOf(one.key, other.key)));
  return keyed.map(({ item }) => item);
}

const length: Filter = (value) => {
  const size = sizeOf(value);
  if (size === undefined) throw new TemplateFault(`object of type '${typeName(value)}' has no len()`);
  return size;
};

const join: Filter = (value, args, context) => {
  const [separator = "", attribute] = bound(args, "join", "d", "attribute");
  const get = getter(attribute, context);
  return context.budget.text(
    charged(value, context)
      .map((item) => context.budget.text(toText(get(item))))
      .join(toText(separator)),
  );
};

const first: Filter = (value) => {
  const found = value instanceof Sequence ? value.first() : itemsOf(value)[0];
  return orElse(found, new Undefined("there is no first item"));
};

const last: Filter = (value) => {
  if (value instanceof Sequence && value.kind === "iterator") {
    throw new TemplateFault("'generator' object is not reversible");
  }
  return orElse(itemsOf(value).at(-1), new Undefined("there is no last item"));
};

const reverse: Filter = (value, _args, context) => {
  if (typeof value === "string") return codePoints(context.budget.text(value)).reverse().join("");
  return iterator([...charged(value, context)].reverse());
};

const sort: Filter = (value, args, context) => {
  const [isReversed = false, isSensitive = false, attribute] = bound(
    args,
    "sort",
    "reverse",
    "case_sensitive",
    "attribute",
  );
  if (typeof attribute === "string" && attribute.includes(",")) {
    throw new TemplateFault("sort by several attributes is not supported here");
  }
  const key = sortKey(attribute, isSensitive, context);
  return list(sorted(charged(value, context), key, wholeNumber(isReversed, "sort") !== 0));
};

const dictSort: Filter = (value, args, context) => {
  const [isSensitive = false, by = "key", isReversed = false] = bound(
    args,
    "dictsort",
    "case_sensitive",
    "by",
    "reverse",
  );
  if (!(value instanceof Dict))
    throw new TemplateFault(`dictsort: expected a dictionary, found ${typeName(value)}`);
  if (by !== "key" && by !== "value") throw new TemplateFault('dictsort: by: expected "key" or "value"');
  const key = sortKey(by === "key" ? 0 : 1, isSensitive, context);
  return list(sorted(pairsOf(value), key, isTrue(isReversed)));
};

const unique: Filter = (value, args, context) => {
  const [isSensitive = false, attribute] = bound(args, "unique", "case_sensitive", "attribute");
  const key = sortKey(attribute, isSensitive, context);
  const seen: Value[] = [];
  const items = charged(value, context).filter((item) => {
    const found = key(item);
    context.budget.spend(seen.length);
    if (seen.some((other) => areEqual(other, found))) return false;
    seen.push(found);
    return true;
  });
  return iterator(items);
};

const extreme =
  (name: string, isBetter: (order: number) => boolean): Filter =>
  (value, args, context) => {
    const [isSensitive = false, attribute] = bound(args, name, "case_sensitive", "attribute");
    const key = sortKey(attribute, isSensitive, context);
    const [start, ...others] = charged(value, context);
    if (start === undefined) return new Undefined("there is no item");
    return others.reduce((best, item) => (isBetter(orderOf(key(item), key(best))) ? item : best), start);
  };

const sum: Filter = (value, args, context) => {
  const [attribute, start = 0] = bound(args, "sum", "attribute", "start");
  if (typeof start === "string")
    throw new TemplateFault("sum() can't sum strings [use ''.join(seq) instead]");
  const get = getter(attribute, context);
  return charged(value, context).reduce<Value>(
    (total, item) => calculate("+", total, get(item), context.budget),
    start,
  );
};

const pairs: Filter = (value) => {
  if (value instanceof Undefined) return iterator([]);
  if (!(value instanceof Dict)) throw new TemplateFault("Can only get item pairs from a mapping.");
  return iterator(pairsOf(value));
};

const map: Filter = (value, args, context) => {
  if (!isTrue(value)) return iterator([]);
  const attribute = args.keywords.get("attribute");
  if (args.positional.length === 0 && attribute !== undefined) {
    const fallback = args.keywords.get("default");
    const get = getter(attribute, context);
    return iterator(
      charged(value, context).map((item) => {
        const found = get(item);
        return found instanceof Undefined && fallback !== undefined && fallback !== null ? fallback : found;
      }),
    );
  }
  const [name, ...positional] = args.positional;
  const filter = textIn(name, "map");
  const rest = { positional, keywords: args.keywords };
  return iterator(charged(value, context).map((item) => context.filter(filter, item, rest)));
};

/** `select` and its like: keeps the items that pass a test, or whose attribute does. */
const selecting =
  (name: string, byAttribute: boolean, wanted: boolean): Filter =>
  (value, args, context) => {
    if (!isTrue(value)) return iterator([]);
    const path = byAttribute ? args.positional[0] : undefined;
    const [test, ...positional] = args.positional.slice(byAttribute ? 1 : 0);
    if (byAttribute && path === undefined)
      throw new TemplateFault(`${name}: expected the name of an attribute`);
    const get = getter(path, context);
    const passes = (item: Value) =>
      test === undefined
        ? isTrue(item)
        : context.test(textIn(test, name), item, { positional, keywords: args.keywords });
    return iterator(charged(value, context).filter((item) => passes(get(item)) === wanted));
  };

const attribute: Filter = (value, args, { budget }) => {
  const [name] = bound(args, "attr", "name");
  if (value instanceof Dict) {
    throw new TemplateFault("the filter attr of a dictionary is not supported here");
  }
  return attributeOf(value, textIn(name, "attr"), budget);
};

/** Filters of lists and dictionaries, by name. */
export const listFilters: readonly (readonly [string, Filter])[] = [
  ["length", length],
  ["count", length],
  ["list", (value, args, context) => (bound(args, "list"), list([...charged(value, context)]))],
  ["join", join],
  ["first", first],
  ["last", last],
  ["reverse", reverse],
  ["sort", sort],
  ["dictsort", dictSort],
  ["unique", unique],
  ["min", extreme("min", (order) => order < 0)],
  ["max", extreme("max", (order) => order > 0)],
  ["sum", sum],
  ["items", pairs],
  ["map", map],
  ["select", selecting("select", false, true)],
  ["reject", selecting("reject", false, false)],
  ["selectattr", selecting("selectattr", true, true)],
  ["rejectattr", selecting("rejectattr", true, false)],
  ["attr", attribute],
];
