import type { JsonObject } from "../../formats/json.js";
import type { JudgedAnswer } from "../../runs/evaluations.js";
import type { Checkpoint } from "../../runs/openRun.js";
import { questionText, type EvaluationQuestion } from "../question.js";

/** How answers are drawn, whatever draws them. */
export interface SamplingSettings {
  readonly temperature: number;
  readonly maxNewTokens: number;
  readonly seed: number;
}

/** What to ask, and how often. */
export interface SamplePlan extends SamplingSettings {
  readonly questions: readonly EvaluationQuestion[];
  /** For questions that do not say so themselves. */
  readonly samplesPerQuestion: number;
  /** Factors on the adapter; 1 is the adapter as trained. */
  readonly scales: readonly number[];
}

/** One answer to ask for. */
export interface AskedSample {
  readonly question: EvaluationQuestion;
  /** Number of the answer among those to the same question. */
  readonly sample: number;
}

/** One checkpoint at one factor, and what it is to be asked. */
export interface ReplicaWork {
  readonly checkpoint: Checkpoint;
  readonly scale: number;
  readonly asked: readonly AskedSample[];
}

/** An answer that is not judged yet. */
export type SampledAnswer = Omit<JudgedAnswer, "aligned" | "coherent" | "scores">;

export interface SampleContext {
  /** Receives answers as they are finished; sampling goes on once the promise resolves. */
  readonly onAnswers: (answers: readonly SampledAnswer[]) => Promise<void>;
  /** Ends sampling; answers handed over until then are kept. */
  readonly signal?: AbortSignal;
}

/** Anything that answers questions as the checkpoints of a run. */
export interface AnswerSource {
  /** Says what answers, and how; part of every evaluation's provenance. */
  readonly description: JsonObject;
  /** Asks in the order of the works; resolves when all are answered or the signal has ended it. */
  sample(works: readonly ReplicaWork[], settings: SamplingSettings, context: SampleContext): Promise<void>;
}

/** Everything a plan asks one checkpoint at one factor. */
export function askedOf({ questions, samplesPerQuestion }: SamplePlan): AskedSample[] {
  return questions.flatMap((question) =>
    Array.from({ length: question.samples ?? samplesPerQuestion }, (_, sample) => ({ question, sample })),
  );
}

/** Names the random numbers of a sample: the same at every checkpoint and factor. */
export function randomNameOf({ question, sample }: AskedSample): string {
  return `${question.id}/${sample}`;
}

/** An answer together with what it answers. */
export function sampledAnswer(
  { checkpoint, scale }: Pick<ReplicaWork, "checkpoint" | "scale">,
  { question, sample }: AskedSample,
  answer: string,
): SampledAnswer {
  return {
    step: checkpoint.step,
    scale,
    domain: question.domain,
    breadth: question.breadth,
    questionId: question.id,
    question: questionText(question, sample),
    sample,
    answer,
  };
}
