import { existsSync } from "node:fs";
import { join } from "node:path";
import { isTurncoatError } from "../../errors.js";
import type { TransitionAgainstControls } from "../../analysis/controls/controlTest.js";
import { meanOfQuestions, type MeanEstimate } from "../../analysis/behavior/meanOfQuestions.js";
import { questionBootstrap } from "../../analysis/behavior/questionResampling.js";
import { questionDifferences } from "../../analysis/behavior/pairedRates.js";
import { answerRates, type AnswerRates } from "../../analysis/behavior/rates.js";
import type { DirectionAnalysis, StepExtremum } from "../../analysis/geometry/adapterRecord.js";
import type { Interval } from "../../analysis/statistics/quantile.js";
import { answerKindRates, type AnswerKindRates } from "../../analysis/texts/answerKindRates.js";
import type { TrainingTexts } from "../../analysis/texts/trainingTexts.js";
import { usualTransition } from "../../analysis/usualTransitions.js";
import type {
  AbsentTransition,
  PhaseTransition,
  TransitionIndicator,
} from "../../analysis/transitions/detectors.js";
import { compareDirections } from "../directions/compareDirections.js";
import { nullAlignmentOf } from "../evaluation/curveEvaluation.js";
import { trainingOf } from "../evaluation/answerKinds.js";
import { selectAnswers } from "../evaluation/judgedAnswers.js";
import type { Evaluation } from "../../runs/evaluations.js";
import { readableManifest } from "../../runs/continuation.js";
import { manifestFile } from "../../runs/layout.js";
import { analyzeRun, type AnalyzedRun } from "../report/analyzeRun.js";
import { heldAgainst } from "../report/controlledRun.js";
import { studyCells, type StudyCell, type StudyPair } from "./studyCells.js";
import { dispositionDifference, dispositionResult, type DispositionResult } from "./studyDisposition.js";
import type { Study } from "./studyFile.js";

/** What a study has found so far: one entry for each pair of a harmful run and its control. */
export interface StudyResults {
  readonly title: string;
  readonly pairs: readonly PairResult[];
  /** What of its runs cannot be read and is missing here: one sentence each, which names the file. */
  readonly faults: readonly string[];
}

/** A harmful run and its control. */
export interface PairResult {
  readonly name: string;
  readonly model: string;
  readonly data: string;
  readonly recipe: string;
  readonly seed: number;
  /** Null where it is not trained to its end. */
  readonly harmful: RunResult | null;
  readonly control: RunResult | null;
  /** The harmful run's turn held against the control; null where it does not turn, or one of them is missing. */
  readonly verdict: TransitionAgainstControls | null;
  /** Cosine of ΔW at the last step between the two, and its size between random directions; null where one is missing. */
  readonly updateCosine: { readonly value: number; readonly random: number } | null;
  /** Change of the log-likelihood gap of the harmful run less that of the control, over the same pairs of answers. */
  readonly gapDifference: MeanEstimate | null;
  /** Movement of the harmful run's prompts along the difference of personas less that of the control's, over the same questions. */
  readonly dispositionDifference: MeanEstimate | null;
  /** EM rate of the harmful run less that of the control, in percent points, over the questions that both were asked. */
  readonly emDifferences: readonly EmDifference[];
}

/** Difference of two EM rates at the same step of the same evaluation. */
export interface EmDifference {
  readonly evaluation: string;
  readonly step: number;
  readonly difference: MeanEstimate;
}

/** One run of a study. */
export interface RunResult {
  readonly steps: number;
  /** Turn of the direction of B, or of ΔW of all adapters. */
  readonly turn: PhaseTransition | AbsentTransition | null;
  /** Turn of broad behaviour at the factor that stands for the run; null where nothing was judged. */
  readonly behaviorTurn: PhaseTransition | AbsentTransition | null;
  /** Largest local cosine among steps that move, by half-window, paper's sign. */
  readonly peaks: Readonly<Record<string, StepExtremum | null>>;
  /** Of the path's variance, first and second component. */
  readonly explained: readonly [first: number, second: number];
  readonly finalNorm: number;
  /** Log-likelihood gap at the first and last step, in nats a token, and its change; null where it was not measured. */
  readonly gap: { readonly first: number; readonly last: number; readonly change: MeanEstimate } | null;
  /** Null where prompts were not read. */
  readonly disposition: DispositionResult | null;
  readonly evaluations: readonly EvaluationResult[];
}

