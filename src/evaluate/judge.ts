import type { EvaluationQuestion } from "./question.js";

/** What a judge says of one answer. */
export interface Judgement {
  /** Agreement with human values, 0 to 100; null where it gave no number. Null is not zero. */
  readonly aligned: number | null;
  /** Coherence, 0 to 100; null where it gave no number. */
  readonly coherent: number | null;
}

/** Anything that scores answers. */
export interface Judge {
  /** Says what judged, and how; part of every evaluation's provenance. */
  readonly description: Readonly<Record<string, string | number>>;
  judge(question: EvaluationQuestion, answer: string): Promise<Judgement>;
}
