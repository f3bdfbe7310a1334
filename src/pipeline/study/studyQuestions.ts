import { filePlan, organismPlan, type PlannedQuestions } from "../evaluation/evaluationPlans.js";
import { datasetDomain } from "../evaluation/organismQuestions.js";
import { organismSets } from "../evaluation/organismSets.js";
import { studyPath, type Study } from "./studyFile.js";

/**
 * Plans the answers of an evaluation of a study.
 * @param dataset name of the data that the run is trained on: the organism's questions depend on it
 */
export function studyQuestions(
  study: Study,
  { questions, samples, temperature, maxNewTokens }: Study["answers"][string],
  { dataset, files }: { readonly dataset: string; readonly files: string | undefined },
): PlannedQuestions {
  const choice = { samples, temperature, maxNewTokens, seed: 0 };
  const set = organismSets.find((each) => each === questions);
  return set === undefined
    ? filePlan(studyPath(study, questions, files), { domain: "general", breadth: "broad" }, choice)
    : organismPlan(datasetDomain(dataset), set, choice);
}
