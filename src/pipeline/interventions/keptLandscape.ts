import { existsSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import { numbersWithGaps, type DeepReadonly } from "../../formats/json.js";
import { readJsonArtifact, writeJsonArtifact } from "../../runs/artifact.js";
import { landscapeFolder, landscapeLockFile } from "../../runs/layout.js";
import { whileHolding } from "../../runs/writeLock.js";
import { writing } from "../../tensor/systemFaults.js";

const keptSchema = z.object({
  formatVersion: z.literal(1),
  step: z.int().nonnegative(),
  /** Hash of the adapter, the base, the conversations and the seed: losses with the same one belong together. */
  madeFrom: z.string(),
  data: z.string(),
  sampleSha256: z.string(),
  seed: z.int(),
  /** Answer tokens of each conversation. */
  tokens: z.array(z.int().positive()),
  /** Nats of all answer tokens of each conversation, under W₀ + factor · ΔW. */
  scaled: z.array(z.object({ factor: z.number(), losses: numbersWithGaps })),
  /** The same, with the parameters turned by ε towards the noise of a seed. */
  disturbed: z.array(z.object({ epsilon: z.number(), seed: z.int().nonnegative(), losses: numbersWithGaps })),
});

/** Losses around a run's solution, as a file in `analysis/landscape/` holds them. */
export type KeptLandscape = DeepReadonly<z.infer<typeof keptSchema>>;

/**
 * Does work that writes losses around a run's solution, and keeps other processes from writing them meanwhile.
 *
 * @throws TurncoatError where another process writes them, or may do so on another machine
 */
export async function whileMeasuringLandscape<T>(directory: string, work: () => Promise<T>): Promise<T> {
  const claim = { what: `${directory}: landscape`, otherwise: "measure a copy of the run" };
  return whileHolding(resolve(join(directory, landscapeLockFile)), claim, work);
}

/**
 * Reads the losses that a run keeps of what was made from the same; null where there are none.
 *
 * @throws TurncoatError naming the file and the field that is not as expected
 */
export function readLandscape(
  directory: string,
  { step, madeFrom }: Pick<KeptLandscape, "step" | "madeFrom">,
): KeptLandscape | null {
  const file = landscapeFile(step, madeFrom);
  return existsSync(join(directory, file)) ? readJsonArtifact(directory, file, keptSchema) : null;
}

/** Stores losses with their run, whole or not at all. */
export function writeLandscape(directory: string, kept: KeptLandscape): void {
  const folder = join(directory, landscapeFolder);
  writing(folder, () => mkdirSync(folder, { recursive: true }));
  writeJsonArtifact(directory, landscapeFile(kept.step, kept.madeFrom), kept);
}

/** Names the file of what was made from the same, inside the run directory. */
function landscapeFile(step: number, madeFrom: string): string {
  return `${landscapeFolder}/step-${step}-${madeFrom.slice(0, 12)}.json`;
}
