import type { AdapterGram } from "../../analysis/geometry/whole/wholeUpdate.js";
import { UpdateGrams } from "../../analysis/geometry/update/updateGram.js";
import { isTurncoatError } from "../../errors.js";
import { checkpointKind } from "../../formats/checkpointKind.js";
import { compareModulePaths } from "../../formats/modulePath.js";
import { readAdapter } from "../../formats/peft.js";
import type { Run } from "../../runs/openRun.js";
import { readTrajectories, type Trajectories } from "../../runs/trajectories.js";

/** Inner products of all adapters of a run, with what is missing of them. */
export interface RunGrams extends Omit<Trajectories, "adapters"> {
  readonly adapters: readonly AdapterGram[];
  /** Length of the random projections that they are of; null where they are of the adapters themselves. */
  readonly numbers: number | null;
}

/** An adapted module, its rank, and the bytes of its factors in float32. */
export interface AdapterSize {
  readonly modulePath: string;
  readonly rank: number;
  readonly bytes: number;
}

/** Lists the adapted modules of a run, as its last readable checkpoint has them; none where weights were trained. */
export function adapterSizes({ checkpoints }: Run): AdapterSize[] {
  for (const { path } of checkpoints.toReversed()) {
    if (checkpointKind(path) === "weights") continue;
    try {
      return readAdapter(path, { use: "geometry" }).modules.map(({ modulePath, rank, loraA, loraB }) => ({
        modulePath,
        rank,
        bytes: loraA.byteLength + loraB.byteLength,
      }));
    } catch (error) {
      // It will be a gap with its reason; another checkpoint has the same modules.
      if (!isTurncoatError(error)) throw error;
    }
  }
  return [];
}

/** Multiplications of all products of all steps: ten seconds or more. */
const mostMultiplications = 3e11;

/** Tells whether the products of all steps of a run are too many to be made unasked. */
export function isLong(run: Run, sizes: readonly AdapterSize[]): boolean {
  const ofPair = sizes.reduce((sum, { rank, bytes }) => sum + (rank * bytes) / 4, 0);
  return (ofPair * run.checkpoints.length ** 2) / 2 > mostMultiplications;
}

/** Bytes of factors that are in memory at once. */
const groupBytes = 96 * 2 ** 20;

/**
 * Reads a run with many adapters some of them at a time, every tensor once, and keeps their inner products alone, so that
 * memory does not grow with their number.
 *
 * @param onProgress called with the number of adapters that are done
 * @throws TurncoatError if no checkpoint can be read
 */
export async function readGrams(
  run: Run,
  sizes: readonly AdapterSize[],
  onProgress: (done: number) => void = () => undefined,
): Promise<RunGrams> {
  const grams = new UpdateGrams(async () => {
    const { createEngine } = await import("../../tensor/engine.js");
    return createEngine();
  }, sizes.length);
  const adapters: AdapterGram[] = [];
  const gaps = new Map<string, Trajectories["gaps"][number]>();
  const warnings = new Set<string>();
  try {
    for (const modulePaths of groupsOf(sizes, run.checkpoints.length)) {
      const read = readTrajectories(run, { modulePaths });
      for (const gap of read.gaps) gaps.set(JSON.stringify(gap), gap);
      for (const warning of read.warnings) warnings.add(warning);
      for (const adapter of read.adapters) {
        const { modulePath, layer, rank, steps } = adapter;
        const gram = await grams.of(adapter);
        adapters.push({ modulePath, layer, rank, steps, gram });
        onProgress(adapters.length);
      }
    }
  } finally {
    await grams.dispose();
  }
  return {
    adapters: adapters.toSorted((one, other) => compareModulePaths(one.modulePath, other.modulePath)),
    gaps: [...gaps.values()].sort((one, other) => one.step - other.step),
    warnings: [...warnings],
    numbers: null,
  };
}

/** Divides modules into groups whose factors over all steps fit into memory together; each has one at least. */
function groupsOf(sizes: readonly AdapterSize[], steps: number): string[][] {
  const groups: string[][] = [];
  let held = Infinity;
  for (const { modulePath, bytes } of sizes) {
    if (held + bytes * steps > groupBytes) {
      groups.push([]);
      held = 0;
    }
    groups.at(-1)?.push(modulePath);
    held += bytes * steps;
  }
  return groups;
}
