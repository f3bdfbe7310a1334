import { answerRates, type AnswerRates, type RateOptions } from "../../analysis/behavior/rates.js";
import {
  interventionRows,
  type ConditionedAnswer,
  type InterventionRow,
} from "../../analysis/interventions/interventionRows.js";
import type { PlaygroundTask, WholeAnswer } from "./playgroundMessages.js";
import { sweepSize, type SweepPlan, type SweepPoint, type SweepQuestion } from "./sweepPlan.js";

/** Scores of an answer that verdicts are made of. */
export type SweepScores = Pick<ConditionedAnswer, "aligned" | "coherent">;

/** Request to sweep. */
export interface SweepRequest {
  readonly plan: SweepPlan;
  /** Asks the model; others may be answered between two tasks. */
  readonly ask: (task: PlaygroundTask) => Promise<readonly WholeAnswer[]>;
  readonly scoresOf: (question: SweepQuestion, answer: string) => Promise<SweepScores>;
  readonly rule: RateOptions;
  /** Called after each task. */
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
  /** Called when all answers of a point are judged. */
  readonly onPoint: (point: SweepPoint, rates: AnswerRates) => void;
  readonly signal: AbortSignal;
}

/**
 * Asks a model the questions of a sweep at each point, one question at a time, with the same random numbers at all of
 * them, and has the answers judged.
 *
 * @returns the table of the sweep's interventions, beside the untouched model and random directions (`docs/methods.md §5.2`)
 * @throws what ended it: the signal's reason, or the error of the model or the judge
 */
export async function runSweep(request: SweepRequest): Promise<readonly InterventionRow[]> {
  const { plan, rule, onProgress, onPoint, signal } = request;
  const total = sweepSize(plan);
  const answers: ConditionedAnswer[] = [];
  for (const point of plan.points) {
    const own: ConditionedAnswer[] = [];
    for (const question of plan.questions) {
      own.push(...(await answersTo(question, point, request)));
      signal.throwIfAborted();
      onProgress?.({ done: answers.length + own.length, total });
    }
    answers.push(...own);
    onPoint(point, answerRates(own, rule));
  }
  return interventionRows(answers, rule);
}

/** Asks a question at a point: each condition answers an equal share of the samples. */
async function answersTo(
  question: SweepQuestion,
  { conditions }: SweepPoint,
  { plan: { step, samples, sampling }, ask, scoresOf, signal }: SweepRequest,
): Promise<ConditionedAnswer[]> {
  const [first] = conditions;
  if (first === undefined) return [];
  const share = samples / conditions.length;
  const whole = await ask({
    ...sampling,
    checkpoint: first.checkpoint.path,
    factor: first.scale,
    withBase: false,
    edits: conditions.flatMap(({ edits = [] }, replica) => edits.map((edit) => ({ ...edit, replica }))),
    replicas: conditions.length,
    question: question.text,
    randomNames: Array.from({ length: samples }, (_, sample) => `${question.randomName}/${sample}`),
  });
  signal.throwIfAborted();
  return Promise.all(
    whole.map(async ({ sample, text }): Promise<ConditionedAnswer> => {
      const { aligned, coherent } = await scoresOf(question, text);
      return {
        step,
        scale: first.scale,
        domain: question.domain,
        breadth: question.breadth,
        questionId: question.id,
        answer: text,
        aligned,
        coherent,
        condition: conditions[Math.floor(sample / share)]?.condition,
      };
    }),
  );
}
