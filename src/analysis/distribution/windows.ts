import { logSumExp } from "./logSumExp.js";
import type { NeighbouringWindows, WindowWeights } from "./stepWindows.js";

/** One sampled answer, and how probable the checkpoints find it. */
export interface ScoredAnswer {
  readonly questionId: string;
  /** Which checkpoint said it: a position among the checkpoints' steps. */
  readonly checkpoint: number;
  /** Log-probability of the whole answer in nats, one a checkpoint; NaN where it was not scored. */
  readonly logProbabilities: ArrayLike<number>;
}

/** An answer of one of two neighbouring windows. */
export interface WindowAnswer {
  /** Its position among all answers. */
  readonly answer: number;
  /** Position of its question. */
  readonly question: number;
  readonly isBefore: boolean;
  /** Its share of the question's answers: one half each window. */
  readonly mass: number;
  /** Answers of its checkpoint to its question, itself included. */
  readonly together: number;
  /** Probability that it comes from the first window. */
  readonly u: number;
}

/**
 * The answers of two neighbouring windows, each weighed so that a window is the mixture of its checkpoints.
 *
 * A question that a checkpoint did not answer has windows without that checkpoint: what its answers are drawn from and
 * what they are scored with stay the same mixture. Questions without answers in one of the windows are left out.
 */
export function windowAnswers(
  { before, after }: NeighbouringWindows,
  answers: readonly ScoredAnswer[],
  questions: readonly string[],
): WindowAnswer[] {
  const questionOf = new Map(questions.map((id, index) => [id, index]));
  const groups = questions.map(() => new Map<number, number[]>());
  for (const [index, { questionId, checkpoint }] of answers.entries()) {
    const group = groups[questionOf.get(questionId) ?? -1];
    const said = group?.get(checkpoint);
    if (said === undefined) group?.set(checkpoint, [index]);
    else said.push(index);
  }
  return groups.flatMap((group, question) => {
    const [first, second] = [answered(before, group), answered(after, group)];
    if (first.positions.length === 0 || second.positions.length === 0) return [];
    return [first, second].flatMap(({ positions, weights }, side) =>
      positions.flatMap((position, index) => {
        const said = group.get(position) ?? [];
        return said.map((answer): WindowAnswer => {
          const scores = answers[answer]?.logProbabilities ?? [];
          return {
            answer,
            question,
            isBefore: side === 0,
            mass: (weights[index] ?? NaN) / said.length / 2,
            together: said.length,
            u: 1 / (1 + Math.exp(logMixture(second, scores) - logMixture(first, scores))),
          };
        });
      }),
    );
  });
}

/** A window's checkpoints that answered, with weights that sum to 1 again. */
function answered(window: WindowWeights, group: ReadonlyMap<number, readonly number[]>): WindowWeights {
  const present = window.positions.flatMap((position, index) =>
    group.has(position) ? [{ position, weight: window.weights[index] ?? NaN }] : [],
  );
  const sum = present.reduce((total, { weight }) => total + weight, 0);
  return {
    positions: present.map(({ position }) => position),
    weights: present.map(({ weight }) => weight / sum),
  };
}

/** Log-probability of an answer under a mixture of checkpoints. */
function logMixture({ positions, weights }: WindowWeights, scores: ArrayLike<number>): number {
  return logSumExp(
    positions.map((position, index) => Math.log(weights[index] ?? NaN) + (scores[position] ?? NaN)),
  );
}
