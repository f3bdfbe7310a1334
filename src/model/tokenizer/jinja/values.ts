import { lengthOf, codePoints } from "./pythonText.js";
import { TemplateFault } from "./templateFault.js";

/** Value of a template, as Python has it: None, booleans, whole numbers, text and the classes below. */
export type Value =
  null | boolean | number | string | Float | Sequence | Dict | Undefined | Namespace | Loop | Callable;

/** Number with a fraction; JavaScript's own numbers stand for whole ones. */
export class Float {
  constructor(readonly value: number) {}
}

/** What a name or an item has where there is none. It prints as nothing, and fails where more is asked of it. */
export class Undefined {
  /** @param missing what is missing, as a clause: `"tools" is undefined` */
  constructor(readonly missing: string) {}

  /** Builds the fault of using it. */
  fault(): TemplateFault {
    return new TemplateFault(this.missing);
  }
}

/** List, tuple, range, view of a dictionary, or an iterator that can be run through once. */
export class Sequence {
  /** How far an iterator has been run through. */
  #at = 0;

  /** @param written how Python writes a range or a view */
  constructor(
    readonly kind: "list" | "tuple" | "range" | "view" | "iterator",
    private readonly values: readonly Value[],
    readonly written?: string,
  ) {}

  /** Its items; those of an iterator are gone after the first look. */
  get items(): readonly Value[] {
    if (this.kind !== "iterator") return this.values;
    const left = this.values.slice(this.#at);
    this.#at = this.values.length;
    return left;
  }

  /** The first item; an iterator gives its next one, and undefined at its end. */
  first(): Value | undefined {
    return this.values[this.kind === "iterator" ? this.#at++ : 0];
  }
}

/** Key of a dictionary: a text or a whole number. */
export type Key = string | number;

/** Dictionary. */
export class Dict {
  constructor(readonly entries: ReadonlyMap<Key, Value>) {}

  /** What stands under a key; True and 1.0 are the key 1, as in Python. */
  get(key: Value): Value | undefined {
    const number = numberIn(key);
    if (number !== undefined) return this.entries.get(number);
    return typeof key === "string" ? this.entries.get(key) : undefined;
  }
}

/** The one thing that a template can change (`namespace`). */
export class Namespace {
  readonly entries: Map<string, Value>;

  constructor(entries: Iterable<readonly [string, Value]>) {
    this.entries = new Map(entries);
  }
}

/** State of a loop (`loop`). */
export class Loop {
  constructor(
    readonly items: readonly Value[],
    readonly index: number,
  ) {}
}

/** The value, or another where there is none at all; None is a value. */
export function orElse(value: Value | undefined, otherwise: Value): Value {
  return value === undefined ? otherwise : value;
}

/** Arguments of a call. */
export interface Arguments {
  readonly positional: readonly Value[];
  readonly keywords: ReadonlyMap<string, Value>;
}

/** Function, method or macro. */
export class Callable {
  constructor(
    readonly name: string,
    readonly call: (args: Arguments) => Value,
  ) {}
}

/**
 * Sorts arguments by parameter, undefined where one is absent.
 * @param parameters names; one that begins with `/` cannot be given by name
 * @throws TemplateFault where there are more than parameters, or one is given twice
 */
export function bound(args: Arguments, of: string, ...parameters: readonly string[]): (Value | undefined)[] {
  if (args.positional.length > parameters.length) {
    throw new TemplateFault(
      `${of}: expected at most ${parameters.length} arguments, found ${args.positional.length}`,
    );
  }
  const values: (Value | undefined)[] = parameters.map((_, index) => args.positional[index]);
  for (const [name, value] of args.keywords) {
    const index = parameters.indexOf(name);
    if (index < 0 || index < args.positional.length) {
      throw new TemplateFault(`${of}: unexpected argument "${name}"`);
    }
    values[index] = value;
  }
  return values;
}

/** Python's name of a value's type. */
export function typeName(value: Value): string {
  if (value === null) return "NoneType";
  if (typeof value === "string") return "str";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "number") return "int";
  if (value instanceof Sequence) return value.kind;
  return value.constructor.name.toLowerCase();
}

/** Python's truth of a value. */
export function isTrue(value: Value): boolean {
  if (value === null || value instanceof Undefined) return false;
  if (typeof value === "string") return value !== "";
  if (typeof value === "number") return value !== 0;
  if (typeof value === "boolean") return value;
  if (value instanceof Float) return value.value !== 0;
  if (value instanceof Sequence) return value.kind === "iterator" || value.items.length > 0;
  if (value instanceof Dict) return value.entries.size > 0;
  return true;
}

/** The items that Python runs through: characters of a text, keys of a dictionary. */
export function itemsOf(value: Value): readonly Value[] {
  if (typeof value === "string") return codePoints(value);
  if (value instanceof Sequence) return value.items;
  if (value instanceof Dict) return [...value.entries.keys()];
  if (value instanceof Undefined) return [];
  throw new TemplateFault(`'${typeName(value)}' object is not iterable`);
}

/** Python's length, or undefined where a value has none. */
export function sizeOf(value: Value): number | undefined {
  if (typeof value === "string") return lengthOf(value);
  if (value instanceof Sequence) return value.kind === "iterator" ? undefined : value.items.length;
  if (value instanceof Dict) return value.entries.size;
  return value instanceof Undefined ? 0 : undefined;
}

/** The number behind a value, where it is one; booleans count as 0 and 1. */
export function numberIn(value: Value | undefined): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  return value instanceof Float ? value.value : undefined;
}

/** Reads an argument that must be a whole number. */
export function wholeNumber(value: Value | undefined, of: string): number {
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value === "number") return value;
  throw new TemplateFault(
    `${of}: expected a whole number, found ${value === undefined ? "none" : typeName(value)}`,
  );
}

/** Reads an argument that must be a text. */
export function textIn(value: Value | undefined, of: string): string {
  if (typeof value === "string") return value;
  if (value instanceof Undefined) throw value.fault();
  throw new TemplateFault(`${of}: expected a text, found ${value === undefined ? "none" : typeName(value)}`);
}

/** Reads the key of a dictionary. */
export function keyIn(value: Value): Key {
  return typeof value === "number" ? value : textIn(value, "the key of a dictionary");
}

/** Turns a whole result of arithmetic into a value, and refuses one that JavaScript cannot hold exactly. */
export function whole(value: number): number {
  if (!Number.isSafeInteger(value)) throw new TemplateFault("a whole number beyond 2^53");
  return value === 0 ? 0 : value;
}
