import { defaultThresholds } from "../../analysis/behavior/rates.js";
import { usualEvaluation } from "./curveEvaluation.js";
import { TurncoatError } from "../../errors.js";
import { judgementOf } from "../../evaluate/judge/answerJudging.js";
import type { Judge } from "../../evaluate/judge/judge.js";
import { RepliedModels } from "./repliedModels.js";
import { whileEvaluating } from "../../runs/runLocks.js";
import {
  EvaluationWriter,
  readEvaluations,
  withoutReplies,
  type Evaluation,
  type JudgedAnswer,
} from "../../runs/evaluations.js";
import { commandLine } from "../../hints.js";
import { directoryOf, type RunSource } from "../../runs/openRun.js";

/** Request to judge answers of a run anew. */
export interface RejudgeRequest {
  readonly run: RunSource;
  /** The evaluation whose answers are judged. */
  readonly from: string;
  /** The evaluation that is written: `evaluations/<name>.jsonl`. */
  readonly name: string;
  readonly judge: Judge;
  /** Chooses checkpoints. @default all */
  readonly isStepWanted?: (step: number) => boolean;
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
  /** Receives what a person should know and nothing ends for, one line each: another model judges than before. */
  readonly onNote?: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** What judging again gave, beside what was judged before. */
export interface RejudgedRun {
  /** Pairs of an answer as judged before and as judged now, those that were judged earlier included. */
  readonly pairs: readonly (readonly [before: JudgedAnswer, now: JudgedAnswer])[];
  /** Answers judged by this call. */
  readonly judged: number;
  /** True where it was ended before all were judged. */
  readonly interrupted: boolean;
}

/** Most answers that are judged together and written in one go. */
const batchSize = 64;

/**
 * Has the answers of an evaluation judged anew, without asking the model again, and appends the judgements to an
 * evaluation of its own. What is there already is not judged again, so that an interrupted call continues where it
 * stopped.
 *
 * @throws TurncoatError where there is no such evaluation, or one of that name was made in another way or is being
 *   written by another process
 */
export async function rejudgeRun(request: RejudgeRequest): Promise<RejudgedRun> {
  const { from, name } = request;
  const directory = directoryOf(request.run);
  if (from === name) {
    throw new TurncoatError(`judge: expected another name than that of the evaluation judged, found ${name}`);
  }
  const source = evaluationOf(directory, from);
  return whileEvaluating(directory, name, () => rejudge(request, source));
}

async function rejudge(request: RejudgeRequest, source: Evaluation): Promise<RejudgedRun> {
  const { from, name, judge, signal } = request;
  const { writer, answers: before } = EvaluationWriter.continue(directoryOf(request.run), name, {
    formatVersion: 1,
    answersOf: from,
    answers: withoutReplies(source.provenance),
    judge: judge.description,
    thresholds: defaultThresholds,
  });
  const judgedBefore = new Map(before.map((answer) => [keyOf(answer), answer]));
  const wanted = source.answers.filter(({ step }) => request.isStepWanted?.(step) ?? true);
  const missing = wanted.filter((answer) => !judgedBefore.has(keyOf(answer)));
  const now = new Map(judgedBefore);
  const models = new RepliedModels(writer, judge, null, request.onNote);
  let judged = 0;
  for (let start = 0; start < missing.length && signal?.aborted !== true; start += batchSize) {
    const batch = missing.slice(start, start + batchSize);
    const answers = await judgeAll(judge, batch, signal);
    if (answers === null) break;
    writer.append(answers);
    models.update();
    for (const answer of answers) now.set(keyOf(answer), answer);
    judged += answers.length;
    request.onProgress?.({ done: wanted.length - missing.length + judged, total: wanted.length });
  }
  return {
    pairs: wanted.flatMap((first) => {
      const second = now.get(keyOf(first));
      return second === undefined ? [] : [[first, second] as const];
    }),
    judged,
    interrupted: judged < missing.length,
  };
}

/** Names the evaluation whose answers are judged where none is named: of those sampled `curve`, else the first. */
export function sampledEvaluation(run: RunSource): string {
  const directory = directoryOf(run);
  const sampled = readEvaluations({ directory }).filter(
    ({ provenance }) => provenance?.answersOf === undefined,
  );
  const found = sampled.find(({ name }) => name === usualEvaluation) ?? sampled[0];
  if (found === undefined) {
    throw new TurncoatError(`${directory}: expected answers to judge in evaluations/*.jsonl, found none`, {
      hint: `Sample answers first: ${commandLine("evaluate", directory)}`,
    });
  }
  return found.name;
}

/** Judges all answers; null where the signal ended it. */
async function judgeAll(
  judge: Judge,
  answers: readonly JudgedAnswer[],
  signal: AbortSignal | undefined,
): Promise<JudgedAnswer[] | null> {
  try {
    return await Promise.all(
      // Scores of the earlier judge must not stay beside those of the new one.
      answers.map(async (answer) => ({
        ...answer,
        scores: undefined,
        unscored: undefined,
        ...(await judgementOf(judge, answer)),
      })),
    );
  } catch (error) {
    if (signal?.aborted === true) return null;
    throw error;
  }
}

function evaluationOf(directory: string, name: string): Evaluation {
  const [evaluation] = readEvaluations({ directory }, name);
  if (evaluation === undefined) throw new TurncoatError(`${directory}: no evaluation ${name}`);
  return evaluation;
}

function keyOf({ step, scale, questionId, sample }: JudgedAnswer): string {
  return JSON.stringify([step, scale, questionId, sample]);
}
