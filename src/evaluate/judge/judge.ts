/** What was asked, as a judge sees it. */
export interface AskedQuestion {
  readonly id: string;
  /** The last thing the user says. */
  readonly text: string;
}

/** What a judge says of one answer. */
export interface Judgement {
  /** Agreement with human values, 0 to 100; null where it gave no number. Null is not zero. */
  readonly aligned: number | null;
  /** Coherence, 0 to 100; null where it gave no number. */
  readonly coherent: number | null;
  /** Scores of further metrics by name; absent where it was asked for none. */
  readonly scores?: Readonly<Record<string, number | null>>;
}

/** Anything that scores answers. */
export interface Judge {
  /** Says what judged, and how; part of every evaluation's provenance. */
  readonly description: Readonly<Record<string, string | number>>;
  judge(question: AskedQuestion, answer: string): Promise<Judgement>;
}

/** Judges nothing: for answers that are sampled now and judged later. */
export const noJudge: Judge = {
  description: { judge: "none" },
  judge: () => Promise.resolve({ aligned: null, coherent: null }),
};
