import type { Evaluation } from "../../runs/evaluations.js";
import { isJudged } from "./curveEvaluation.js";

/** Entry of an evaluation in the list of those that a run has. */
export interface EvaluationEntry {
  readonly name: string;
  /** Number of its answers, and of the steps that gave them. */
  readonly answers: number;
  readonly steps: number;
  /** Factors on the adapter that were asked, in increasing order. */
  readonly scales: readonly number[];
  /** False where the answers were sampled and wait for a judge. */
  readonly isJudged: boolean;
  /** True for the one that behaviour is taken from. */
  readonly isChosen: boolean;
}

/** Lists the evaluations of a run by name, the one that behaviour is taken from marked. */
export function evaluationEntries(
  evaluations: readonly Evaluation[],
  chosen: Evaluation | undefined,
): EvaluationEntry[] {
  return evaluations.map((evaluation) => ({
    name: evaluation.name,
    answers: evaluation.answers.length,
    steps: new Set(evaluation.answers.map(({ step }) => step)).size,
    scales: [...new Set(evaluation.answers.map(({ scale }) => scale))].sort((one, other) => one - other),
    isJudged: isJudged(evaluation),
    isChosen: evaluation.name === chosen?.name,
  }));
}

/** Says which evaluation behaviour is taken from and which others there are; null where there is no choice. */
export function evaluationSentence(entries: readonly EvaluationEntry[]): string | null {
  const chosen = entries.find(({ isChosen }) => isChosen);
  const others = entries.filter(({ isChosen }) => !isChosen);
  if (others.length === 0) return null;
  const listed = others.map(entryWords).join("; ");
  return chosen === undefined
    ? `Sampled and not judged yet: ${listed}.`
    : `Behaviour is that of the evaluation ${entryWords(chosen)}. There are also: ${listed}.`;
}

function entryWords({ name, answers, steps, scales, isJudged: judged }: EvaluationEntry): string {
  const factors = scales.map((scale) => `×${scale}`).join(", ");
  const at = steps === 1 ? "1 step" : `${steps} steps`;
  return `${name} (${answers} answers at ${at}, ${factors}${judged ? "" : ", not judged yet"})`;
}
