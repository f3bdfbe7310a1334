import type { Random } from "../../src/tensor/random.js";

/** Values in the place of others: of every type, and at the edges of numbers. */
const values: readonly unknown[] = [
  ...[null, true, false, 0, -1, 1, 0.5, -0.5, 1e9, 1e308, -1e308, 2 ** 31, 2 ** 53, 1e-320, NaN],
  ...["", "x", "NaN", "1", "../..", "\u0000", "😀", "\u001b[31m", "a".repeat(3000), "(a+)+$", "=1+1"],
  ...[[], {}, [[]], [null], { a: 1 }, Array.from({ length: 3000 }, () => 0)],
];
/** Names in the place of others. */
const names: readonly string[] = [
  "",
  "__proto__",
  "constructor",
  "toString",
  "length",
  "x",
  "0",
  "a.b",
  "\u0000",
];

/** Changes one node of a JSON value: another value, another name, a copy, or nothing in its place. */
export function mutatedJson(root: unknown, random: Random): unknown {
  const nodes = countOf(root);
  return changed(root, { left: random.integer(nodes) }, random);
}

/** Number of nodes of a value, itself included. */
function countOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 1;
  let count = 1;
  for (const part of Object.values(value)) count += countOf(part);
  return count;
}

function changed(value: unknown, at: { left: number }, random: Random): unknown {
  if (at.left-- === 0) return otherThan(value, random);
  if (Array.isArray(value))
    return value.map((part: unknown) => (at.left < 0 ? part : changed(part, at, random)));
  if (typeof value !== "object" || value === null) return value;
  const entries: [string, unknown][] = Object.entries(value).map(([name, part]): [string, unknown] => [
    name,
    at.left < 0 ? part : changed(part, at, random),
  ]);
  return Object.fromEntries(entries);
}

function otherThan(value: unknown, random: Random): unknown {
  // Headers of tensors hold JSON in their texts.
  if (typeof value === "string" && /^[[{]/.test(value) && random.uniform() < 0.8) {
    try {
      return JSON.stringify(mutatedJson(JSON.parse(value), random));
    } catch {
      return value.slice(0, random.integer(value.length));
    }
  }
  const other = random.choose(values);
  if (typeof value === "number" && random.uniform() < 0.5)
    return value * random.choose([-1, 0, 1e6, 1e-9, 1.5]);
  if (Array.isArray(value) && value.length > 0 && random.uniform() < 0.7) {
    const list: readonly unknown[] = value;
    const place = random.integer(list.length);
    return random.choose([
      list.filter((_, index) => index !== place),
      [...list, list[place]],
      [...list].reverse(),
      list.map((each, index) => (index === place ? other : each)),
    ]);
  }
  if (typeof value === "object" && value !== null && random.uniform() < 0.7) {
    const entries: [string, unknown][] = Object.entries(value);
    const [name, part] = entries[random.integer(Math.max(1, entries.length))] ?? ["x", other];
    const rest = entries.filter(([each]) => each !== name);
    const renamed: [string, unknown] = [random.choose(names), part];
    return Object.fromEntries(
      random.choose([rest, [...rest, renamed], [...entries, [random.choose(names), other]]]),
    );
  }
  return other;
}
