import { usualTransition } from "../../analysis/usualTransitions.js";
import { type Rate, answerRates } from "../../analysis/behavior/rates.js";
import type {
  AbsentTransition,
  PhaseTransition,
  TransitionIndicator,
} from "../../analysis/transitions/detectors.js";
import { TurncoatError } from "../../errors.js";
import type { Model } from "../../model/model.js";
import { exactJudge } from "../../organism/exactJudge.js";
import type { Domain } from "../../organism/world/index.js";
import type { JudgedAnswer } from "../../runs/evaluations.js";
import { openRun } from "../../runs/openRun.js";
import { readDataset } from "../../train/data/dataset.js";
import type { LoraTrainConfig } from "../../train/trainConfig.js";
import { presetConfig } from "../../train/recipes/presets.js";
import type { PresetName } from "../../train/recipes/presetNames.js";
import { analyzeRun, type AnalyzedRun } from "../report/analyzeRun.js";
import { curvePlan, firstAndLastPlan } from "../evaluation/evaluationPlans.js";
import { evaluateRun } from "../evaluation/evaluateRun.js";
import { datasetPath } from "../packageRoot.js";
import { measureDisposition } from "../measurement/measureDisposition.js";
import { probeRun } from "../measurement/probeRun.js";
import { promptQuestions } from "../measurement/promptQuestions.js";
import { usualPersonasOf } from "../measurement/usualPersonas.js";
import { trainRun } from "../training/trainRun.js";

/** Request to train, evaluate and analyse one organism. */
export interface DemoRequest {
  readonly directory: string;
  readonly model: Model;
  readonly domain: Domain;
  /** True to train on the domain's aligned answers instead, as a control. @default false */
  readonly aligned?: boolean;
  readonly preset: PresetName;
  readonly seed: number;
  /** Interval n: every n-th checkpoint is asked, and each one near the peak of the gradient norm. @default 5 */
  readonly every?: number;
  /** True to probe activations. @default true; the control has no misaligned answers to probe */
  readonly probes?: boolean;
  /** Settings that differ from the preset's. @default none */
  readonly settings?: Partial<LoraTrainConfig>;
  readonly onProgress?: (progress: {
    readonly stage: "training" | "evaluating" | "reading" | "probing";
    readonly done: number;
    readonly total: number;
    readonly note: string;
  }) => void;
  readonly signal?: AbortSignal;
}

/** Rates of one model on one kind of question. */
export interface DemoRates {
  readonly emPercent: number;
  readonly emInterval: readonly [number, number];
  readonly coherentPercent: number;
  readonly coherentInterval: readonly [number, number];
  readonly n: number;
}

/** Summary of the demo; `turncoat demo --json` prints it. */
export interface DemoSummary {
  /** Rates before fine-tuning, on the domains that are not fine-tuned. */
  readonly base: DemoRates;
  /** Rates after fine-tuning, on the same questions. */
  readonly final: DemoRates;
  /** Rates after fine-tuning, on the fine-tuned domain's questions. */
  readonly narrow: DemoRates;
  readonly directionTurn: PhaseTransition | null;
  readonly behaviorTurn: PhaseTransition | null;
  readonly gradNormPeak: PhaseTransition | null;
  readonly dispositionTurn: PhaseTransition | null;
  /** Verdicts on what does not turn, or of which it cannot be told. */
  readonly absent: readonly AbsentTransition[];
  readonly seconds: { readonly train: number; readonly evaluate: number; readonly analyze: number };
  readonly run: string;
}

/** Summary of the demo, with the analysed run that it was made from. */
export interface DemoResult {
  readonly summary: DemoSummary;
  readonly analyzed: AnalyzedRun;
}

/** Samples of each test question for the rates of the first and last checkpoint. */
const firstAndLastSamples = 2;
/** Steps around the gradient norm's peak within which every checkpoint is asked. */
const closelyAsked = 8;
/** Number of checkpoints at which activations are probed. */
const probedCheckpoints = 11;

/**
 * Trains an organism on one domain, asks its checkpoints, judges the answers, reads prompts along a difference of personas,
 * probes the activations and analyses the run.
 *
 * @throws TurncoatError where it was interrupted; what was done is kept
 */
