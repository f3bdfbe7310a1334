import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { withHint } from "../../errors.js";
import {
  type DeepReadonly,
  intervalsWithGaps,
  intervalWithGaps,
  numberOrGap,
  numbersWithGaps,
} from "../../formats/json.js";
import { readJsonArtifact, writeJsonArtifact } from "../../runs/artifact.js";
import { likelihoodFile } from "../../runs/layout.js";
import { directoryOf, type RunSource } from "../../runs/openRun.js";

const gap = z
  .object({
    steps: z.array(z.number()),
    gap: numbersWithGaps,
    interval: intervalsWithGaps,
    preferred: z.array(
      z.object({ percent: numberOrGap, interval: intervalWithGaps, count: z.number(), n: z.number() }),
    ),
    pairs: z.number(),
    questions: z.number(),
    halfRise: z.object({ step: z.number(), interval: intervalWithGaps }).nullable(),
  })
  .nullable();

/** Schema of the file; a breadth of which there are no pairs is null. */
const runLikelihood = z.object({
  formatVersion: z.literal(1),
  broad: gap,
  narrow: gap,
  /** Misaligned minus aligned of every pair at every step, `[steps][pairs]`; absent in results of earlier versions. */
  pairs: z
    .object({
      of: z.array(z.object({ questionId: z.string(), breadth: z.enum(["narrow", "broad"]) })),
      steps: z.array(z.number()),
      differences: z.array(numbersWithGaps),
      /** SHA-256 of the pairs. */
      sha256: z.string(),
    })
    .optional(),
});

/** The log-likelihood gap of a run, as `analysis/likelihood.json` holds it. */
export type RunLikelihood = DeepReadonly<z.infer<typeof runLikelihood>>;

/** Stores the log-likelihood gap with its run, whole or not at all. */
export function writeLikelihood(directory: string, stored: RunLikelihood): void {
  writeJsonArtifact(directory, likelihoodFile, stored);
}

/**
 * Reads the log-likelihood gap stored with a run, or null where there is none.
 *
 * @throws TurncoatError naming the file and the field that is not as expected
 */
export function readLikelihood(run: RunSource): RunLikelihood | null {
  const directory = directoryOf(run);
  if (!existsSync(join(directory, likelihoodFile))) return null;
  return withHint("turncoat likelihood measures it anew.", () =>
    readJsonArtifact(directory, likelihoodFile, runLikelihood),
  );
}
