import type { WindowAnswer } from "./windows.js";

/**
 * Check that answers were drawn with the probabilities that they were scored with. Scores of a longer prompt, of
 * another checkpoint or of another temperature move the two ways of writing the linear D apart.
 */
export interface ScoreCheck {
  /** At every place, linear D from the window that each answer came from, less that from the scores alone. */
  readonly difference: readonly number[];
  /**
   * The most that one standard error of it can be where scores are right, whatever the answers to a question have in
   * common.
   */
  readonly standardError: readonly number[];
  /** Step at which the difference is most standard errors from 0, and how many; null where nothing was compared. */
  readonly largest: { readonly step: number; readonly standardErrors: number } | null;
  /** Number of standard errors that chance exceeds at any of the places in 5 of 100 runs at most. */
  readonly allowed: number;
}

/** Sums over questions at one place. */
interface PlaceCheck {
  readonly difference: number;
  readonly standardError: number;
}

/**
 * Compares, place by place, the sides that answers came from with the sides that their scores speak for.
 *
 * With u the probability that an answer came from the first window and l = 2u − 1, its label contributes l or −l to the
 * linear D, l² on average, with variance l²·(1 − l²). Answers to one question are not independent: checkpoints may have
 * drawn them with the same random numbers, so that one late answer is late at ten checkpoints and at all places whose
 * windows hold them. The standard error therefore takes all answers to a question as perfectly correlated, except that
 * several answers of one checkpoint are independent draws. By Cauchy and Schwarz nothing can be larger, so that
 * intervals which take the curves at neighbouring places, or the answers, as independent are not to be used here.
 *
 * All places are judged at once (Bonferroni, with Mill's bound on the normal tail), two-sided, at 5 %.
 *
 * @param places in order, with the answers of both windows
 */
export function scoreCheck(
  places: readonly { readonly step: number; readonly members: readonly WindowAnswer[] }[],
): ScoreCheck {
  const checks = places.map(({ members }) => checkPlace(members));
  let largest: ScoreCheck["largest"] = null;
  for (const [index, { difference, standardError }] of checks.entries()) {
    // Windows that score every answer alike, but for rounding, leave nothing to compare.
    if (!(standardError > 1e-12)) continue;
    const standardErrors = Math.abs(difference) / standardError;
    if (largest === null || standardErrors > largest.standardErrors)
      largest = { step: places[index]?.step ?? NaN, standardErrors };
  }
  return {
    difference: checks.map(({ difference }) => difference),
    standardError: checks.map(({ standardError }) => standardError),
    largest,
    allowed: normalBound(0.05 / Math.max(1, places.length)),
  };
}

function checkPlace(members: readonly WindowAnswer[]): PlaceCheck {
  const questions = new Map<number, { variance: number; together: number }>();
  let difference = 0;
  for (const { question, isBefore, mass, together, u } of members) {
    const label = 2 * u - 1;
    difference += mass * ((isBefore ? label : -label) - label ** 2);
    const known = questions.get(question) ?? { variance: 0, together };
    known.variance += mass * label ** 2 * (1 - label ** 2);
    known.together = Math.min(known.together, together);
    questions.set(question, known);
  }
  let variance = 0;
  for (const each of questions.values()) variance += each.variance / each.together;
  return { difference: difference / questions.size, standardError: Math.sqrt(variance) / questions.size };
}

/** A bound that a standard normal value exceeds in size with at most this probability, 0.05 or less: 2φ(c)/c = p. */
function normalBound(probability: number): number {
  let bound = 2;
  // The slope is 1/c² at the solution: 40 steps leave nothing to be seen.
  for (let round = 0; round < 40; round++)
    bound = Math.sqrt(2 * Math.log(Math.sqrt(2 / Math.PI) / (bound * probability)));
  return bound;
}