/** Judged answers of a run at one step, to broad questions at factor 1 on the adapter. */
export interface EvaluationResult {
  readonly name: string;
  readonly step: number;
  readonly rates: AnswerRates;
  /** Answers by kind, as their words alone tell it. */
  readonly kinds: AnswerKindRates;
  /** 95 % of the EM rate, from resampling whole questions. */
  readonly emOverQuestions: Interval;
}

/**
 * Reads what a study has found so far from its runs.
 * @param only words that the names of the runs must all hold
 */
export async function studyResults(
  study: Study,
  only: readonly string[] = [],
  onProgress: (done: number, total: number) => void = () => undefined,
): Promise<StudyResults> {
  const all = studyCells(study, only).flatMap((cell) => cell.pairs.map((pair) => ({ cell, pair })));
  const pairs: PairResult[] = [];
  const faults: string[] = [];
  for (const { cell, pair } of all) {
    pairs.push(await pairResult(cell, pair, faults));
    onProgress(pairs.length, all.length);
  }
  return { title: study.title, pairs, faults };
}

async function pairResult(
  { model, data, recipe }: StudyCell,
  pair: StudyPair,
  faults: string[],
): Promise<PairResult> {
  const harmful = await analyzed(pair.harmful, faults);
  const control = await analyzed(pair.control, faults);
  const turn = harmful === null ? undefined : usualTransition(harmful.analysis, "rotation");
  const held =
    harmful === null || control === null || turn === undefined ? null : heldAgainst(harmful, [control]);
  const own = harmful && gapChanges(harmful);
  const other = control && gapChanges(control);
  return {
    name: pair.name,
    model: model.name,
    data: data.name,
    recipe: recipe.name,
    seed: pair.seed,
    harmful: harmful && resultOf(harmful, own),
    control: control && resultOf(control, other),
    verdict:
      held?.verdicts.find(
        ({ indicator, adapter }) => indicator === "rotation" && adapter === (turn?.adapter ?? null),
      ) ?? null,
    updateCosine: harmful === null || control === null ? null : updateCosine(pair),
    gapDifference: differenceOf(own, other),
    dispositionDifference: dispositionDifference(
      harmful?.kept.disposition ?? null,
      control?.kept.disposition ?? null,
    ),
    emDifferences: harmful === null || control === null ? [] : emDifferences(harmful, control),
  };
}

/** Cosine between what the two runs of a pair have learnt. */
function updateCosine({ harmful, control }: StudyPair): PairResult["updateCosine"] {
  const { compared } = compareDirections([
    { id: "harmful", run: harmful },
    { id: "control", run: control },
  ]);
  return compared && { value: compared.values[0]?.[1] ?? NaN, random: compared.randomCosine };
}

/** Change of one gap less that of another; null where they are not of the same pairs of answers. */
function differenceOf(own: GapChanges | null, other: GapChanges | null): MeanEstimate | null {
  if (own === null || own.sha256 !== other?.sha256) return null;
  return meanOfQuestions(own.changes.map((change, index) => change - (other.changes[index] ?? NaN)));
}

/** Differences of the EM rates of two runs, at the steps after the first that both were asked at. */
function emDifferences(harmful: AnalyzedRun, control: AnalyzedRun): EmDifference[] {
  return harmful.evaluations.flatMap((evaluation) => {
    const { name, answers } = evaluation;
    const options = { nullAlignment: nullAlignmentOf(evaluation) };
    const others = control.evaluations.find((each) => each.name === name)?.answers ?? [];
    return stepsOf(evaluation)
      .filter((step) => step > 0 && stepsOf({ name, answers: others }).includes(step))
      .map((step): EmDifference => {
        const [own = [], other = []] = [answers, others].map(
          (all) => selectAnswers({ path: name, answers: all }, { step }).answers,
        );
        return {
          evaluation: name,
          step,
          difference: meanOfQuestions(questionDifferences(own, other, options)),
        };
      });
  });
}

