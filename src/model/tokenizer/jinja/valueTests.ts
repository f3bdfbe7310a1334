import { isFilter } from "./filters.js";
import { areEqual, compare, calculate } from "./operators.js";
import type { FilterContext } from "./filterContext.js";
import { toText } from "./pythonRepr.js";
import { TemplateFault, unsupported } from "./templateFault.js";
import { textMethod } from "./textMethods.js";
import {
  bound,
  Callable,
  Dict,
  Float,
  Namespace,
  numberIn,
  Sequence,
  textIn,
  Undefined,
  type Arguments,
  type Value,
} from "./values.js";

type Test = (value: Value, args: Arguments, context: FilterContext) => boolean;

const plain =
  (test: (value: Value) => boolean): Test =>
  (value, args) => {
    bound(args, "test");
    return test(value);
  };

const comparing =
  (sign: "==" | "!=" | "<" | "<=" | ">" | ">=" | "in"): Test =>
  (value, args) => {
    const [other] = bound(args, sign, "other");
    if (other === undefined) throw new TemplateFault(`${sign}: nothing to compare with`);
    return compare(sign, value, other);
  };

const divisible =
  (rest: number, by?: number): Test =>
  (value, args, { budget }) => {
    const [divisor = by ?? null] = by === undefined ? bound(args, "divisibleby", "num") : [];
    return areEqual(calculate("%", value, divisor, budget), rest);
  };

const letters =
  (name: "islower" | "isupper"): Test =>
  (value, _args, { budget }) =>
    textMethod(toText(value), name, budget)?.({ positional: [], keywords: new Map() }) === true;

const isIterable = (value: Value) =>
  typeof value === "string" ||
  value instanceof Sequence ||
  value instanceof Dict ||
  value instanceof Undefined;

const tests: ReadonlyMap<string, Test> = new Map<string, Test>([
  ["defined", plain((value) => !(value instanceof Undefined))],
  ["undefined", plain((value) => value instanceof Undefined)],
  ["none", plain((value) => value === null)],
  ["true", plain((value) => value === true)],
  ["false", plain((value) => value === false)],
  ["boolean", plain((value) => typeof value === "boolean")],
  ["integer", plain((value) => typeof value === "number")],
  ["float", plain((value) => value instanceof Float)],
  ["number", plain((value) => numberIn(value) !== undefined)],
  ["string", plain((value) => typeof value === "string")],
  ["mapping", plain((value) => value instanceof Dict)],
  ["iterable", plain(isIterable)],
  [
    "sequence",
    plain(
      (value) =>
        isIterable(value) && !(value instanceof Sequence && ["view", "iterator"].includes(value.kind)),
    ),
  ],
  ["callable", plain((value) => value instanceof Callable || value instanceof Undefined)],
  ["lower", letters("islower")],
  ["upper", letters("isupper")],
  ["odd", divisible(1, 2)],
  ["even", divisible(0, 2)],
  ["divisibleby", divisible(0)],
  ["filter", (value) => known(isFilter(textIn(value, "filter")), "filter", value)],
  ["test", (value) => known(tests.has(textIn(value, "test")), "test", value)],
  ["escaped", plain(() => false)],
  [
    "sameas",
    (value, args) => {
      const [other = null] = bound(args, "sameas", "other");
      const isSingle = (one: Value) => one === null || typeof one === "boolean";
      if (!isSingle(value) && !isSingle(other))
        throw unsupported('the test "sameas" of other than none and booleans');
      return value === other;
    },
  ],
  ...(["==", "eq", "equalto"] as const).map((name) => [name, comparing("==")] as const),
  ...(["!=", "ne"] as const).map((name) => [name, comparing("!=")] as const),
  ...([">", "gt", "greaterthan"] as const).map((name) => [name, comparing(">")] as const),
  ...(["<", "lt", "lessthan"] as const).map((name) => [name, comparing("<")] as const),
  ...([">=", "ge"] as const).map((name) => [name, comparing(">=")] as const),
  ...(["<=", "le"] as const).map((name) => [name, comparing("<=")] as const),
  ["in", comparing("in")],
]);

/** Passes on that a name is known; of one that is not known here, Python might say otherwise. */
function known(isKnown: boolean, kind: string, value: Value): boolean {
  if (isKnown) return true;
  throw unsupported(`asking for the ${kind} "${toText(value)}"`);
}

/**
 * Applies a test by name (`value is name`).
 * @throws TemplateFault where there is none of this name here
 */
export function applyTest(name: string, value: Value, args: Arguments, context: FilterContext): boolean {
  const test = tests.get(name);
  if (test === undefined) throw unsupported(`the test "${name}"`);
  // Python's namespaces can be run through by accident; no template means to.
  if (value instanceof Namespace && name === "iterable")
    throw unsupported("asking whether a namespace is iterable");
  return test(value, args, context);
}
