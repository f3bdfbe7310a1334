import { basename, dirname, join, relative, resolve } from "node:path";
import { answerRates } from "../../analysis/behavior/rates.js";
import type { RemovalArm, RemovalOutcome } from "../../analysis/attribution/removalTest.js";
import { TurncoatError } from "../../errors.js";
import type { Model } from "../../model/model.js";
import { exactJudge } from "../../organism/exactJudge.js";
import { openRun, type Run } from "../../runs/openRun.js";
import { Random } from "../../tensor/random.js";
import type { LoraTrainConfig } from "../../train/trainConfig.js";
import { evaluateRun } from "../evaluation/evaluateRun.js";
import { curvePlan } from "../evaluation/evaluationPlans.js";
import { measureLikelihood, sha256OfPairs } from "../measurement/measureLikelihood.js";
import { readLikelihood, type RunLikelihood } from "../results/likelihoodResult.js";
import { trainMissing } from "../training/trainMissing.js";
import type { TrainRequest } from "../training/trainRun.js";
import { domainOf, type BroadAnswers, type TrainedWith } from "./attributionSources.js";

/** Request to train a run again without some rows of its data. */
export interface WithoutRequest {
  readonly run: Run;
  readonly model: Model;
  readonly trainedWith: TrainedWith;
  readonly broad: BroadAnswers;
  /** True where the exact judge can score answers. */
  readonly isOrganism: boolean;
  /** Rows of the data set that score highest, in their order. */
  readonly top: readonly number[];
  /** Rows of the data set that as many are drawn from at random. */
  readonly rows: readonly number[];
  /** Names the ranking in the names of folders, such as `contrast-sum`. */
  readonly ranking: string;
  readonly seeds: readonly number[];
  readonly onProgress?: (progress: {
    readonly done: number;
    readonly total: number;
    readonly note: string;
  }) => void;
  readonly signal?: AbortSignal;
}

/** What became of a training, and its folder relative to the run's. */
export type WithoutOutcome = RemovalOutcome & { readonly folder: string };

/** Number of checkpoints at which the gap is measured, about. */
const measured = 30;

/**
 * Trains a run again from the same start and in the same order: whole, without its top rows, and without as many at random,
 * each with every seed, into folders beside it. Each is a run of its own. What is trained and measured already is not again.
 *
 * @returns one a training; null where it was interrupted
 * @throws TurncoatError where the run went on from another one, or a folder holds another run
 */
export async function trainWithout(request: WithoutRequest): Promise<WithoutOutcome[] | null> {
  const { run, seeds, signal } = request;
  if (request.trainedWith.manifest.branch !== undefined) {
    throw new TurncoatError(`${run.directory}: expected a run that began at the beginning, found a branch`, {
      hint: "Test the run that it went on from.",
    });
  }
  const plans = seeds.flatMap((seed) => (["whole", "top", "random"] as const).map((arm) => ({ arm, seed })));
  const outcomes: WithoutOutcome[] = [];
  for (const [index, { arm, seed }] of plans.entries()) {
    const onDone = (share: number, note: string): void =>
      request.onProgress?.({
        done: 1000 * index + Math.round(1000 * share),
        total: 1000 * plans.length,
        note: `${arm}, seed ${seed}: ${note}`,
      });
    const training = requestOf(request, arm, seed);
    const status = await trainMissing({
      ...training,
      onStep: ({ step, steps }) => onDone((0.7 * step) / steps, "training"),
      ...(signal === undefined ? {} : { signal }),
    });
    if (status === "interrupted") return null;
    const outcome = await measure(request, training.directory, (share) =>
      onDone(0.7 + 0.3 * share, "measuring"),
    );
    if (outcome === null) return null;
    const folder = relative(resolve(run.directory), resolve(training.directory));
    outcomes.push({ arm, seed, folder, ...outcome });
  }
  return outcomes;
}

function requestOf(request: WithoutRequest, arm: RemovalArm, seed: number): TrainRequest {
  const { run, model, trainedWith, top, rows, ranking } = request;
  const { dataSeed, adapterSeed, ...config } = trainedWith.config;
  const isOwn = seed === config.seed;
  const drawn = new Random(seed).fork("rows left out at random").permutation(rows.length);
  const random = drawn.slice(0, top.length).flatMap((place) => rows[place] ?? []);
  const more = { whole: [], top, random }[arm];
  const leftOut = [...new Set([...(config.leftOut ?? []), ...more])].sort((one, other) => one - other);
  const name = { whole: "whole", top: `top${top.length}-${ranking}`, random: `random${top.length}` }[arm];
  const seeded: LoraTrainConfig = {
    ...config,
    seed,
    ...(isOwn && dataSeed !== undefined ? { dataSeed } : {}),
    ...(isOwn && adapterSeed !== undefined ? { adapterSeed } : {}),
    ...(leftOut.length === 0 ? {} : { leftOut }),
  };
  const directory = resolve(run.directory);
  return {
    directory: join(dirname(directory), `${basename(directory)}-without`, `${name}-seed${seed}`),
    config: seeded,
    model,
    dataset: trainedWith.dataset,
  };
}

/** Measures the gap of a run along training and asks its last checkpoint, unless that was done; null where interrupted. */
async function measure(
  { model, trainedWith, broad, isOrganism, signal }: WithoutRequest,
  directory: string,
  onDone: (share: number) => void,
): Promise<Pick<RemovalOutcome, "steps" | "gap" | "em"> | null> {
  const isInterrupted = (): boolean => signal?.aborted ?? false;
  const run = openRun(directory);
  const last = run.checkpoints.at(-1)?.step ?? 0;
  const every = Math.max(1, Math.round(last / measured));
  const isWanted = (step: number): boolean => step % every === 0 || step === last;
  const wanted = run.checkpoints.map(({ step }) => step).filter(isWanted);
  const kept = readLikelihood(run);
  const likelihood =
    kept !== null && isOf(kept, broad, wanted)
      ? kept
      : await measureLikelihood({
          ...{ run, model, pairs: broad.pairs, isStepWanted: isWanted },
          onProgress: ({ done, total }) => onDone(done / total),
          ...(signal === undefined ? {} : { signal }),
        });
  if (isInterrupted() || likelihood.broad === null) return null;
  const { steps, gap } = likelihood.broad;
  if (!isOrganism) return { steps, gap, em: null };
  const domain = domainOf(trainedWith.dataset);
  const answers = await evaluateRun({
    ...{ run, model, name: "removal", plan: curvePlan(domain), judge: exactJudge },
    isStepWanted: (step) => step === last,
    ...(signal === undefined ? {} : { signal }),
  });
  if (isInterrupted()) return null;
  const { em } = answerRates(
    answers.filter(({ step, breadth }) => step === last && breadth === "broad"),
    { nullAlignment: "notMisaligned" },
  );
  return { steps, gap, em: { count: em.count, n: em.n } };
}

/** Tells whether a likelihood is of these answers at these steps. */
function isOf({ pairs, broad }: RunLikelihood, answers: BroadAnswers, steps: readonly number[]): boolean {
  return pairs?.sha256 === sha256OfPairs(answers.pairs) && broad?.steps.join() === steps.join();
}
