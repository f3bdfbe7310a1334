import type { JsonObject } from "../../formats/json.js";
import type { LoraModule } from "../../formats/peft.js";
import type { EditedTokens } from "../../model/generation/editedTokens.js";
import type { ResidualEdit } from "../../model/hooks/residualEdits.js";
import type { ScalarPatch } from "../../model/hooks/scalarPatches.js";
import type { Condition } from "../../runs/condition.js";
import type { JudgedAnswer } from "../../runs/evaluations.js";
import type { Checkpoint } from "../../runs/openRun.js";
import { questionText, type EvaluationQuestion } from "../question.js";

/** Settings with which answers are drawn, whatever draws them. */
export interface SamplingSettings {
  readonly temperature: number;
  readonly maxNewTokens: number;
  readonly seed: number;
  /** Tokens at which edits of the residual stream are made. @default "all" */
  readonly editedTokens?: EditedTokens;
}

/** Plan of the questions to ask, and how often. */
export interface SamplePlan extends SamplingSettings {
  readonly questions: readonly EvaluationQuestion[];
  /** Number of answers to each question that does not say so itself. */
  readonly samplesPerQuestion: number;
  /** Factors on the adapter; 1 is the adapter as trained. */
  readonly scales: readonly number[];
}

/** Answer to ask for. */
export interface AskedSample {
  readonly question: EvaluationQuestion;
  /** Number of the answer among those to the same question. */
  readonly sample: number;
  /** What adapters are to have read while it is answered, from a sequence at least as long as its prompt. @default none */
  readonly patches?: readonly ScalarPatch[];
}

/** Checkpoint at one factor, as it is or changed, with the answers to ask it for. */
export interface ReplicaWork {
  readonly checkpoint: Checkpoint;
  readonly scale: number;
  readonly asked: readonly AskedSample[];
  /** Adapter in place of the checkpoint's own. @default its own */
  readonly modules?: readonly LoraModule[];
  /** Changes of the residual stream while it answers. @default none */
  readonly edits?: readonly ResidualEdit[];
  /** Condition that its answers are kept with. @default none: the checkpoint as it is */
  readonly condition?: Condition;
}

/** Answer that is not judged yet. */
export type SampledAnswer = Omit<JudgedAnswer, "aligned" | "coherent" | "scores" | "unscored">;

/** Receiver of answers, and the signal that ends sampling. */
export interface SampleContext {
  /** Receives answers as they are finished; sampling goes on once the promise resolves. */
  readonly onAnswers: (answers: readonly SampledAnswer[]) => Promise<void>;
  /** Ends sampling; answers handed over until then are kept. */
  readonly signal?: AbortSignal;
}

/** Interface of everything that answers questions as the checkpoints of a run. */
export interface AnswerSource {
  /** Name and settings of the source, part of every evaluation's provenance. */
  readonly description: JsonObject;
  /**
   * Names of the models that replied so far under another name than they were asked by, in the order in which they came
   * up.
   */
  readonly models?: () => readonly string[];
  /** Asks in the order of the works; resolves when all are answered or the signal has ended it. */
  sample(works: readonly ReplicaWork[], settings: SamplingSettings, context: SampleContext): Promise<void>;
}

/** Lists the answers that a plan asks of one checkpoint at one factor. */
export function askedOf({ questions, samplesPerQuestion }: SamplePlan): AskedSample[] {
  return questions.flatMap((question) =>
    Array.from({ length: question.samples ?? samplesPerQuestion }, (_, sample) => ({ question, sample })),
  );
}

/** Names the random numbers of a sample, alike at every checkpoint and factor. */
export function randomNameOf({ question, sample }: AskedSample): string {
  return `${question.id}/${sample}`;
}

/**
 * Puts an answer together with its question.
 * @param ended what it ended by; undefined where that is not known
 */
export function sampledAnswer(
  { checkpoint, scale, condition }: Pick<ReplicaWork, "checkpoint" | "scale" | "condition">,
  { question, sample }: AskedSample,
  answer: string,
  ended: SampledAnswer["ended"],
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
    ...(condition === undefined ? {} : { condition }),
    ...(ended === undefined ? {} : { ended }),
  };
}
