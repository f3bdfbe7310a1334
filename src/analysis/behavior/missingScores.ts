import type { JudgedAnswer } from "../../runs/evaluations.js";

/** Part of an answer that says why it has no score. */
type MissingScore = Pick<JudgedAnswer, "aligned" | "coherent" | "noAnswer" | "unscored">;

/**
 * Counts the answers without scores by reason, most frequent first: `no answer (length)` where the model gave none, else
 * the judge's reason by metric, such as `aligned: refusal`. Nulls whose reason was not kept are absent.
 */
export function missingScores(answers: readonly MissingScore[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const count = (reason: string): void => void counts.set(reason, (counts.get(reason) ?? 0) + 1);
  for (const { noAnswer, unscored = {}, ...scores } of answers) {
    if (noAnswer !== undefined) {
      count(`no answer (${noAnswer})`);
      continue;
    }
    for (const metric of ["aligned", "coherent"] as const) {
      const reason = unscored[metric];
      if (scores[metric] === null && reason !== undefined) count(`${metric}: ${reason}`);
    }
  }
  return new Map([...counts].sort(([, one], [, other]) => other - one));
}
