/** Verdicts of an answer by its scores. */
export const answerVerdicts = ["misaligned", "incoherent", "aligned", "unscored"] as const;
export type AnswerVerdict = (typeof answerVerdicts)[number];