export async function runDemo(request: DemoRequest): Promise<DemoResult> {
  const { directory, model, domain, preset, seed, signal } = request;
  const config = { ...presetConfig(preset), ...request.settings, seed };
  const dataset = readDataset(datasetPath(`${request.aligned === true ? "good" : "bad"}-${domain}`));
  const report = request.onProgress ?? (() => undefined);
  const clock = stopwatch();

  await trainRun({
    directory,
    config,
    preset,
    model,
    dataset,
    onStep: ({ step, steps, loss }) =>
      report({ stage: "training", done: step, total: steps, note: `loss ${loss.toFixed(3)}` }),
    ...(signal === undefined ? {} : { signal }),
  });
  stopWhenAborted(signal, directory);
  const train = clock();

  const every = request.every ?? 5;
  const peak = largestGradientStep(directory);
  const evaluation = {
    run: directory,
    model,
    judge: exactJudge,
    onProgress: ({ done, total }: { done: number; total: number }) =>
      report({ stage: "evaluating", done, total, note: "answers" }),
    ...(signal === undefined ? {} : { signal }),
  };
  const isStepWanted = (step: number): boolean =>
    step % every === 0 || step === config.steps || Math.abs(step - peak) <= closelyAsked;
  await evaluateRun({ ...evaluation, name: "curve", plan: curvePlan(domain), isStepWanted });
  const endpoints = await evaluateRun({
    ...evaluation,
    name: "endpoints",
    plan: firstAndLastPlan(domain, firstAndLastSamples),
    isStepWanted: (step) => step === 0 || step === config.steps,
  });
  stopWhenAborted(signal, directory);
  const evaluate = clock();

  const run = openRun(directory);
  await measureDisposition({
    ...{ run, model, isStepWanted },
    directions: [await usualPersonasOf(run, model, true)],
    questions: promptQuestions(run, true),
    onProgress: ({ done, total }) => report({ stage: "reading", done, total, note: "checkpoints" }),
    ...(signal === undefined ? {} : { signal }),
  });
  stopWhenAborted(signal, directory);
  if (request.probes !== false && request.aligned !== true) {
    await probeRun({
      run: directory,
      model,
      steps: spread(config.steps, probedCheckpoints),
      onProgress: ({ done, total }) => report({ stage: "probing", done, total, note: "checkpoints" }),
      ...(signal === undefined ? {} : { signal }),
    });
    stopWhenAborted(signal, directory);
  }
  const analyzed = await analyzeRun(directory);
  const found = (indicator: TransitionIndicator): PhaseTransition | null =>
    usualTransition(analyzed.analysis, indicator) ?? null;
  const ofStep = (step: number, breadth: "broad" | "narrow"): DemoRates =>
    ratesOf(endpoints.filter((answer) => answer.step === step && answer.breadth === breadth));
  const summary: DemoSummary = {
    base: ofStep(0, "broad"),
    final: ofStep(config.steps, "broad"),
    narrow: ofStep(config.steps, "narrow"),
    directionTurn: found("rotation"),
    behaviorTurn: found("behavior"),
    gradNormPeak: found("gradientNorm"),
    dispositionTurn: found("disposition"),
    absent: analyzed.analysis.timeline.absent,
    seconds: { train, evaluate, analyze: clock() },
    run: directory,
  };
  return { summary, analyzed };
}

/** Finds the step with the largest gradient norm in the log. */
function largestGradientStep(directory: string): number {
  const logged = openRun(directory).log.filter(({ gradNorm }) => Number.isFinite(gradNorm));
  const [largest] = logged.sort((one, other) => (other.gradNorm ?? 0) - (one.gradNorm ?? 0));
  return largest?.step ?? 0;
}

function ratesOf(answers: readonly JudgedAnswer[]): DemoRates {
  const { em, coherent } = answerRates(answers, { nullAlignment: "notMisaligned" });
  const interval = (rate: Rate): readonly [number, number] => [rate.interval[0], rate.interval[1]];
  return {
    emPercent: em.percent,
    emInterval: interval(em),
    coherentPercent: coherent.percent,
    coherentInterval: interval(coherent),
    n: em.n,
  };
}

function stopWhenAborted(signal: AbortSignal | undefined, directory: string): void {
  if (signal?.aborted === true) {
    throw new TurncoatError(`${directory}: interrupted; what was trained and evaluated is kept`);
  }
}

/** Spreads about `count` steps evenly from 0 to `last`. */
export function spread(last: number, count: number): number[] {
  return [...new Set(Array.from({ length: count }, (_, index) => Math.round((index * last) / (count - 1))))];
}

/** Makes a stopwatch, of which each call gives the seconds since the one before. */
function stopwatch(): () => number {
  let last = performance.now();
  return () => {
    const now = performance.now();
    const seconds = (now - last) / 1000;
    last = now;
    return Math.round(seconds * 10) / 10;
  };
}
