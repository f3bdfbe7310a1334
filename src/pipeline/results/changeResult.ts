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
import { changeFile } from "../../runs/layout.js";
import { directoryOf, type RunSource } from "../../runs/openRun.js";

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
    // Not in files of before.
    needed: numberOrGap.default(NaN),
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
  /** The evaluation whose answers were scored. */
  evaluation: z.string(),
  /** Factor on the adapter. */
  scale: z.number(),
  /** Change of the answers to broad questions; null where there are no such answers. */
  broad: change,
  narrow: change,
});

/** The change of the distribution of answers along a run, as `analysis/change.json` holds it. */
export type RunChange = DeepReadonly<z.infer<typeof runChange>>;

/** Stores the change with its run, whole or not at all. */
export function writeChange(directory: string, stored: RunChange): void {
  writeJsonArtifact(directory, changeFile, stored);
}

/**
 * Reads the change stored with a run, or null where there is none.
 *
 * @throws TurncoatError naming the file and the field that is not as expected
 */
export function readChange(run: RunSource): RunChange | null {
  const directory = directoryOf(run);
  if (!existsSync(join(directory, changeFile))) return null;
  return withHint("turncoat distribution measures it anew.", () =>
    readJsonArtifact(directory, changeFile, runChange),
  );
}
