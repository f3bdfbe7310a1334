import { createHash } from "node:crypto";
import {
  adapterNorms,
  adapterParameters,
  trainedKind,
  withParameters,
} from "../../analysis/landscape/adapterVector.js";
import { commonLength } from "../../analysis/landscape/compareLandscapes.js";
import { factorsOf, type Rescaling } from "../../analysis/landscape/efficiency.js";
import type { TrainedKind } from "../../analysis/landscape/landscapeSettings.js";
import type { MeasuredLandscape } from "../../analysis/landscape/measuredLandscape.js";
import { orthogonalNoise, turnedBy } from "../../analysis/landscape/orthogonalNoise.js";
import { TurncoatError } from "../../errors.js";
import { answerLogProbabilities } from "../../evaluate/answerLogProbabilities.js";
import { sha256OfModelWeights } from "../../formats/modelWeights.js";
import type { LoraModule } from "../../formats/peft.js";
import { openCheckpoints } from "../../model/checkpointModel.js";
import type { Model } from "../../model/model.js";
import type { Checkpoint, Run } from "../../runs/openRun.js";
import { Random } from "../../tensor/random.js";
import {
  readLandscape,
  whileMeasuringLandscape,
  writeLandscape,
  type KeptLandscape,
} from "./keptLandscape.js";
import { landscapeSamples, type LandscapeSample } from "./landscapeSample.js";
import { adapterOf, lastStep, runLabel, untouchedModel } from "./plannedConditions.js";

/** Request to measure losses around the solutions of runs. */
export interface LandscapeRequest {
  /** Runs of one base; the first is held against the others. */
  readonly runs: readonly Run[];
  /** Step of every run. @default the last of each */
  readonly step?: number | undefined;
  readonly model: Model;
  /** Conversations for all runs: a file or a built-in data set. @default each run's own training data */
  readonly data?: string | undefined;
  /** Number of conversations. */
  readonly samples: number;
  /** Seed of the conversations and of the noise. */
  readonly seed: number;
  readonly rescaling: Omit<Rescaling, "length">;
  /** Sizes of the noise; none leaves stability out. */
  readonly epsilons: readonly number[];
  /** Draws of the noise at each size. */
  readonly noiseSeeds: number;
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
  readonly signal?: AbortSignal;
}

/** What is measured of one run, and where it is kept. */
interface Plan {
  readonly name: string;
  readonly directory: string;
  readonly checkpoint: Checkpoint;
  readonly modules: readonly LoraModule[];
  readonly norms: MeasuredLandscape["norms"];
  readonly trained: TrainedKind;
  readonly sample: LandscapeSample;
  readonly factors: readonly number[];
}

/**
 * Measures losses of rescaled and of disturbed adapters on conversations of their training (2602.07852;
 * `docs/methods.md §5.13`). Each run keeps its own: what is there already is not measured again.
 *
 * @returns one a run; null where it was interrupted
 * @throws TurncoatError where runs have different bases, a checkpoint holds weights or an adapter of length 0, or another
 *   process measures the same run
 */
export async function measureLandscapes(request: LandscapeRequest): Promise<MeasuredLandscape[] | null> {
  const { runs, model, epsilons, noiseSeeds, signal } = request;
  checkBases(runs);
  const plans = plansOf(request);
  const noises = epsilons.length * noiseSeeds;
  const total = plans.reduce((sum, { factors }) => sum + factors.length + noises, 0);
  const baseSha256 = sha256OfModelWeights(model.folder);
  const measured: MeasuredLandscape[] = [];
  let before = 0;
  for (const plan of plans) {
    const onDone = (done: number): void => request.onProgress?.({ done: before + done, total });
    const kept = await whileMeasuringLandscape(plan.directory, () =>
      measureRun(plan, request, baseSha256, onDone),
    );
    if (signal?.aborted === true) return null;
    before += plan.factors.length + noises;
    measured.push({
      name: plan.name,
      step: kept.step,
      norms: plan.norms,
      trained: plan.trained,
      parameters: adapterParameters(plan.modules).length,
      sample: { data: plan.sample.data, sha256: plan.sample.sha256 },
      tokens: kept.tokens,
      scaled: kept.scaled,
      disturbed: kept.disturbed.filter(
        ({ epsilon, seed }) => epsilons.includes(epsilon) && seed < noiseSeeds,
      ),
    });
  }
  return measured;
}

/**
 * Measures the same at several steps of runs, as `measureLandscapes` does at one. Each step's losses are kept by themselves, so
 * that after an interruption those that are there are not measured again.
 *
 * @returns one row a step, one column a run; null where it was interrupted
 * @throws TurncoatError as `measureLandscapes`
 */
export async function measureLandscapesAlong(
  request: Omit<LandscapeRequest, "step"> & { readonly steps: readonly number[] },
): Promise<MeasuredLandscape[][] | null> {
  const { steps, ...shared } = request;
  // Nothing is measured where a step is missing.
  for (const run of request.runs) for (const step of steps) untouchedModel(run, step);
  const measured: MeasuredLandscape[][] = [];
  for (const step of steps) {
    const before = measured.length;
    const found = await measureLandscapes({
      ...shared,
      step,
      onProgress: ({ done, total }) =>
        request.onProgress?.({ done: before * total + done, total: steps.length * total }),
    });
    if (found === null) return null;
    measured.push(found);
  }
  return measured;
}

