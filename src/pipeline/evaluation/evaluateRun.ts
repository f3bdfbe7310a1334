import { TurncoatError } from "../../errors.js";
import {
  askedOf,
  type AnswerSource,
  type ReplicaWork,
  type SamplePlan,
} from "../../evaluate/sampling/answerSource.js";
import type { Judge } from "../../evaluate/judge/judge.js";
import { modelSource } from "../../evaluate/sampling/modelSource.js";
import type { Model } from "../../model/model.js";
import { whileEvaluating } from "../../runs/runLocks.js";
import { EvaluationWriter, type JudgedAnswer } from "../../runs/evaluations.js";
import { directoryOf, isMostlyProjected, keptStepsWords, runOf, type RunSource } from "../../runs/openRun.js";
import { answerWorks } from "./answerWorks.js";
import { evaluationProvenance, type QuestionsOrigin } from "./evaluationProvenance.js";

/** Request to evaluate checkpoints of a run. */
export interface EvaluationRequest {
  readonly run: RunSource;
  /** Name of the evaluation: its answers lie in `evaluations/<name>.jsonl`. */
  readonly name: string;
  /** Source of the answers: a model opened here, or another one, such as an endpoint. */
  readonly model: Model | AnswerSource;
  readonly judge: Judge;
  readonly plan: SamplePlan;
  /** Origin of the questions, to be written down with their hash. @default the plan alone */
  readonly questionsFrom?: QuestionsOrigin;
  /** Chooses checkpoints. @default all */
  readonly isStepWanted?: (step: number) => boolean;
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
  /** Receives what a person should know and nothing ends for, one line each: another model judges than before. */
  readonly onNote?: (line: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Samples and judges answers of a run's checkpoints and appends them to the run. An answer that is there already is
 * not asked for again, so that an interrupted evaluation continues where it stopped.
 *
 * @returns all answers of the evaluation
 * @throws TurncoatError where the run has no checkpoint that is wanted, or an evaluation of that name was made
 *   otherwise or is being written by another process
 */
export async function evaluateRun(request: EvaluationRequest): Promise<readonly JudgedAnswer[]> {
  const { name } = request;
  const run = runOf(request.run);
  const { directory } = run;
  const checkpoints = run.checkpoints.filter(({ step }) => request.isStepWanted?.(step) ?? true);
  if (checkpoints.length === 0 && run.checkpoints.length > 0) {
    throw new TurncoatError(`${directory}: expected a checkpoint at the steps wanted, found none`, {
      hint: `In the run ${keptStepsWords(run)}.`,
    });
  }
  if (isMostlyProjected(run)) request.onNote?.(keptStepsWords(run));
  return whileEvaluating(directory, name, () => evaluateCheckpoints(request, checkpoints));
}

async function evaluateCheckpoints(
  request: EvaluationRequest,
  checkpoints: readonly ReplicaWork["checkpoint"][],
): Promise<readonly JudgedAnswer[]> {
  const { name, plan, judge, signal } = request;
  const source = "sample" in request.model ? request.model : modelSource(request.model);
  const { writer, answers: before } = EvaluationWriter.continue(
    directoryOf(request.run),
    name,
    evaluationProvenance(plan, request.questionsFrom ?? null, judge, source),
  );
  const asked = askedOf(plan);
  const total = checkpoints.length * plan.scales.length * asked.length;
  const works = missingWorks(checkpoints, asked, plan.scales, before);
  const { onProgress, onNote } = request;
  return answerWorks({
    writer,
    before,
    works,
    total,
    settings: plan,
    source,
    judge,
    onProgress,
    onNote,
    signal,
  });
}

/** Lists what is not answered yet, checkpoint by checkpoint, the factors of each together. */
function missingWorks(
  checkpoints: readonly ReplicaWork["checkpoint"][],
  asked: ReplicaWork["asked"],
  scales: readonly number[],
  answers: readonly JudgedAnswer[],
): ReplicaWork[] {
  const answered = new Set(
    answers.map(({ step, scale, questionId, sample }) => keyOf(step, scale, questionId, sample)),
  );
  return checkpoints.flatMap((checkpoint) =>
    scales.flatMap((scale): ReplicaWork[] => {
      const missing = asked.filter(
        ({ question, sample }) => !answered.has(keyOf(checkpoint.step, scale, question.id, sample)),
      );
      return missing.length === 0 ? [] : [{ checkpoint, scale, asked: missing }];
    }),
  );
}

function keyOf(step: number, scale: number, questionId: string, sample: number): string {
  return `${step} ${scale} ${sample} ${questionId}`;
}
