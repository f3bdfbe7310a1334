import type { NullAlignment } from "../../analysis/behavior/rates.js";
import type { Evaluation, JudgedAnswer } from "../../runs/evaluations.js";

/** Judges whose "no alignment" means that nothing in the answer could be scored, not that they failed. */
const exactJudges = new Set(["exact"]);

/**
 * Finds the evaluation that behaviour along training is taken from: the first by name that was made at more than two
 * steps and judged.
 */
export function curveEvaluation(evaluations: readonly Evaluation[]): Evaluation | undefined {
  return evaluations.find(
    ({ answers }) => answers.some(isJudged) && new Set(answers.map(({ step }) => step)).size > 2,
  );
}

/** Tells whether a judge gave any score; answers that were only sampled wait for one. */
function isJudged({ aligned, coherent }: JudgedAnswer): boolean {
  return aligned !== null || coherent !== null;
}

/** Tells whether an evaluation was scored by a judge that never fails to score. */
function judgedExactly(evaluation: Evaluation | undefined): boolean {
  const judge = evaluation?.provenance?.judge;
  if (typeof judge !== "object" || judge === null || Array.isArray(judge)) return false;
  return typeof judge.judge === "string" && exactJudges.has(judge.judge);
}

/**
 * Says how an answer without an alignment score counts in an evaluation: as not misaligned where the judge never
 * fails to score, and else in no denominator (see `RateOptions.nullAlignment`).
 */
export function nullAlignmentOf(evaluation: Evaluation | undefined): NullAlignment {
  return judgedExactly(evaluation) ? "notMisaligned" : "exclude";
}
