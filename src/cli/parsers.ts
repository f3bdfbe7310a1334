import { InvalidArgumentError } from "commander";

/** A whole number of at least `minimum`. */
export function wholeNumber(minimum: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === "" || !Number.isInteger(value) || value < minimum) {
      throw new InvalidArgumentError(`expected a whole number of at least ${minimum}.`);
    }
    return value;
  };
}

/** A number above 0. */
export function positiveNumber(text: string): number {
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value)) throw new InvalidArgumentError("expected a number above 0.");
  return value;
}

/** Any number but infinity. */
export function finiteNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) throw new InvalidArgumentError("expected a number.");
  return value;
}

/** A number from `low` to `high`, both included. */
export function numberBetween(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === "" || !(value >= low && value <= high)) {
      const range = high === Infinity ? `of at least ${low}` : `from ${low} to ${high}`;
      throw new InvalidArgumentError(`expected a number ${range}.`);
    }
    return value;
  };
}

/** Whole numbers separated by commas, such as `0,2,4`. */
export function wholeNumbers(text: string): number[] {
  return text.split(",").map(wholeNumber(0));
}

/** One of a list of names. */
export function oneOf<Name extends string>(names: readonly Name[]): (text: string) => Name {
  return (text) => {
    const known = names.find((name) => name === text);
    if (known === undefined) throw new InvalidArgumentError(`expected one of ${names.join(", ")}.`);
    return known;
  };
}

/** Names separated by commas, each one of a list. */
export function severalOf<Name extends string>(names: readonly Name[]): (text: string) => Name[] {
  return (text) => text.split(",").map((part) => oneOf(names)(part.trim()));
}
