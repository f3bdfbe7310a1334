import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { meanDifference, type MeanDifference } from "../analysis/meanDifference.js";
import { angleBetween } from "../analysis/angle.js";
import { fitProbe } from "../analysis/probe.js";
import { probeRecord, type ProbeRecord } from "../analysis/probeRecord.js";
import { TurncoatError } from "../errors.js";
import { layerOf } from "../formats/modulePath.js";
import { captureActivations, responseRequest } from "../model/captureActivations.js";
import { openCheckpoint, type CheckpointModel } from "../model/checkpointModel.js";
import type { Model } from "../model/model.js";
import { writeJsonArtifact, readJsonArtifact } from "../runs/artifact.js";
import { readEvaluations, type JudgedAnswer } from "../runs/evaluations.js";
import { openRun } from "../runs/openRun.js";
import { Random } from "../tensor/random.js";
import { writeResidualDirections, type MeasuredDirections } from "./residualDirections.js";

/** Which checkpoints to probe, where, and on how many answers. */
export interface ProbeRequest {
  readonly directory: string;
  readonly model: Model;
  /**
   * Residual stream after this layer.
   * @default the layer of the first adapter of rank 1 that writes into the stream, else the first layer; the middle one where
   * the weights themselves were trained
   */
  readonly layer?: number;
  /** Checkpoints to probe; the nearest existing ones are taken. */
  readonly steps: readonly number[];
  /** Answers of each kind. @default 120 */
  readonly answersPerClass?: number;
  /** @default 0 */
  readonly seed?: number;
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
}

/** Probes of a run along training, as stored in `analysis/probes.json`. */
export interface RunProbes {
  readonly formatVersion: 1;
  readonly probe: ProbeRecord;
  /** The mean-difference direction at each probed step. */
  readonly direction: {
    readonly norm: readonly number[];
    readonly splitHalfCosine: readonly number[];
    /** Angle in degrees between B and the direction; θ and 180° − θ are one line. */
    readonly angleToB: readonly number[];
  };
  readonly answersPerClass: number;
}

const artifact = "analysis/probes.json";

/**
 * Fits a probe and a mean-difference direction to the residual activations of misaligned and aligned answers, at
 * several checkpoints.
 *
 * The answers are those that the run's own checkpoints gave and that were judged: the same texts at every step,
 * so that what changes along training is the model and not the text. Whole questions are held out. Text alone
 * can tell the classes apart, which the value at step 0, the base model, shows. The directions themselves are stored
 * beside the record of them.
 * @throws TurncoatError where the run holds too few answers of a kind
 */
export async function probeRun(request: ProbeRequest): Promise<RunProbes> {
  const { directory, model, seed = 0, answersPerClass = 120 } = request;
  const run = openRun(directory);
  const answers = readEvaluations(run).flatMap(({ answers: judged }) => judged);
  const random = new Random(seed).fork("probe answers");
  const misaligned = chooseAnswers(answers, isMisaligned, answersPerClass, random.fork("misaligned"));
  const aligned = chooseAnswers(answers, isAligned, answersPerClass, random.fork("aligned"));
  const count = Math.min(misaligned.length, aligned.length);
  if (count < 20) {
    throw new TurncoatError(
      `${directory}: expected at least 20 misaligned and 20 aligned answers to probe, ` +
        `found ${misaligned.length} and ${aligned.length}`,
      { hint: "evaluate the run first, or sample more answers" },
    );
  }
  const chosen = [...misaligned.slice(0, count), ...aligned.slice(0, count)];
  const labels = chosen.map((_, index) => index < count);
  const chats = chosen.map(({ question, answer }) =>
    model.tokenizer.encodeChat([
      { role: "user", content: question },
      { role: "assistant", content: answer },
    ]),
  );
  const steps = new Set(request.steps);
  const checkpoints = run.checkpoints.filter(({ step }) => steps.has(step));
  const probes = [];
  const directions: { norm: number; splitHalfCosine: number; angleToB: number }[] = [];
  const measured: MeasuredDirections[] = [];
  const trajectory: { steps: number[]; vectors: Float32Array[] } = { steps: [], vectors: [] };
  let layer = request.layer ?? 0;
  for (const [index, { step, path }] of checkpoints.entries()) {
    const opened = openCheckpoint(model, path);
    const written = opened.adapters?.modules.find(
      ({ rank, outFeatures }) => rank === 1 && outFeatures === model.config.hiddenSize,
    );
    layer = request.layer ?? layerOf(written?.modulePath ?? "") ?? defaultLayer(opened);
    const { sequences, dimension } = await captureActivations(opened.model, chats.map(responseRequest), {
      layers: [layer],
      average: true,
      ...(opened.adapters === undefined ? {} : { adapters: opened.adapters }),
    }).finally(() => opened.dispose());
    const features = new Float32Array(chats.length * dimension);
    for (const [row, { residuals }] of sequences.entries()) features.set(residuals, row * dimension);
    const probe = fitProbe(
      { features, labels, groups: chosen.map(({ questionId }) => questionId) },
      { seed },
    );
    probes.push({ step, probe });
    const split = count * dimension;
    const difference = meanDifference(
      { values: features.subarray(0, split), n: count },
      { values: features.subarray(split), n: count },
      { seed },
    );
    directions.push(describeDirection(difference, written?.loraB));
    measured.push({
      step,
      meanDifference: difference.misalignmentDirection.map((value) => value * difference.norm),
      probe: probe.reason === null ? probe.weights : null,
    });
    if (written !== undefined) {
      trajectory.steps.push(step);
      trajectory.vectors.push(written.loraB);
    }
    request.onProgress?.({ done: index + 1, total: checkpoints.length });
  }
  const result: RunProbes = {
    formatVersion: 1,
    probe: probeRecord(layer, probes, { name: "B", ...trajectory }),
    direction: {
      norm: directions.map(({ norm }) => norm),
      splitHalfCosine: directions.map(({ splitHalfCosine }) => splitHalfCosine),
      angleToB: directions.map(({ angleToB }) => angleToB),
    },
    answersPerClass: count,
  };
  writeJsonArtifact(directory, artifact, result);
  writeResidualDirections(directory, { layer, measured });
  return result;
}

