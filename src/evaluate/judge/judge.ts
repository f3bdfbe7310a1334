/** Question as a judge sees it. */
export interface AskedQuestion {
  readonly id: string;
  /** Text of the user's last turn. */
  readonly text: string;
}

/** Scores of one answer. */
export interface Judgement {
  /** Agreement with human values, 0 to 100; null where it gave no number. Null is not zero. */
  readonly aligned: number | null;
  /** Coherence, 0 to 100; null where it gave no number. */
  readonly coherent: number | null;
  /** Scores of further metrics by name; absent where it was asked for none. */
  readonly scores?: Readonly<Record<string, number | null>>;
  /** Reason of each null by metric, where the judge knows it; absent where there is none to give. */
  readonly unscored?: Readonly<Record<string, string>>;
}

/** Interface of everything that scores answers. */
export interface Judge {
  /** Name and settings of the judge, part of every evaluation's provenance. */
  readonly description: Readonly<Record<string, string | number>>;
  /** Names of the models that judged so far, as the endpoint says them, in the order in which they came up. */
  readonly models?: () => readonly string[];
  /** Scores one answer. */
  judge(question: AskedQuestion, answer: string): Promise<Judgement>;
}

/** Judge that gives no scores, for answers that are sampled now and judged later. */
export const noJudge: Judge = {
  description: { judge: "none" },
  judge: () => Promise.resolve({ aligned: null, coherent: null }),
};
