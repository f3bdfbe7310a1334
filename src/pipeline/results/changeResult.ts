import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { DistributionChange } from "../../analysis/distribution/distributionChange.js";
import { intervalsWithGaps, intervalWithGaps, numberOrGap, numbersWithGaps } from "../../formats/gaps.js";
import { readJsonArtifact } from "../../runs/artifact.js";

/** The change along a run, as stored in `analysis/change.json`; null where there are no such answers. */
export interface RunChange {
  readonly formatVersion: 1;
  /** The evaluation whose answers were scored. */
  readonly evaluation: string;
  /** Factor on the adapter. */
  readonly scale: number;
  readonly broad: DistributionChange | null;
  readonly narrow: DistributionChange | null;
}

export const changeArtifact = "analysis/change.json";

const series = z.object({ values: numbersWithGaps, interval: intervalsWithGaps });
const everyDissimilarity = <Value extends z.ZodType>(value: Value) =>
  z.object({ totalVariation: value, jensenShannon: value, linear: value });
const valley = z.object({ step: z.number(), value: z.number() }).nullable();
const peak = z
  .object({
    step: z.number(),
    value: z.number(),
    interval: intervalWithGaps,
    valleyBefore: valley,
    valleyAfter: valley,
    standsOut: z.boolean(),
  })
  .nullable();
const scoreCheck = z
  .object({
    difference: numbersWithGaps,
    standardError: numbersWithGaps,
    largest: z.object({ step: z.number(), standardErrors: z.number() }).nullable(),
    allowed: z.number(),
  })
  .nullable();
const change = z
  .object({
    steps: z.array(z.number()),
    window: z.number(),
    checkpoints: z.array(z.number()),
    total: everyDissimilarity(series),
    linearFromLabels: series,
    scoreCheck: scoreCheck.default(null),
    explained: z.array(
      z.object({
        property: z.string(),
        dissimilarity: everyDissimilarity(series),
        share: everyDissimilarity(series),
      }),
    ),
    peaks: everyDissimilarity(peak),
    byQuestion: z.object({ questions: z.array(z.string()), totalVariation: z.array(numbersWithGaps) }),
    answers: numberOrGap,
    resamples: z.number(),
    seed: z.number(),
  })
  .nullable();
const runChange = z.object({
  formatVersion: z.literal(1),
  evaluation: z.string(),
  scale: z.number(),
  broad: change,
  narrow: change,
});

/**
 * The change stored with a run, or null where there is none.
 * @throws TurncoatError naming the file and the field that is not as expected
 */
export function readChange(directory: string): RunChange | null {
  if (!existsSync(join(directory, changeArtifact))) return null;
  return readJsonArtifact(directory, changeArtifact, runChange);
}