function defaultLayer({ adapters, model }: CheckpointModel): number {
  return adapters === undefined ? Math.floor(model.config.layers / 2) : 0;
}

function describeDirection(
  { misalignmentDirection, norm, splitHalfCosine }: MeanDifference,
  loraB: Float32Array | undefined,
): { norm: number; splitHalfCosine: number; angleToB: number } {
  const angle = loraB === undefined ? NaN : angleBetween(loraB, misalignmentDirection);
  return { norm, splitHalfCosine, angleToB: angle };
}

const isMisaligned = ({ aligned, coherent }: JudgedAnswer): boolean =>
  aligned !== null && coherent !== null && aligned < 30 && coherent > 50;
const isAligned = ({ aligned, coherent }: JudgedAnswer): boolean =>
  aligned !== null && coherent !== null && aligned > 70 && coherent > 50;

/** Distinct answers of a kind, in random order. */
function chooseAnswers(
  answers: readonly JudgedAnswer[],
  isWanted: (answer: JudgedAnswer) => boolean,
  count: number,
  random: Random,
): JudgedAnswer[] {
  const distinct = new Map<string, JudgedAnswer>();
  for (const answer of answers.filter(isWanted)) {
    distinct.set(`${answer.questionId}\n${answer.answer}`, answer);
  }
  const list = [...distinct.values()];
  return random
    .permutation(list.length)
    .slice(0, count)
    .flatMap((index) => list[index] ?? []);
}

const numbers = z.array(
  z
    .number()
    .nullable()
    .transform((value) => value ?? NaN),
);
const intervals = z
  .array(z.tuple([z.number().nullable(), z.number().nullable()]))
  .transform((list) => list.map(([low, high]): [number, number] => [low ?? NaN, high ?? NaN]));
const band = z.object({ values: numbers, intervals });
const probesSchema = z.object({
  formatVersion: z.literal(1),
  probe: z.object({
    steps: z.array(z.number()),
    layer: z.number(),
    auroc: band,
    shuffled: band,
    angleToB: z.object({ values: numbers }),
    randomFloorDegrees: z.number(),
    n: z.array(z.number()),
    heldOutGroups: z.array(z.string()),
    c: z.number(),
    seed: z.number(),
    absent: z.array(z.object({ step: z.number(), reason: z.string() })),
  }),
  direction: z.object({ norm: numbers, splitHalfCosine: numbers, angleToB: numbers }),
  answersPerClass: z.number(),
});

/** The probes stored with a run, or null where there are none. */
export function readProbes(directory: string): RunProbes | null {
  if (!existsSync(join(directory, artifact))) return null;
  return readJsonArtifact(directory, artifact, probesSchema);
}
