import { createHash } from "node:crypto";
import type {
  CoefficientStep,
  SamplerSettings,
  SizedEstimate,
} from "../../analysis/learningCoefficient/coefficientRecord.js";
import { curvatureGradients, largestCurvature } from "../../analysis/learningCoefficient/largestCurvature.js";
import { coefficientVerdict, leavesOpen } from "../../analysis/learningCoefficient/plateau.js";
import { studentMean } from "../../analysis/statistics/studentMean.js";
import { localLearningCoefficient } from "../../analysis/learningCoefficient/localLearningCoefficient.js";
import { orNull, TurncoatError } from "../../errors.js";
import { sha256OfModelWeights } from "../../formats/modelWeights.js";
import type { Model } from "../../model/model.js";
import { learningCoefficientFile } from "../../runs/layout.js";
import { missingStep, type Run } from "../../runs/openRun.js";
import { whileMeasuring } from "../../runs/runLocks.js";
import { Random } from "../../tensor/random.js";
import { responseTokens } from "../../train/batches/batches.js";
import { PartGradients } from "../../train/partGradients.js";
import { trainableAdapters } from "../../train/trainables/loraAdapters.js";
import type { ParameterValues } from "../../train/trainables/trainable.js";
import { trainedRows, type TrainedRows, type TrainedWith } from "../attribution/attributionSources.js";
import {
  readLearningCoefficient,
  writeLearningCoefficient,
  type RunLearningCoefficient,
} from "../results/learningCoefficientResult.js";
import { adapterUnits, type FactorUnit } from "./adapterUnits.js";
import { CenteredLoss } from "./centeredLoss.js";

/** Request to measure the local learning coefficient of a run along training. */
export interface LearningCoefficientRequest {
  readonly run: Run;
  readonly model: Model;
  readonly trainedWith: TrainedWith;
  /** Checkpoints to measure it at. */
  readonly steps: readonly number[];
  /** Most rows of the training data that the loss is over, drawn at random. */
  readonly rows: number;
  readonly settings: SamplerSettings;
  /** Run whose last adapter gives the units; the same one makes runs comparable. @default the run itself */
  readonly unitsOf?: Run | undefined;
  /** True to measure anew what was measured with other settings. @default false */
  readonly overwrite?: boolean | undefined;
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
  readonly signal?: AbortSignal;
}

/**
 * Measures the local learning coefficient at some checkpoints of a run (`docs/methods.md §8.9`), and keeps it with the run, a
 * step at a time: what is there already is not measured again.
 *
 * @returns what is kept; of an interrupted call, the steps that it finished
 * @throws TurncoatError where there is no such checkpoint, what is kept was measured otherwise, or another process measures it
 */
export function measureLearningCoefficient(
  request: LearningCoefficientRequest,
): Promise<RunLearningCoefficient> {
  return whileMeasuring(request.run.directory, "learning-coefficient", () => measure(request));
}

async function measure(request: LearningCoefficientRequest): Promise<RunLearningCoefficient> {
  const { run, model, steps, settings, signal, onProgress } = request;
  const trainable = trainableAdapters(request.trainedWith.config, model);
  const data = trainedRows(request.trainedWith, model.tokenizer, {
    limit: request.rows,
    seed: settings.seed,
  });
  const order = new Random(settings.seed).fork("parts").permutation(data.chats.length);
  const chats = order.flatMap((place) => data.chats[place] ?? []);
  const parts = new PartGradients({ model, trainable, chats, together: settings.together });
  try {
    const unitsOf = request.unitsOf ?? run;
    const units = adapterUnits(unitsOf, trainable, parts.moved);
    const about = aboutOf(request, data, { units, parameters: parts.size });
    const kept = new Map(stepsToKeep(request, about).map((each) => [each.step, each]));
    const result = (): RunLearningCoefficient => ({
      ...about,
      steps: [...kept.values()].sort((one, other) => one.step - other.step),
    });
    const { most: evaluations } = evaluationsOf(settings, data.chats.length);
    for (const [index, step] of steps.entries()) {
      const checkpoint = run.checkpoints.find((each) => each.step === step);
      if (checkpoint === undefined) throw missingStep(run, step);
      const values = trainable.read(checkpoint.path);
      const adapter = hashOfValues(values);
      if (kept.get(step)?.adapter !== adapter) {
        let done = 0;
        const loss = new CenteredLoss(parts, units, values, () => {
          signal?.throwIfAborted();
          onProgress?.({ done: index * evaluations + ++done, total: steps.length * evaluations });
        });
        const found = await orAborted(signal, () => measureStep(step, loss, about));
        if (found === null) break;
        kept.set(step, { step, adapter, ...found });
        writeLearningCoefficient(run.directory, result());
      }
      onProgress?.({ done: (index + 1) * evaluations, total: steps.length * evaluations });
    }
    return result();
  } finally {
    await parts.dispose();
  }
}

/** Most parts of the data that a difference of gradients is taken over, by which curvature is found. */
const curvatureParts = 4;

type About = Omit<RunLearningCoefficient, "steps">;

