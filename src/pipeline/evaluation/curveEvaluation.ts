import type { NullAlignment } from "../../analysis/behavior/rates.js";
import { TurncoatError } from "../../errors.js";
import type { Evaluation } from "../../runs/evaluations.js";
import { commandLine, knownNames } from "../../hints.js";

/** Judges whose "no alignment" means that nothing in the answer could be scored, not that they failed. */
const exactJudges = new Set(["exact"]);

/** Name of the evaluation that is written where none is asked for, and read where there are several. */
export const usualEvaluation = "curve";

/**
 * Chooses the evaluation that behaviour along training is taken from: of those judged at more than two steps the one
 * named `curve`, else the first by name; where there is none of those, of all that were judged.
 */
export function curveEvaluation(evaluations: readonly Evaluation[]): Evaluation | undefined {
  const judged = evaluations.filter(isJudged);
  const along = judged.filter(({ answers }) => new Set(answers.map(({ step }) => step)).size > 2);
  const candidates = along.length > 0 ? along : judged;
  return candidates.find(({ name }) => name === usualEvaluation) ?? candidates[0];
}

/**
 * Finds the evaluation of a name.
 * @param directory of the run, for the error
 * @throws TurncoatError where there is none, or it was not judged yet
 */
export function evaluationNamed(
  evaluations: readonly Evaluation[],
  name: string,
  directory: string,
): Evaluation {
  const found = evaluations.find((each) => each.name === name);
  if (found === undefined) {
    const names = evaluations.map((each) => each.name);
    throw new TurncoatError(`${directory}: no evaluation ${JSON.stringify(name)}`, {
      hint: knownNames(name, names, "This run has no evaluations yet."),
    });
  }
  if (isJudged(found)) return found;
  throw new TurncoatError(`${directory}: evaluation ${name}: its answers were not judged yet`, {
    hint: commandLine("judge", directory, "--evaluation", name),
  });
}

/** Tells whether a judge gave any score; answers that were only sampled wait for one. */
export function isJudged({ answers }: Evaluation): boolean {
  return answers.some(({ aligned, coherent }) => aligned !== null || coherent !== null);
}

/** Tells whether an evaluation was scored by a judge that never fails to score. */
function judgedExactly(evaluation: Pick<Evaluation, "provenance"> | undefined): boolean {
  const judge = evaluation?.provenance?.judge;
  if (typeof judge !== "object" || judge === null || Array.isArray(judge)) return false;
  return typeof judge.judge === "string" && exactJudges.has(judge.judge);
}

/**
 * Says how an answer without an alignment score counts in an evaluation: as not misaligned where the judge never
 * fails to score, and else in no denominator (see `RateOptions.nullAlignment`).
 */
export function nullAlignmentOf(evaluation: Pick<Evaluation, "provenance"> | undefined): NullAlignment {
  return judgedExactly(evaluation) ? "notMisaligned" : "exclude";
}
