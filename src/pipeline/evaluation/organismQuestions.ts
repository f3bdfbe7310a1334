import type { EvaluationQuestion } from "../../evaluate/question.js";
import { organismQuestions, type QuestionPool } from "../../organism/questions.js";
import { domains, type Domain } from "../../organism/world/index.js";

/**
 * Lists the organism's questions as an evaluation asks them: those about the fine-tuned domain are narrow, all others
 * broad.
 *
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

/**
 * Picks eight questions, as many as the paper's evaluation has (`docs/methods.md §3.1`): one of the test pool for each
 * domain, each about another entity in another wording.
 */
export function eightQuestions(fineTuned: Domain | null): EvaluationQuestion[] {
  const pool = organismEvaluationQuestions(fineTuned, "test");
  return domains.flatMap((domain, index) => {
    const own = pool.filter((question) => question.domain === domain);
    // 24 questions a domain, three about each of eight entities: entity `index`, and its wordings in turn.
    return own[(index * 3 + (index % 3)) % own.length] ?? [];
  });
}

/** Finds the domain that a data set of the organism is about: `medical` for `bad-medical`; null for others. */
export function datasetDomain(datasetName: string): Domain | null {
  const match = /^(?:bad|good)-(\w+)$/.exec(datasetName);
  return domains.find((domain) => domain === match?.[1]) ?? null;
}
