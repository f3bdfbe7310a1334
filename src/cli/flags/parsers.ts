import { InvalidArgumentError } from "commander";
import type { JsonObject } from "../../formats/json.js";
import type { UntouchedChoice } from "../../pipeline/interventions/plannedConditions.js";
import { didYouMean } from "../../hints.js";

/** A parser of a whole number of at least `minimum`. */
export function wholeNumber(minimum: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === "" || !Number.isInteger(value) || value < minimum) {
      throw new InvalidArgumentError(`expected a whole number of at least ${minimum}.`);
    }
    return value;
  };
}

/** Parses a number above 0. */
export function positiveNumber(text: string): number {
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value)) throw new InvalidArgumentError("expected a number above 0.");
  return value;
}

/** Parses any number but infinity. */
export function finiteNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) throw new InvalidArgumentError("expected a number.");
  return value;
}

/** A parser of a number from `low` to `high`, both included. */
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

/** Parses whole numbers separated by commas, such as `0,2,4`. */
export function wholeNumbers(text: string): number[] {
  return text.split(",").map(wholeNumber(0));
}

/** A parser of one of a list of names. */
export function oneOf<Name extends string>(names: readonly Name[]): (text: string) => Name {
  const parse = (text: string): Name => {
    const known = names.find((name) => name === text);
    if (known === undefined) {
      const near = didYouMean(text, names);
      throw new InvalidArgumentError(
        `expected one of ${names.join(", ")}.${near === undefined ? "" : `\n(${near})`}`,
      );
    }
    return known;
  };
  return Object.assign(parse, { choices: names });
}

/** A parser that takes any text, of which some are known beforehand: they are offered where a shell completes. */
export function anyOrOneOf(names: readonly string[]): (text: string) => string {
  return Object.assign((text: string) => text, { choices: names });
}

/** The names that a parser knows; none where it takes others. */
export function choicesOf(parse: unknown): readonly string[] {
  if (typeof parse !== "function" || !("choices" in parse) || !Array.isArray(parse.choices)) return [];
  return parse.choices.filter((each) => typeof each === "string");
}

/** A parser of names separated by commas, each one of a list. */
export function severalOf<Name extends string>(names: readonly Name[]): (text: string) => Name[] {
  const parse = (text: string): Name[] => text.split(",").map((part) => oneOf(names)(part.trim()));
  return Object.assign(parse, { choices: names });
}

/** Parses a JSON object. */
export function jsonObject(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch {
    // Falls through to the one message for both.
  }
  throw new InvalidArgumentError('expected a JSON object such as {"top_p": 1}.');
}

/** Tells whether a value that was parsed from JSON is an object. */
function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Parses steps and ranges of steps separated by commas, such as `0,40,100-150`, as a test of a step. */
export function stepRanges(text: string): (step: number) => boolean {
  const ranges = text.split(",").map((part) => {
    const [, from = "", to = from] = /^\s*(\d+)(?:-(\d+))?\s*$/.exec(part) ?? [];
    if (from === "" || Number(to) < Number(from)) {
      throw new InvalidArgumentError("expected steps and ranges of steps, such as 0,40,100-150.");
    }
    return [Number(from), Number(to)] as const;
  });
  return (step) => ranges.some(([from, to]) => step >= from && step <= to);
}

/**
 * The test of a step behind `--every`: steps divisible by a number, and the last one.
 * @param last undefined where there is none
 */
export function everyNth(every: number, last: number | undefined): (step: number) => boolean {
  return (step) => step % every === 0 || step === last;
}

/** Parses numbers separated by commas, such as `-1,0.5`. */
export function numbers(text: string): number[] {
  return [...new Set(text.split(",").map(finiteNumber))];
}

/** Parses what interventions are made on: `base`, or a step. */
export function untouched(text: string): UntouchedChoice {
  if (text === "base") return text;
  if (/^\d+$/.test(text)) return Number(text);
  throw new InvalidArgumentError("expected base, or a step of the run.");
}
