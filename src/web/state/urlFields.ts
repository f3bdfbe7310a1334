import type { StepRange } from "./steps.js";

/**
 * Field of an address: one thing that it remembers of a page, with its key, its initial value and how it is written.
 */
export interface UrlField<T> {
  readonly key: string;
  /** Value where the address is silent; it is not written. */
  readonly initial: T;
  /** Effect of a change: a view of its own, to which Back returns (push), or a move of the present one (replace). */
  readonly entry: "push" | "replace";
  /** Reads the text of an address; undefined for text that makes no sense. */
  parse(text: string): T | undefined;
  format(value: T): string;
}

/** Fields of a page's address, by the names that its code gives them. */
export type UrlSchema = Readonly<Record<string, UrlField<unknown>>>;

interface FieldOptions {
  /** @default "push" */
  readonly entry?: "push" | "replace";
}

/** Field of any text; null where the address is silent. */
export function textField(key: string, { entry = "push" }: FieldOptions = {}): UrlField<string | null> {
  return { key, initial: null, entry, parse: (text) => text, format: (value) => value ?? "" };
}

/** Field of a name that the page cannot check, such as that of an indicator: the server knows which there are. */
export function nameField(
  key: string,
  initial: string,
  { entry = "push" }: FieldOptions = {},
): UrlField<string> {
  return {
    key,
    initial,
    entry,
    parse: (text) => (/^\w{1,100}$/.test(text) ? text : undefined),
    format: (value) => value,
  };
}

/** Field of a whole number from 0, such as a step; null where the address is silent. */
export function stepField(key: string, { entry = "replace" }: FieldOptions = {}): UrlField<number | null> {
  return {
    key,
    initial: null,
    entry,
    parse: (text) => (/^\d{1,15}$/.test(text) ? Number(text) : undefined),
    format: String,
  };
}

/** Field of a number, such as a scale factor or a strength. */
export function numberField<T extends number | null>(
  key: string,
  initial: T,
  { entry = "replace" }: FieldOptions = {},
): UrlField<number | T> {
  return {
    key,
    initial,
    entry,
    parse: (text) => (/^-?\d*\.?\d+(e-?\d+)?$/i.test(text) ? Number(text) : undefined),
    format: String,
  };
}

/** Field of one of a few words. The initial one need not be among them: null says that nothing is chosen. */
export function choiceField<const C extends string, I extends C | null>(
  key: string,
  choices: readonly C[],
  initial: I,
  { entry = "push" }: FieldOptions = {},
): UrlField<C | I> {
  return { key, initial, entry, parse: (text) => choices.find((each) => each === text), format: String };
}

/** Field of a switch, written as 1 or 0. */
export function flagField(
  key: string,
  initial: boolean,
  { entry = "push" }: FieldOptions = {},
): UrlField<boolean> {
  return {
    key,
    initial,
    entry,
    parse: (text) => (text === "1" ? true : text === "0" ? false : undefined),
    format: (value) => (value ? "1" : "0"),
  };
}

/**
 * Field of names separated by commas, such as run ids; a name that has a comma in it is written with %2C twice over.
 */
export function listField(
  key: string,
  isItem: (text: string) => boolean = (text) => text !== "",
  { entry = "push" }: FieldOptions = {},
): UrlField<readonly string[]> {
  return {
    key,
    initial: [],
    entry,
    parse: (text) => text.split(",").map(withComma).filter(isItem),
    format: (values) => values.map((value) => value.replaceAll("%", "%25").replaceAll(",", "%2C")).join(","),
  };
}

function withComma(text: string): string {
  return text.replaceAll(/%2C/gi, ",").replaceAll("%25", "%");
}

/** Order of a list: its column, and the way. */
export interface SortOrder<C extends string> {
  readonly column: C;
  readonly isDescending: boolean;
}

/** Field of the order of a list, `aligned` or `-aligned`; the initial one is ascending. */
export function sortField<const C extends string>(
  key: string,
  columns: readonly C[],
  initial: NoInfer<C>,
  { entry = "replace" }: FieldOptions = {},
): UrlField<SortOrder<C>> {
  return {
    key,
    initial: { column: initial, isDescending: false },
    entry,
    parse: (text) => {
      const isDescending = text.startsWith("-");
      const column = columns.find((each) => each === (isDescending ? text.slice(1) : text));
      return column === undefined ? undefined : { column, isDescending };
    },
    format: ({ column, isDescending }) => `${isDescending ? "-" : ""}${column}`,
  };
}

/** A range with ends that may be open; null is open. */
export interface OpenRange {
  readonly from: number | null;
  readonly to: number | null;
}

/** Field of a range of numbers from 0, `30_60`, `30_` or `_60`, ends included. */
export function openRangeField(key: string, { entry = "push" }: FieldOptions = {}): UrlField<OpenRange> {
  return {
    key,
    initial: { from: null, to: null },
    entry,
    parse: (text) => {
      const [, from, to] = /^(\d{0,15}(?:\.\d+)?)_(\d{0,15}(?:\.\d+)?)$/.exec(text) ?? [];
      if (from === undefined || to === undefined) return undefined;
      return { from: from === "" ? null : Number(from), to: to === "" ? null : Number(to) };
    },
    format: ({ from, to }) => `${from ?? ""}_${to ?? ""}`,
  };
}

/** Field of a stretch of steps, `60.5_100`; null is the whole. */
export function rangeField(key: string, { entry = "push" }: FieldOptions = {}): UrlField<StepRange | null> {
  return {
    key,
    initial: null,
    entry,
    parse: (text) => {
      const [, low, high] = /^(-?[\d.]+)_(-?[\d.]+)$/.exec(text) ?? [];
      const range: StepRange = [Number(low), Number(high)];
      return range[1] > range[0] ? range : undefined;
    },
    format: (range) => (range ?? []).map((bound) => Number(bound.toFixed(6))).join("_"),
  };
}
