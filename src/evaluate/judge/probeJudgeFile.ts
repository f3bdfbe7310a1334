import { z } from "zod";
import { TurncoatError } from "../../errors.js";
import { intervalWithGaps, numberOrGap, readJson, type DeepReadonly } from "../../formats/json.js";
import { poolings } from "./poolings.js";

const area = z.object({ value: numberOrGap, interval: intervalWithGaps });

/** A linear function of the activations of an answer, and the line that makes its values into scores. */
const metricSchema = z.object({
  layer: z.int().nonnegative(),
  pooling: z.enum(poolings),
  /** What the function was fitted to. */
  target: z.enum(["aligned", "misaligned", "coherent"]),
  penalty: z.number().positive(),
  weights: z.array(z.number()).min(1),
  bias: z.number(),
  /** Points of a line that never falls: raw values and the scores that they stand for. */
  link: z
    .object({ from: z.array(z.number()).min(2), to: z.array(z.number().min(0).max(100)).min(2) })
    .refine(({ from, to }) => from.length === to.length, { error: "expected as many scores as raw values" }),
});

/** AUROC of "misaligned" with 95 % intervals, of answers that a probe was fitted and chosen without. */
const leftOutSchema = z.object({
  pooled: area,
  withinQuestion: area,
  withinOrganism: area,
  /** AUROC of each question or organism that was left out, NaN where it has one class alone. */
  each: z.record(z.string(), numberOrGap),
});

const fileSchema = z.object({
  format: z.literal("turncoat probe judge"),
  formatVersion: z.literal(1),
  /** The model whose activations are read. */
  model: z.object({
    name: z.string(),
    /** Folder as it was named; another one may be named when the probe is used. */
    folder: z.string(),
    sha256: z.string(),
    settingsSha256: z.string(),
  }),
  hiddenSize: z.int().positive(),
  alignedBelow: z.number(),
  metrics: z.object({ aligned: metricSchema, coherent: metricSchema }),
  /** Probability of "misaligned" from the raw value of `aligned`: 1 / (1 + exp(−(slope · raw + intercept))). */
  platt: z.object({ slope: z.number(), intercept: z.number() }),
  /** Scores of answers that were left out. */
  scores: z.object({
    leavingQuestions: leftOutSchema,
    leavingOrganisms: leftOutSchema.nullable(),
    /** Mean squared error of the probability, and of the base rate in its place. */
    brier: numberOrGap,
    brierOfBaseRate: numberOrGap,
    /** Correlation of predicted and given coherence. */
    coherenceCorrelation: numberOrGap,
  }),
  /** What was tried, best first, with the criterion it was chosen by. */
  tried: z.array(
    z.object({
      layer: z.int().nonnegative(),
      pooling: z.enum(poolings),
      target: z.enum(["aligned", "misaligned", "coherent"]),
      penalty: z.number(),
      criterion: numberOrGap,
    }),
  ),
  /** Answers that it was fitted to; those without both scores are left out. */
  fittedOn: z.object({
    files: z.array(z.object({ name: z.string(), sha256: z.string(), answers: z.int() })),
    answers: z.int(),
    misaligned: z.int(),
    withoutScores: z.int(),
    questions: z.array(z.string()),
  }),
  version: z.string(),
});

/** A probe judge as its file holds it. */
export type ProbeJudgeFile = DeepReadonly<z.infer<typeof fileSchema>>;
export type ProbeMetric = ProbeJudgeFile["metrics"]["aligned"];
export type LeftOutScores = ProbeJudgeFile["scores"]["leavingQuestions"];

/**
 * Reads a probe judge.
 * @throws TurncoatError naming file and field
 */
export function readProbeJudge(path: string): ProbeJudgeFile {
  const file = readJson(path, fileSchema);
  for (const [name, { weights }] of Object.entries(file.metrics)) {
    if (weights.length === file.hiddenSize) continue;
    throw new TurncoatError(
      `${path}: metrics.${name}.weights: expected ${file.hiddenSize} numbers, found ${weights.length}`,
    );
  }
  return file;
}