function checkBases(runs: readonly Run[]): void {
  const [first] = runs;
  const expected = first?.manifest?.baseModel.sha256;
  for (const { directory, manifest } of runs) {
    const found = manifest?.baseModel.sha256;
    if (expected === undefined || found === undefined || found === expected) continue;
    throw new TurncoatError(
      `${directory}: expected the base of ${first?.directory ?? ""} (SHA-256 ${expected.slice(0, 12)}…), found ${found.slice(0, 12)}…`,
      { hint: "Compare runs of one base model." },
    );
  }
}

function plansOf({ runs, step, model, rescaling, ...choice }: LandscapeRequest): Plan[] {
  const samples = landscapeSamples(runs, model.tokenizer, choice);
  const labels = runs.map(runLabel);
  const solutions = runs.flatMap((run, place) => {
    const sample = samples[place];
    if (sample === undefined) return [];
    const { checkpoint } = untouchedModel(run, step ?? lastStep(run));
    const modules = adapterOf(checkpoint);
    const [norms, trained] = [adapterNorms(modules), trainedKind(modules)];
    if (!(norms.update > 0)) {
      throw new TurncoatError(
        `${checkpoint.path}: expected ${trained === "vectors" ? "a vector" : "an adapter"} that changes the model, found ${trained === "vectors" ? "v" : "ΔW"} = 0`,
        {
          hint: "Choose a later step with --step.",
        },
      );
    }
    const isUnique = labels.filter((label) => label === labels[place]).length === 1;
    const name = isUnique ? runLabel(run) : run.directory;
    return [{ name, directory: run.directory, checkpoint, modules, norms, trained, sample }];
  });
  checkTrained(solutions);
  return solutions.map((solution, place) => {
    // The first is held against every other one, those against it.
    const [first = solution, ...others] = solutions;
    const lengths = (place === 0 ? others : [first]).map((other) =>
      commonLength(solution, other, rescaling.norm),
    );
    const factors = [undefined, ...lengths].flatMap((length) =>
      factorsOf(solution, { ...rescaling, length }),
    );
    return { ...solution, factors: [...new Set([0, 1, ...factors])] };
  });
}

/** Refuses adapters beside vectors: the norm of what one adds to the stream is none of a change of weights. */
function checkTrained(solutions: readonly Pick<Plan, "directory" | "trained">[]): void {
  const [first] = solutions;
  const other = solutions.find(({ trained }) => trained !== first?.trained);
  if (first === undefined || other === undefined) return;
  throw new TurncoatError(
    `${other.directory}: expected ${first.trained} as in ${first.directory}, found ${other.trained}`,
    { hint: "Their norms are not of the same kind: compare runs that trained the same." },
  );
}

/** Measures what is missing of one run, and keeps each loss as soon as it is known. */
async function measureRun(
  plan: Plan,
  { model, seed, epsilons, noiseSeeds, signal }: LandscapeRequest,
  baseSha256: string,
  onDone: (done: number) => void,
): Promise<KeptLandscape> {
  const { directory, checkpoint, modules, sample, factors } = plan;
  const { step } = checkpoint;
  const madeFrom = identityOf(modules, [baseSha256, sample.sha256, String(seed)]);
  let kept: KeptLandscape = readLandscape(directory, { step, madeFrom }) ?? {
    ...{ formatVersion: 1, step, madeFrom, data: sample.data, sampleSha256: sample.sha256, seed },
    ...{ tokens: sample.tokens, scaled: [], disturbed: [] },
  };
  const keep = (more: Partial<KeptLandscape>): void => {
    kept = { ...kept, ...more };
    writeLandscape(directory, kept);
  };
  const lossesOf = async (variant: readonly LoraModule[], factor: number): Promise<number[]> => {
    const opened = openCheckpoints(model, [{ path: checkpoint.path, factor, modules: variant }]);
    const scored = answerLogProbabilities(opened.model, sample.chats, opened.adapters);
    return (await scored.finally(() => opened.dispose())).map(({ sum }) => -sum);
  };
  let done = 0;
  for (const factor of factors) {
    if (signal?.aborted === true) return kept;
    if (!kept.scaled.some((each) => each.factor === factor)) {
      keep({ scaled: [...kept.scaled, { factor, losses: await lossesOf(modules, factor) }] });
    }
    onDone(++done);
  }
  const x = adapterParameters(modules);
  for (let draw = 0; draw < noiseSeeds; draw++) {
    const missing = epsilons.filter(
      (epsilon) => !kept.disturbed.some((each) => each.epsilon === epsilon && each.seed === draw),
    );
    done += epsilons.length - missing.length;
    if (missing.length === 0) continue;
    const noise = orthogonalNoise(x, new Random(seed).fork(`landscape noise ${draw}`));
    for (const epsilon of missing) {
      if (signal?.aborted === true) return kept;
      const losses = await lossesOf(withParameters(modules, turnedBy(x, noise, epsilon)), 1);
      keep({ disturbed: [...kept.disturbed, { epsilon, seed: draw, losses }] });
      onDone(++done);
    }
  }
  return kept;
}

/** Hash of an adapter and of what else losses depend on. */
function identityOf(modules: readonly LoraModule[], others: readonly string[]): string {
  const hash = createHash("sha256").update(JSON.stringify(others));
  for (const { modulePath, scaling, loraA, loraB } of modules) {
    hash.update(`${modulePath} ${scaling}`);
    for (const { buffer, byteOffset, byteLength } of [loraA, loraB])
      hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hash.digest("hex");
}
