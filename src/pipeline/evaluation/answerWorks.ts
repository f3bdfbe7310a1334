import { AnswerJudging } from "../../evaluate/judge/answerJudging.js";
import type { Judge } from "../../evaluate/judge/judge.js";
import type { AnswerSource, ReplicaWork, SamplingSettings } from "../../evaluate/sampling/answerSource.js";
import type { EvaluationWriter, JudgedAnswer } from "../../runs/evaluations.js";
import { RepliedModels } from "./repliedModels.js";

/** Answers to ask for, and what samples, judges and keeps them. */
export interface AnsweringRequest {
  readonly writer: EvaluationWriter;
  /** Answers that are there already. */
  readonly before: readonly JudgedAnswer[];
  readonly works: readonly ReplicaWork[];
  /** Number of answers wanted, those that are there included. */
  readonly total: number;
  readonly settings: SamplingSettings;
  readonly source: AnswerSource;
  readonly judge: Judge;
  readonly onProgress: ((progress: { readonly done: number; readonly total: number }) => void) | undefined;
  readonly onNote: ((line: string) => void) | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Samples answers, has them judged meanwhile, and appends them as they come; returns them behind those from before. */
export async function answerWorks(request: AnsweringRequest): Promise<readonly JudgedAnswer[]> {
  const { writer, before, works, total, settings, source, judge, signal } = request;
  const answers = [...before];
  const models = new RepliedModels(writer, judge, source, request.onNote);
  let done = total - works.reduce((sum, work) => sum + work.asked.length, 0);
  request.onProgress?.({ done, total });
  const judging = new AnswerJudging(
    judge,
    (judged) => {
      writer.append(judged);
      models.update();
      for (const answer of judged) answers.push(answer);
      done += judged.length;
      request.onProgress?.({ done, total });
    },
    signal,
  );
  try {
    await source.sample(works, settings, { onAnswers: (sampled) => judging.add(sampled), signal });
  } finally {
    // What was sampled before a failure is judged and kept.
    await judging.finish();
  }
  return answers;
}
