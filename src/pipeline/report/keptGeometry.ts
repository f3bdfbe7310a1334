import { createHash } from "node:crypto";
import { join } from "node:path";
import { z } from "zod";
import type { Analysis, AnalysisOptions, KnownGeometry } from "../../analysis/analysisRecord.js";
import { toJson } from "../../analysis/toJson.js";
import { numberOrGap, numbersWithGaps, type DeepReadonly } from "../../formats/json.js";
import { readJsonArtifact } from "../../runs/artifact.js";
import { writeFileWhole } from "../../runs/atomicFiles.js";
import { geometryFile } from "../../runs/layout.js";
import type { Run } from "../../runs/openRun.js";
import { isCacheOurs, runStamp } from "./keptGrams.js";
import type { RunGrams } from "./wholeUpdateOf.js";

const steps = z.array(z.number());
const seriesSchema = z.object({ steps, values: numbersWithGaps });
const matrixSchema = z.array(numbersWithGaps);
const extremumSchema = z.object({ step: z.number(), value: numberOrGap }).nullable();
const localCosineSchema = z.object({
  steps,
  values: numbersWithGaps,
  bendDegrees: numbersWithGaps,
  gate: numbersWithGaps,
  threshold: numberOrGap,
  peak: extremumSchema,
  ungatedPeak: extremumSchema,
});
const pathShape = {
  norm: seriesSchema,
  pca: z
    .object({
      steps,
      scores: matrixSchema,
      explainedVarianceRatio: numbersWithGaps,
      method: z.enum(["gram", "krylov"]),
    })
    .nullable(),
  cosineToFinal: seriesSchema,
  cosineToInitial: seriesSchema,
  cosineToPrevious: seriesSchema,
  cosineToReference: seriesSchema.extend({ referenceStep: z.number() }).nullable(),
  pairwiseCosine: z.object({ steps, values: matrixSchema, every: z.number() }),
};
const directionSchema = z.object({
  ...pathShape,
  localCosine: z.record(
    z.string(),
    localCosineSchema.extend({ normalized: z.object({ values: numbersWithGaps, peak: extremumSchema }) }),
  ),
  speed: seriesSchema,
  curvature: seriesSchema.extend({ k: z.number() }).nullable(),
  path: z.object({ length: numberOrGap, displacement: numberOrGap }),
  incrementRank: z.object({
    increments: z.number(),
    effectiveRank: seriesSchema,
    participationRatio: seriesSchema,
  }),
  angles: z.array(
    seriesSchema.extend({
      direction: z.string(),
      randomDeviationDegrees: numberOrGap,
      randomCosine: numberOrGap,
    }),
  ),
});
const adapterSchema = z.object({
  name: z.string(),
  layer: numberOrGap,
  rank: z.number(),
  scaling: numberOrGap,
  A: directionSchema.nullable(),
  B: directionSchema,
  deltaW: z.object({
    ...pathShape,
    localCosine: z.record(z.string(), localCosineSchema),
    compToFinal: seriesSchema.nullable(),
    effectiveRank: seriesSchema.nullable(),
    participationRatio: seriesSchema.nullable(),
  }),
  warnings: z.array(z.string()),
});
const turningSchema = z.object({
  parts: z.array(
    z.object({
      name: z.string(),
      k: z.number().nullable(),
      step: z.number().nullable(),
      bend: numberOrGap,
      expected: numberOrGap,
      pValue: numberOrGap,
      turns: z.boolean(),
    }),
  ),
  windows: z.array(z.number()),
  level: z.number(),
  resamples: z.number(),
  method: z.string(),
});
const keptSchema = z.object({
  formatVersion: z.literal(1),
  /** `geometryKey` of what it was found in. */
  of: z.string(),
  adapters: z.array(adapterSchema),
  turning: turningSchema,
});

/**
 * A text that changes with whatever the geometry of a run with many adapters depends on: its files, its inner products,
 * the options and the version of this program.
 */
export function geometryKey(
  run: Run,
  grams: Pick<RunGrams, "adapters" | "numbers">,
  { rotation, gate, maxPairwiseSteps, pcaComponents, referenceStep }: AnalysisOptions,
): string {
  const options = { rotation, gate, maxPairwiseSteps, pcaComponents, referenceStep };
  const hash = createHash("sha256").update(JSON.stringify([runStamp(run), options, grams.numbers]));
  for (const { gram } of grams.adapters) for (const row of gram) hash.update(row);
  return hash.digest("hex");
}

/** Reads what was kept of the geometry of a run; null where that is nothing, is damaged, or is of something else. */
export function storedGeometry({ directory }: Run, key: string): KnownGeometry | null {
  try {
    const { of, adapters, turning } = readJsonArtifact(directory, geometryFile, keptSchema);
    return of === key ? { adapters, turning } : null;
  } catch {
    // What is kept only saves time: where it is not there or damaged, it is made anew.
    return null;
  }
}

/**
 * Keeps of the geometry of a run with many adapters what takes seconds to find. A folder that cannot be written to, or that
 * leads elsewhere, keeps nothing.
 */
export function keepGeometry(run: Run, key: string, { adapters, whole }: Analysis): void {
  if (whole === null || !isCacheOurs(run)) return;
  const { turning } = whole;
  const kept = { formatVersion: 1, of: key, adapters, turning } satisfies DeepReadonly<
    z.input<typeof keptSchema>
  >;
  try {
    writeFileWhole(join(run.directory, geometryFile), `${JSON.stringify(toJson(kept))}\n`);
  } catch {
    return;
  }
}
