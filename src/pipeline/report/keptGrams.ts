import { lstatSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { parseJson, type DeepReadonly } from "../../formats/json.js";
import { adapterConfigFile, adapterWeightsFile } from "../../formats/peft.js";
import { writeFileWhole } from "../../runs/atomicFiles.js";
import { statusOf } from "../../runs/isFolder.js";
import { cacheFolder, productsFile } from "../../runs/layout.js";
import type { Run } from "../../runs/openRun.js";
import { readWholeFile } from "../../tensor/openFile.js";
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

/**
 * Reads the inner products that were kept of a run; null where none were, or a checkpoint has changed since.
 */
export function storedGrams(run: Run): RunGrams | null {
  try {
    const bytes = readWholeFile(join(run.directory, productsFile), mostBytes);
    const end = bytes.indexOf("\n");
    const header = parseJson(bytes.subarray(0, end).toString("utf8"), headerSchema, productsFile);
    if (header.of !== stampOf(run)) return null;
    const numbers = new Float64Array(Uint8Array.from(bytes.subarray(end + 1)).buffer);
    let at = 0;
    const adapters = header.adapters.map(({ layer, steps, ...rest }) => {
      const gram = steps.map(() => new Float64Array(steps.length));
      for (const [row, own] of gram.entries()) {
        for (let column = 0; column <= row; column++) {
          const value = numbers[at++] ?? NaN;
          own[column] = value;
          const other = gram[column];
          if (other !== undefined) other[row] = value;
        }
      }
      return { ...rest, layer: layer ?? NaN, steps, gram };
    });
    return at === numbers.length
      ? { adapters, gaps: header.gaps, warnings: header.warnings, numbers: header.numbers }
      : null;
  } catch {
    // What is kept only saves time: where it is not there or damaged, it is made anew.
    return null;
  }
}

/**
 * Keeps inner products beside the run. A folder that cannot be written to, or that leads elsewhere, keeps nothing: they
 * are only made again.
 */
export function keepGrams(run: Run, { adapters, gaps, warnings, numbers }: RunGrams): void {
  if (!isCacheOurs(run)) return;
  const header = {
    formatVersion: 2,
    of: stampOf(run),
    adapters: adapters.map(({ modulePath, layer, rank, steps }) => ({ modulePath, layer, rank, steps })),
    gaps,
    warnings,
    numbers,
  } satisfies DeepReadonly<z.input<typeof headerSchema>>;
  const products = Float64Array.from(
    adapters.flatMap(({ gram }) => gram.flatMap((row, index) => Array.from(row.subarray(0, index + 1)))),
  );
  if (products.byteLength > mostBytes / 2) return;
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

function stampOf({ checkpoints, gaps }: Run): string {
  const files = checkpoints.flatMap(({ path }) =>
    [adapterWeightsFile, adapterConfigFile].map((name) => join(path, name)),
  );
  return [versionStamp(files), ...gaps.map(({ reason }) => reason)].join(" ");
}
