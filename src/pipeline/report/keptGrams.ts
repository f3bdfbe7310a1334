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
  formatVersion: z.literal(1),
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
    return at === numbers.length ? { adapters, gaps: header.gaps, warnings: header.warnings } : null;
  } catch {
    // What is kept only saves time: where it is not there or damaged, it is made anew.
    return null;
  }
}

/**
 * Keeps inner products beside the run. A folder that cannot be written to, or that leads elsewhere, keeps nothing: they
 * are only made again.
 */
export function keepGrams(run: Run, { adapters, gaps, warnings }: RunGrams): void {
  const there = lstatSync(join(run.directory, cacheFolder), { throwIfNoEntry: false });
  if (there !== undefined && !there.isDirectory()) return;
  const header = {
    formatVersion: 1,
    of: stampOf(run),
    adapters: adapters.map(({ modulePath, layer, rank, steps }) => ({ modulePath, layer, rank, steps })),
    gaps,
    warnings,
  } satisfies DeepReadonly<z.input<typeof headerSchema>>;
  const numbers = Float64Array.from(
    adapters.flatMap(({ gram }) => gram.flatMap((row, index) => Array.from(row.subarray(0, index + 1)))),
  );
  if (numbers.byteLength > mostBytes / 2) return;
  const text = Buffer.from(`${JSON.stringify(header)}\n`);
  try {
    writeFileWhole(join(run.directory, productsFile), Buffer.concat([text, Buffer.from(numbers.buffer)]));
  } catch {
    return;
  }
}

function stampOf({ directory, checkpoints, gaps }: Run): string {
  const stamps = checkpoints.flatMap(({ step, path }) =>
    [adapterWeightsFile, adapterConfigFile].map((name) => {
      const status = statusOf(join(path, name));
      return `${step}:${status?.size ?? ""}:${status?.mtimeMs ?? ""}`;
    }),
  );
  return [packageVersion(), directory, ...gaps.map(({ reason }) => reason), ...stamps].join(" ");
}
