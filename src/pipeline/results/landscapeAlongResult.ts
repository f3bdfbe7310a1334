import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { LandscapeAtStep } from "../../analysis/landscape/landscapeAlong.js";
import { landscapeNorms } from "../../analysis/landscape/landscapeSettings.js";
import { withHint } from "../../errors.js";
import { intervalWithGaps, numberOrGap, numbersWithGaps } from "../../formats/json.js";
import { readJsonArtifact, writeJsonArtifact } from "../../runs/artifact.js";
import { landscapeAlongFile } from "../../runs/layout.js";
import { directoryOf, type RunSource } from "../../runs/openRun.js";

const estimate = z.object({ value: numberOrGap, interval: intervalWithGaps });
const lossPoints = z.array(z.object({ multiple: z.number(), norm: numberOrGap, loss: estimate }));
const verdict = { verdict: z.enum(["more", "less", "cannotTell"]), reason: z.string().nullable() };

const run = z.object({
  name: z.string(),
  step: z.int().nonnegative(),
  norms: z.object({ update: numberOrGap, parameters: numberOrGap }),
  parameters: z.int().nonnegative(),
  sample: z.object({ data: z.string(), sha256: z.string() }),
  conversations: z.int().nonnegative(),
  tokens: z.int().nonnegative(),
  base: estimate,
  loss: estimate,
  fall: estimate,
  own: lossPoints,
  degradation: z.array(z.object({ epsilon: z.number(), degradation: estimate, seeds: numbersWithGaps })),
  meanDegradation: estimate.nullable(),
  seeds: z.int().nonnegative(),
});

const comparison = z.object({
  run: z.string(),
  other: z.string(),
  isPaired: z.boolean(),
  commonLength: numberOrGap,
  losses: z.object({ run: lossPoints, other: lossPoints }),
  efficiency: z.object({
    mean: estimate,
    points: z.array(z.object({ multiple: z.number(), difference: estimate })),
    ...verdict,
  }),
  stability: z.object({ difference: estimate, ...verdict }).nullable(),
});

const schema = z.object({
  formatVersion: z.literal(1),
  steps: z.array(
    z.object({
      step: z.int().nonnegative(),
      report: z.object({
        norm: z.enum(landscapeNorms),
        trained: z.enum(["adapters", "vectors"]),
        runs: z.array(run),
        comparisons: z.array(comparison),
        coverage: z.number(),
      }),
    }),
  ),
});

/** Stores efficiency and stability along training with the run that was held against others, whole or not at all. */
export function writeLandscapeAlong(directory: string, steps: readonly LandscapeAtStep[]): void {
  writeJsonArtifact(directory, landscapeAlongFile, { formatVersion: 1, steps });
}

/**
 * Reads efficiency and stability along training as they were last found of a run; null where they were not.
 *
 * @throws TurncoatError naming the file and the field that is not as expected
 */
export function readLandscapeAlong(source: RunSource): LandscapeAtStep[] | null {
  const directory = directoryOf(source);
  if (!existsSync(join(directory, landscapeAlongFile))) return null;
  return withHint(
    "turncoat landscape --steps writes it anew.",
    () => readJsonArtifact(directory, landscapeAlongFile, schema).steps,
  );
}
