import type { EvaluationQuestion } from "../../evaluate/question.js";
import type { QuestionPool } from "../../organism/questions.js";
import { openRun, type Run } from "../../runs/openRun.js";
import { filePlan } from "../evaluation/evaluationPlans.js";
import { builtInQuestions } from "../evaluation/openQuestions.js";
import { datasetDomain, organismEvaluationQuestions } from "../evaluation/organismQuestions.js";

/** Choice of questions whose prompts are read; no answer is asked for. */
export interface PromptChoice {
  /** Question file, or the name of built-in ones. @default the organism's own for its runs, else those that ship */
  readonly source?: string | undefined;
  /** The organism's pool: directions are found on one and read on the other. @default "test" */
  readonly pool?: QuestionPool;
  /** Most questions, spread evenly over the list. @default all */
  readonly limit?: number | undefined;
}

/**
 * Chooses questions to read prompts of.
 *
 * @throws TurncoatError where the file holds none
 */
export function promptQuestions(
  run: string | Pick<Run, "manifest">,
  isOrganism: boolean,
  { source, pool = "test", limit = Infinity }: PromptChoice = {},
): readonly EvaluationQuestion[] {
  const { manifest } = typeof run === "string" ? openRun(run) : run;
  const [shipped = ""] = builtInQuestions;
  const questions =
    source === undefined && isOrganism
      ? organismEvaluationQuestions(datasetDomain(manifest?.dataset.name ?? ""), pool)
      : filePlan(source ?? shipped, {}, { samples: 1 }).plan.questions;
  const every = Math.max(1, questions.length / limit);
  return questions.filter((_, index) => Math.floor(index / every) !== Math.floor((index - 1) / every));
}
