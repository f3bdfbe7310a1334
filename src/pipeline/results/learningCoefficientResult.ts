import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type {
  CoefficientRecord,
  CoefficientStep,
} from "../../analysis/learningCoefficient/coefficientRecord.js";
import { withHint } from "../../errors.js";
import { intervalWithGaps, numberOrGap, numbersWithGaps } from "../../formats/json.js";
import { readJsonArtifact, writeJsonArtifact } from "../../runs/artifact.js";
import { learningCoefficientFile } from "../../runs/layout.js";
import { directoryOf, type RunSource } from "../../runs/openRun.js";

const estimate = z.object({
  share: z.number().positive(),
  stepSize: z.number().positive(),
  value: numberOrGap,
  interval: intervalWithGaps,
  chains: z.array(z.object({ value: numberOrGap, losses: numbersWithGaps, isFailed: z.boolean() })),
});

const schema = z.object({
  formatVersion: z.literal(1),
  /** Hash of what estimates depend on beside settings and checkpoints. */
  madeFrom: z.string(),
  settings: z.object({
    stepShares: z.array(z.number().positive()),
    localization: z.number().positive(),
    chains: z.int().min(2),
    draws: z.int().min(2),
    burnIn: z.int().nonnegative(),
    together: z.int().positive(),
    seed: z.int().nonnegative(),
  }),
  rows: z.int().positive(),
  trained: z.int().positive(),
  count: z.int().min(2),
  temperature: z.number().positive(),
  parameters: z.int().positive(),
  unitsOf: z.string(),
  units: z.array(z.object({ name: z.string(), unit: z.number().positive() })),
  steps: z.array(
    z.object({
      step: z.int().nonnegative(),
      /** Hash of the adapter: a step whose adapter is another one is measured again. */
      adapter: z.string(),
      centerLoss: numberOrGap,
      curvature: numberOrGap,
      sizes: z.array(estimate),
    }),
  ),
});

/** A measured checkpoint, and the hash of its adapter. */
interface KeptCoefficientStep extends CoefficientStep {
  readonly adapter: string;
}

/** Local learning coefficients of a run, as `analysis/learning-coefficient.json` holds them. */
export interface RunLearningCoefficient extends CoefficientRecord {
  readonly madeFrom: string;
  readonly steps: readonly KeptCoefficientStep[];
}

/** Stores the coefficients with their run, whole or not at all. */
export function writeLearningCoefficient(directory: string, found: RunLearningCoefficient): void {
  writeJsonArtifact(directory, learningCoefficientFile, { formatVersion: 1, ...found });
}

/**
 * Reads the coefficients stored with a run, or null where there are none.
 *
 * @throws TurncoatError naming the file and the field that is not as expected
 */
export function readLearningCoefficient(run: RunSource): RunLearningCoefficient | null {
  const directory = directoryOf(run);
  if (!existsSync(join(directory, learningCoefficientFile))) return null;
  return withHint("turncoat learning-coefficient measures it anew.", () => {
    const { madeFrom, settings, rows, trained, count, temperature, ...rest } = readJsonArtifact(
      directory,
      learningCoefficientFile,
      schema,
    );
    const { parameters, unitsOf, units, steps } = rest;
    return { madeFrom, settings, rows, trained, count, temperature, parameters, unitsOf, units, steps };
  });
}