/** Measures one checkpoint, at sizes of the sampler's step from the smallest up until a larger one has nothing to add. */
async function measureStep(
  step: number,
  loss: CenteredLoss,
  { settings, count, temperature }: About,
): Promise<Omit<CoefficientStep, "step">> {
  const random = new Random(settings.seed).fork(`learning coefficient at step ${step}`);
  const { center } = loss;
  const lossAt = loss.at.bind(loss);
  const { loss: centerLoss } = await loss.whole();
  const curvature = await largestCurvature(
    (place, stream) => loss.over(Math.min(curvatureParts, loss.parts), place, stream),
    center,
    random.fork("curvature"),
  );
  const precision = temperature * curvature + settings.localization;
  let sizes: readonly SizedEstimate[] = [];
  for (const share of settings.stepShares.toSorted((one, other) => one - other)) {
    if (!leavesOpen(coefficientVerdict({ sizes, centerLoss }, { settings, temperature }))) break;
    const stepSize = share / precision;
    const { chains } = await localLearningCoefficient({
      ...{ lossAt, center, count, stepSize, random: random.fork(`step size ${share}`) },
      ...settings,
    });
    const kept = chains.map((chain) => ({ ...chain, losses: chain.losses.map(toFloatDigits) }));
    sizes = [{ share, stepSize, ...studentMean(chains.map(({ value }) => value)), chains: kept }, ...sizes];
  }
  return { centerLoss, curvature, sizes };
}

/** Rounds to as many digits as a loss has that the engine computes. */
function toFloatDigits(loss: number): number {
  return Number(loss.toPrecision(8));
}

/** Counts the gradients of parts that a checkpoint takes over so many rows: where two sizes suffice, and at all of them. */
export function evaluationsOf(
  { stepShares, chains, draws, burnIn, together }: SamplerSettings,
  rows: number,
): { readonly least: number; readonly most: number } {
  const parts = Math.ceil(rows / together);
  const ofCurvature = Math.min(curvatureParts, parts) * curvatureGradients;
  // Each size has the center, and each chain its start.
  const at = (sizes: number): number => parts + ofCurvature + sizes * (1 + chains * (1 + burnIn + draws));
  return { least: at(Math.min(2, stepShares.length)), most: at(stepShares.length) };
}

/** Says what of a request estimates depend on beside the checkpoints. */
function aboutOf(
  { run, model, trainedWith, settings, unitsOf = run }: LearningCoefficientRequest,
  { rows, chats, trained }: TrainedRows,
  { units, parameters }: { readonly units: readonly FactorUnit[]; readonly parameters: number },
): About {
  const { config, dataset } = trainedWith;
  const count = responseTokens(chats);
  const madeFrom = createHash("sha256")
    .update(JSON.stringify([sha256OfModelWeights(model.folder), dataset.sha256, chats, config.alpha, units]))
    .digest("hex");
  return {
    ...{ settings, rows: rows.length, trained, count, units, madeFrom },
    temperature: count / Math.log(count),
    parameters,
    unitsOf: unitsOf.runId,
  };
}

/** The steps that are kept already; refused where they were measured otherwise and are not to be overwritten. */
function stepsToKeep(
  { run, overwrite = false }: LearningCoefficientRequest,
  about: About,
): RunLearningCoefficient["steps"] {
  const before = orNull(() => readLearningCoefficient(run));
  if (before === null) return [];
  const differing = difference(before, about);
  if (differing === null) return before.steps;
  if (overwrite) return [];
  throw new TurncoatError(`${run.directory}/${learningCoefficientFile}: ${differing}`, {
    hint: "Repeat the settings to go on, or measure all anew with --overwrite.",
  });
}

/** The first setting in which two measurements differ, in words; null where there is none. */
function difference(before: About, now: About): string | null {
  const facts = ({ settings, rows, unitsOf, madeFrom }: About): Readonly<Record<string, string>> => ({
    ...{ rows: String(rows), seed: String(settings.seed), localization: String(settings.localization) },
    ...{ "step shares": settings.stepShares.join(", "), chains: String(settings.chains) },
    "rows together": String(settings.together),
    ...{ draws: String(settings.draws), "burn-in": String(settings.burnIn), "units of": unitsOf },
    "base, data and units with the SHA-256": madeFrom.slice(0, 12),
  });
  const [expected, found] = [facts(now), facts(before)];
  const name = Object.keys(expected).find((each) => expected[each] !== found[each]);
  return name === undefined
    ? null
    : `expected what was measured with ${name} ${expected[name] ?? ""}, found ${found[name] ?? ""}`;
}

/** Does work that a signal may end; null where it does. */
async function orAborted<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (signal?.aborted === true) return null;
    throw error;
  }
}

function hashOfValues(values: ParameterValues): string {
  const hash = createHash("sha256");
  for (const [name, { buffer, byteOffset, byteLength }] of Object.entries(values))
    hash.update(name).update(new Uint8Array(buffer, byteOffset, byteLength));
  return hash.digest("hex");
}