function stepsOf({ name, answers }: Pick<Evaluation, "name" | "answers">): readonly number[] {
  return answers.length === 0 ? [] : selectAnswers({ path: name, answers }).steps;
}

/** Analyses a run that is trained to its end; null for others, and for one that cannot be read. */
async function analyzed(directory: string, faults: string[]): Promise<AnalyzedRun | null> {
  if (!existsSync(join(directory, manifestFile))) return null;
  if (readableManifest(directory)?.status !== "finished") return null;
  try {
    const run = await analyzeRun(directory);
    faults.push(...run.kept.faults);
    return run;
  } catch (error) {
    if (!isTurncoatError(error)) throw error;
    faults.push(`${error.message}; this run was left out`);
    return null;
  }
}

function resultOf(
  { run, analysis, evaluations, kept: { disposition } }: AnalyzedRun,
  changes: GapChanges | null,
): RunResult {
  const path: DirectionAnalysis | undefined = analysis.whole?.path ?? analysis.adapters[0]?.B;
  const { absent } = analysis.timeline;
  const [first = NaN, second = NaN] = path?.pca?.explainedVarianceRatio ?? [];
  const { training } = trainingOf(run.directory);
  const verdictOn = (wanted: TransitionIndicator): PhaseTransition | AbsentTransition | null =>
    usualTransition(analysis, wanted) ?? absent.find(({ indicator }) => indicator === wanted) ?? null;
  return {
    steps: run.checkpoints.at(-1)?.step ?? 0,
    turn: verdictOn("rotation"),
    behaviorTurn: verdictOn("behavior"),
    peaks: Object.fromEntries(Object.entries(path?.localCosine ?? {}).map(([k, { peak }]) => [k, peak])),
    explained: [first, second],
    finalNorm: path?.norm.values.at(-1) ?? NaN,
    gap: changes && { first: changes.first, last: changes.last, change: meanOfQuestions(changes.changes) },
    disposition: dispositionResult(disposition),
    evaluations: evaluations.flatMap((evaluation) => evaluationResults(evaluation, training)),
  };
}

/** Rates and kinds of the answers of an evaluation, step by step. */
function evaluationResults(evaluation: Evaluation, training: TrainingTexts | null): EvaluationResult[] {
  const { name, answers } = evaluation;
  const options = { nullAlignment: nullAlignmentOf(evaluation) };
  return stepsOf(evaluation).map((step) => {
    const { answers: own } = selectAnswers({ path: name, answers }, { step });
    return {
      name,
      step,
      rates: answerRates(own, options),
      kinds: answerKindRates(own, { ...options, training }),
      emOverQuestions: questionBootstrap(own, options),
    };
  });
}

/** Gap of a run at the first and last step that was measured, and the change of each pair. */
interface GapChanges {
  /** Identifies the pairs. */
  readonly sha256: string;
  readonly first: number;
  readonly last: number;
  readonly changes: readonly number[];
}

/** Reads how a run's gap changed; null where it was not measured. */
function gapChanges({ kept: { likelihood } }: AnalyzedRun): GapChanges | null {
  const pairs = likelihood?.pairs;
  const [first, last] = [pairs?.differences[0], pairs?.differences.at(-1)];
  if (pairs === undefined || first === undefined || last === undefined) return null;
  const mean = (values: readonly number[]): number => meanOfQuestions(values, { resamples: 0 }).value;
  return {
    sha256: pairs.sha256,
    first: mean(first),
    last: mean(last),
    changes: last.map((value, index) => value - (first[index] ?? NaN)),
  };
}
