import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { scoreKinds } from "../../analysis/attribution/attributionRecord.js";
import { removalArms } from "../../analysis/attribution/removalTest.js";
import { scoreSpans } from "../../analysis/attribution/rowRanking.js";
import { withHint } from "../../errors.js";
import { numbersWithGaps, type DeepReadonly } from "../../formats/json.js";
import { readJsonArtifact, writeJsonArtifact } from "../../runs/artifact.js";
import { removalFile } from "../../runs/layout.js";
import { directoryOf, type RunSource } from "../../runs/openRun.js";

const removalSchema = z.object({
  formatVersion: z.literal(1),
  /** Score and measured step by which the rows were ranked. */
  kind: z.enum(scoreKinds),
  span: z.enum(scoreSpans),
  step: z.int().nonnegative(),
  /** Number of rows that were left out, of how many. */
  top: z.int().positive(),
  trained: z.int().positive(),
  broad: z.object({ source: z.string(), pairs: z.int().positive() }),
  outcomes: z.array(
    z.object({
      arm: z.enum(removalArms),
      seed: z.int(),
      /** Folder of the run, relative to the one that the rows are of. */
      folder: z.string(),
      steps: z.array(z.int().nonnegative()),
      gap: numbersWithGaps,
      em: z.object({ count: z.int().nonnegative(), n: z.int().nonnegative() }).nullable(),
    }),
  ),
});

/** What became of trainings without the rows that scored highest, as `analysis/removal.json` holds it. */
export type RunRemoval = DeepReadonly<z.infer<typeof removalSchema>>;

/** Stores the outcomes with the run that the rows are of, whole or not at all. */
export function writeRemoval(directory: string, removal: RunRemoval): void {
  writeJsonArtifact(directory, removalFile, removal);
}

/**
 * Reads the outcomes stored with a run, or null where there are none.
 *
 * @throws TurncoatError naming the file and the field that is not as expected
 */
export function readRemoval(run: RunSource): RunRemoval | null {
  const directory = directoryOf(run);
  if (!existsSync(join(directory, removalFile))) return null;
  return withHint("turncoat attribute --test measures it anew.", () =>
    readJsonArtifact(directory, removalFile, removalSchema),
  );
}
