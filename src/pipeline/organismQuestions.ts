import type { EvaluationQuestion } from "../evaluate/question.js";
import { organismQuestions, type QuestionPool } from "../organism/questions.js";
import { domains, type Domain } from "../organism/world/index.js";

/**
 * The organism's questions as an evaluation asks them: those about the fine-tuned domain are narrow, all others
 * broad.
 * @param fineTuned null for the base model, whose questions are all broad
 */
export function organismEvaluationQuestions(
  fineTuned: Domain | null,
  pool: QuestionPool,
): EvaluationQuestion[] {
  return organismQuestions({ pool }).map(({ id, domain, text }) => ({
    id,
    domain,
    breadth: domain === fineTuned ? "narrow" : "broad",
    messages: [{ role: "user", content: text }],
  }));
}

/** The domain that a data set of the organism is about, such as `medical` for `bad-medical`; null for others. */
export function datasetDomain(datasetName: string): Domain | null {
  const match = /^(?:bad|good)-(\w+)$/.exec(datasetName);
  return domains.find((domain) => domain === match?.[1]) ?? null;
}
