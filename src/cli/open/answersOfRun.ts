import { join } from "node:path";
import { TurncoatError } from "../../errors.js";
import { commandLine } from "../../hints.js";
import { curveEvaluation, evaluationNamed } from "../../pipeline/evaluation/curveEvaluation.js";
import { readEvaluations } from "../../runs/evaluations.js";
import { evaluationFiles } from "../../runs/layout.js";

/**
 * The file of a run's judged answers: of the evaluation that is named, or of its usual one.
 * @param maker command that would make them, for the hint
 * @throws TurncoatError where the run has no judged answers, or no evaluation of that name
 */
export function answersOfRun(
  run: string,
  evaluation: string | undefined,
  maker: "evaluate" | "judge",
): string {
  const evaluations = readEvaluations({ directory: run });
  const chosen =
    evaluation === undefined ? curveEvaluation(evaluations) : evaluationNamed(evaluations, evaluation, run);
  if (chosen !== undefined) return join(run, evaluationFiles(chosen.name).answers);
  throw new TurncoatError(`${run}: expected a run with judged answers, found none`, {
    hint: commandLine(maker, run),
  });
}
