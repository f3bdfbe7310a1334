import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Content of a folder by path: a hash of each file, without what two equal runs may differ in. */
export type Snapshot = ReadonlyMap<string, string>;

/** Fields of JSON files that tell when, by which process and by which state of the code something was made. */
const fieldsOfTheMoment = new Set([
  "createdAt",
  "finishedAt",
  "writtenAt",
  "startedAt",
  "pid",
  "seconds",
  "runId",
  "commit",
  "dirty",
]);
/** Such texts in pages. */
const timesInText = /\d{4}-\d\d-\d\dT[\d:.]+Z/g;

/** Takes a snapshot of a folder and all below it. */
export function snapshotOf(folder: string): Snapshot {
  const found = new Map<string, string>();
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    found.set(path.slice(folder.length + 1), hash(entry.name, readFileSync(path)));
  }
  return found;
}

function hash(name: string, bytes: Buffer): string {
  return createHash("sha256").update(comparable(name, bytes)).digest("hex");
}

function comparable(name: string, bytes: Buffer): string | Buffer {
  if (/\.jsonl?$/.test(name)) {
    try {
      const lines = name.endsWith("l") ? bytes.toString("utf8").split("\n") : [bytes.toString("utf8")];
      return lines.map((line) => (line === "" ? "" : JSON.stringify(timeless(JSON.parse(line))))).join("\n");
    } catch {
      return bytes;
    }
  }
  return name.endsWith(".html") ? bytes.toString("utf8").replaceAll(timesInText, "") : bytes;
}

function timeless(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(timeless);
  if (typeof value !== "object" || value === null) return value;
  const entries: [string, unknown][] = Object.entries(value);
  return Object.fromEntries(
    entries.filter(([name]) => !fieldsOfTheMoment.has(name)).map(([name, part]) => [name, timeless(part)]),
  );
}

/** Files that half-written content was left in: they keep nobody from anything. */
const leftOver = /\.\d{5,}$|(^|\/)\.[^/]+\.(partial|replaced)(\/|$)/;

/** Lists how a folder differs from what it should be. */
export function differences(
  expected: Snapshot,
  found: Snapshot,
): { differing: string[]; leftOver: string[] } {
  const differing: string[] = [];
  const left: string[] = [];
  for (const [path, content] of expected) {
    if (!found.has(path)) differing.push(`${path} is missing`);
    else if (found.get(path) !== content) differing.push(`${path} differs`);
  }
  for (const path of found.keys()) {
    if (expected.has(path)) continue;
    if (leftOver.test(path)) left.push(path);
    else differing.push(`${path} is new`);
  }
  return { differing, leftOver: left };
}
