import { fstatSync, lstatSync, readSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { AdapterGram } from "../../analysis/geometry/whole/wholeUpdate.js";
import { parseJson, type DeepReadonly } from "../../formats/json.js";
import { adapterConfigFile, adapterWeightsFile } from "../../formats/peft.js";
import { writeFileWhole } from "../../runs/atomicFiles.js";
import { statusOf } from "../../runs/isFolder.js";
import { cacheFolder, productsFile } from "../../runs/layout.js";
import type { Run } from "../../runs/openRun.js";
import { withOpenFile } from "../../tensor/openFile.js";
import { packageVersion } from "../packageRoot.js";
import type { RunGrams } from "./wholeUpdateOf.js";

/** First line of the file: what the numbers after it are of. */
const headerSchema = z.object({
  formatVersion: z.literal(2),
  /** Text that changes when a checkpoint does. */
  of: z.string(),
  adapters: z.array(
    z.object({
      modulePath: z.string(),
      layer: z.number().nullable(),
      rank: z.number(),
      steps: z.array(z.number()),
    }),
  ),
  gaps: z.array(z.object({ step: z.number(), modulePath: z.string().optional(), reason: z.string() })),
  warnings: z.array(z.string()),
  /** Length of the random projections that the products are of; null where they are of the adapters. */
  numbers: z.number().nullable(),
});

/** Bytes above which products are not kept: some 400 steps of 336 adapters. */
const mostBytes = 2 ** 28;

type Header = z.infer<typeof headerSchema>;

/**
 * Reads the inner products that were kept of a run; null where none were, or a checkpoint has changed since.
 */
export function storedGrams(run: Run): RunGrams | null {
  return fromKept(run, (descriptor, header, end) => {
    const adapters: AdapterGram[] = [];
    let at = end;
    for (const adapter of header.adapters) {
      adapters.push(gramAt(descriptor, at, adapter));
      at += bytesOf(adapter);
    }
    return at === fstatSync(descriptor).size
      ? { adapters, gaps: header.gaps, warnings: header.warnings, numbers: header.numbers }
      : null;
  });
}

/** Reads those of one adapter alone, which takes no time; null also where there is none of that name. */
export function storedGram(run: Run, modulePath: string): AdapterGram | null {
  return fromKept(run, (descriptor, { adapters }, end) => {
    const index = adapters.findIndex((each) => each.modulePath === modulePath);
    const wanted = adapters[index];
    if (wanted === undefined) return null;
    const before = adapters.slice(0, index).reduce((sum, each) => sum + bytesOf(each), 0);
    return gramAt(descriptor, end + before, wanted);
  });
}

/** Opens what is kept of a run, where it is of the run as it is, and reads something after its header. */
function fromKept<T>(
  run: Run,
  read: (descriptor: number, header: Header, end: number) => T | null,
): T | null {
  try {
    return withOpenFile(join(run.directory, productsFile), (descriptor) => {
      if (fstatSync(descriptor).size > mostBytes) return null;
      const line = firstLine(descriptor);
      const header = parseJson(line.toString("utf8"), headerSchema, productsFile);
      return header.of === runStamp(run) ? read(descriptor, header, line.length + 1) : null;
    });
  } catch {
    // What is kept only saves time: where it is not there or damaged, it is made anew.
    return null;
  }
}

/** Bytes that are read at once while the end of the header is looked for. */
const chunk = 2 ** 16;

function firstLine(descriptor: number): Buffer {
  const chunks: Buffer[] = [];
  for (let at = 0; ; at += chunk) {
    const bytes = bytesAt(descriptor, at, chunk);
    const end = bytes.indexOf("\n");
    chunks.push(end < 0 ? bytes : bytes.subarray(0, end));
    if (end >= 0 || bytes.length < chunk) return Buffer.concat(chunks);
  }
}

function bytesAt(descriptor: number, at: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, readSync(descriptor, bytes, 0, length, at));
}

/** Bytes of the lower triangle of an adapter's products. */
function bytesOf({ steps: { length } }: Pick<AdapterGram, "steps">): number {
  return (8 * length * (length + 1)) / 2;
}

function gramAt(
  descriptor: number,
  at: number,
  { layer, ...adapter }: Header["adapters"][number],
): AdapterGram {
  const { steps } = adapter;
  const bytes = bytesAt(descriptor, at, bytesOf(adapter));
  const numbers = new Float64Array(Uint8Array.from(bytes).buffer);
  const gram = steps.map(() => new Float64Array(steps.length));
  let place = 0;
  for (const [row, own] of gram.entries()) {
    for (let column = 0; column <= row; column++) {
      const value = numbers[place++] ?? NaN;
      own[column] = value;
      const other = gram[column];
      if (other !== undefined) other[row] = value;
    }
  }
  return { ...adapter, layer: layer ?? NaN, gram };
}

/**
 * Keeps inner products beside the run. A folder that cannot be written to, or that leads elsewhere, keeps nothing: they
 * are only made again.
 */
export function keepGrams(run: Run, { adapters, gaps, warnings, numbers }: RunGrams): void {
  if (!isCacheOurs(run)) return;
  const header = {
    formatVersion: 2,
    of: runStamp(run),
    adapters: adapters.map(({ modulePath, layer, rank, steps }) => ({ modulePath, layer, rank, steps })),
    gaps,
    warnings,
    numbers,
  } satisfies DeepReadonly<z.input<typeof headerSchema>>;
  const bytes = adapters.reduce((sum, adapter) => sum + bytesOf(adapter), 0);
  if (bytes > mostBytes / 2) return;
  const products = new Float64Array(bytes / 8);
  let place = 0;
  for (const { gram } of adapters) {
    for (const [index, row] of gram.entries()) {
      products.set(row.subarray(0, index + 1), place);
      place += index + 1;
    }
  }
  const text = Buffer.from(`${JSON.stringify(header)}\n`);
  try {
    writeFileWhole(join(run.directory, productsFile), Buffer.concat([text, Buffer.from(products.buffer)]));
  } catch {
    return;
  }
}

/** Tells whether what can be made again may be kept in the run: its folder does not lead elsewhere. */
export function isCacheOurs({ directory }: Run): boolean {
  const there = lstatSync(join(directory, cacheFolder), { throwIfNoEntry: false });
  return there?.isDirectory() ?? true;
}

/** A text that changes when one of some files does, or the version of this program. */
export function versionStamp(paths: readonly string[]): string {
  const stamps = paths.map((path) => {
    const status = statusOf(path);
    return `${path}:${status?.size ?? ""}:${status?.mtimeMs ?? ""}`;
  });
  return [packageVersion(), ...stamps].join(" ");
}

/** A text that changes when a checkpoint of a run does, or what was kept of one, or the version of this program. */
export function runStamp({ checkpoints, directions, gaps }: Run): string {
  const files = checkpoints.flatMap(({ path }) =>
    [adapterWeightsFile, adapterConfigFile].map((name) => join(path, name)),
  );
  return [
    versionStamp([...files, ...directions.map(({ path }) => path)]),
    ...gaps.map(({ reason }) => reason),
  ].join(" ");
}
