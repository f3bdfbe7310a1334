import { choiceField, numberField, type UrlField, type UrlSchema } from "./urlFields.js";

/** Values of the fields of a page's address. */
export type UrlStateOf<S extends UrlSchema> = {
  readonly [K in keyof S]: S[K] extends UrlField<infer T> ? T : never;
};

/** Version of the addresses that this front end writes; 1 is left out of them. */
const addressVersion = 1;

/** Fields that every page's address may have. */
const commonFields = {
  /** Theme of page and figures; null follows the system. */
  theme: choiceField("theme", ["light", "dark"], null, { entry: "replace" }),
  version: numberField("v", addressVersion),
} as const;

/** Address as it was read: its state, and what in it was ignored, in words. */
export interface ReadAddress<S extends UrlSchema> {
  readonly state: UrlStateOf<S>;
  readonly common: UrlStateOf<typeof commonFields>;
  /** Ignored parts, one sentence each, for the reader. */
  readonly notices: readonly string[];
}

/** Reads an address; what it leaves out, or says nonsensically, is at its initial value. */
export function readUrlState<S extends UrlSchema>(schema: S, search: string): ReadAddress<S> {
  const query = new URLSearchParams(search);
  const notices: string[] = [];
  const state = readFields(schema, query, notices);
  const common = readFields(commonFields, query, notices);
  const known = new Set([...Object.values(schema), ...Object.values(commonFields)].map(({ key }) => key));
  for (const key of new Set(query.keys())) {
    if (!known.has(key)) notices.push(`The address says "${key}", which means nothing here; ignored.`);
  }
  if (common.version > addressVersion) {
    notices.push(`The address was made by a later version of these pages; parts of it may be missing here.`);
  }
  return { state, common, notices };
}

function readFields<S extends UrlSchema>(
  schema: S,
  query: URLSearchParams,
  notices: string[],
): UrlStateOf<S> {
  const values: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(schema)) {
    const text = query.get(field.key);
    const value = text === null ? undefined : field.parse(text);
    if (text !== null && value === undefined) {
      notices.push(`The address says "${field.key}=${text}", which makes no sense; ignored.`);
    }
    values[name] = value ?? field.initial;
  }
  if (!isStateOf(schema, values)) throw new Error("a field of the address was left out");
  return values;
}

function isStateOf<S extends UrlSchema>(schema: S, values: object): values is UrlStateOf<S> {
  return Object.keys(schema).every((name) => name in values);
}

/** Writes the query of an address, with `?`; what is at its initial value is left out, so it may be empty. */
export function writeUrlState<S extends UrlSchema>(
  schema: S,
  state: Partial<UrlStateOf<S>>,
  common: Partial<UrlStateOf<typeof commonFields>> = {},
): string {
  const parts = [...writeFields(schema, state), ...writeFields(commonFields, common)];
  return parts.length === 0 ? "" : `?${parts.join("&")}`;
}

function writeFields<S extends UrlSchema>(schema: S, state: Partial<UrlStateOf<S>>): string[] {
  const values: Readonly<Record<string, unknown>> = state;
  return Object.entries(schema).flatMap(([name, field]) => {
    const value = values[name];
    if (value === undefined) return [];
    const text = field.format(value);
    if (text === field.format(field.initial)) return [];
    return [`${field.key}=${encodeURIComponent(text).replaceAll("%2C", ",")}`];
  });
}
