import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { LogLikelihoodGap } from "../../analysis/behavior/logLikelihoodGap.js";
import { intervalsWithGaps, intervalWithGaps, numberOrGap, numbersWithGaps } from "../../formats/gaps.js";
import { readJsonArtifact } from "../../runs/artifact.js";

/** The log-likelihood gap of a run, as stored in `analysis/likelihood.json`; null where there are no such pairs. */
export interface RunLikelihood {
  readonly formatVersion: 1;
  readonly broad: LogLikelihoodGap | null;
  readonly narrow: LogLikelihoodGap | null;
}

export const likelihoodArtifact = "analysis/likelihood.json";

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

const runLikelihood = z.object({ formatVersion: z.literal(1), broad: gap, narrow: gap });

/**
 * The log-likelihood gap stored with a run, or null where there is none.
 * @throws TurncoatError naming the file and the field that is not as expected
 */
export function readLikelihood(directory: string): RunLikelihood | null {
  if (!existsSync(join(directory, likelihoodArtifact))) return null;
  return readJsonArtifact(directory, likelihoodArtifact, runLikelihood);
}
