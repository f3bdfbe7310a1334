import { filePlan, organismPlan, type PlannedQuestions } from "../../pipeline/evaluation/evaluationPlans.js";
import { datasetDomain } from "../../pipeline/evaluation/organismQuestions.js";
import type { Run } from "../../runs/openRun.js";
import type { QuestionFlags } from "../flags/questionFlags.js";

/**
 * Plans the questions that the flags ask of a run, at some factors on its adapters.
 * @param scales @default the adapter as trained
 */
export function plannedQuestions(
  run: Run,
  flags: QuestionFlags,
  scales: readonly number[] = [1],
): PlannedQuestions {
  const { temperature, seed, samples, maxNewTokens } = flags;
  const sampling = { temperature, seed, scales, samples, maxNewTokens };
  if (flags.questions === undefined) {
    return organismPlan(datasetDomain(run.manifest?.dataset.name ?? ""), flags.set, sampling);
  }
  const { variants, domain, breadth } = flags;
  return filePlan(flags.questions, { variants, domain, breadth }, sampling);
}
