import type { PlainValue } from "./transitions/phaseTransition.js";

/**
 * A copy that JSON can hold: numbers that are not finite become null, typed arrays become lists, fields that
 * are undefined are left out. Cycles are not expected and not looked for.
 */
export function toJson(value: unknown): PlainValue {
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value === "string" || typeof value === "boolean" || value === null) return value;
  if (value instanceof Float32Array || value instanceof Float64Array) return Array.from(value, toJson);
  if (Array.isArray(value)) return value.map((item: unknown) => toJson(item));
  if (typeof value !== "object") return null;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]: [string, unknown]) =>
      item === undefined ? [] : [[key, toJson(item)]],
    ),
  );
}
