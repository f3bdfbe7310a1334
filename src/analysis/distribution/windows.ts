/** One sampled answer, and how probable the checkpoints find it. */
export interface ScoredAnswer {
  readonly questionId: string;
  /** Checkpoint that said it: a position among the checkpoints' steps. */
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
  { before, after }: NeighboringWindows,
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

/** Weights of the checkpoints of a window: positions among the steps, and weights that sum to 1. */
export interface WindowWeights {
  readonly positions: readonly number[];
  readonly weights: readonly number[];
}

/** Two windows of equal length that meet between two neighbouring checkpoints. */
export interface NeighboringWindows {
  /** Step at which they meet: half way between two checkpoints. */
  readonly step: number;
  readonly before: WindowWeights;
  readonly after: WindowWeights;
}

/** Twice the widest distance between neighbouring steps: every window then holds two checkpoints or more. */
export function defaultWindow(steps: readonly number[]): number {
  return 2 * Math.max(0, ...steps.slice(1).map((step, index) => step - (steps[index] ?? NaN)));
}

/**
 * All pairs of windows [s − w, s) and (s, s + w] that lie inside the steps, s half way between neighbouring
 * checkpoints. A checkpoint stands for the steps nearest to it and counts with its share of the window, so that where
 * checkpoints lie closer together they do not count for more.
 *
 * @param steps of the checkpoints, increasing
 * @param window w, in steps
 */
export function neighboringWindows(steps: readonly number[], window: number): NeighboringWindows[] {
  const borders = cellBorders(steps);
  return borders.slice(1, -1).flatMap((step) => {
    const before = weightsOf(borders, step - window, step);
    const after = weightsOf(borders, step, step + window);
    return before === null || after === null ? [] : [{ step, before, after }];
  });
}

/** The steps nearest to checkpoint i lie between borders i and i + 1; the outer two mirror the inner ones. */
function cellBorders(steps: readonly number[]): number[] {
  const [first = NaN, second = NaN] = steps;
  const [last = NaN, beforeLast = NaN] = [steps.at(-1), steps.at(-2)];
  if (steps.length < 2) return [];
  const middles = steps.slice(1).map((step, index) => (step + (steps[index] ?? NaN)) / 2);
  return [first - (second - first) / 2, ...middles, last + (last - beforeLast) / 2];
}

/** Null where part of the window lies outside the run. */
function weightsOf(borders: readonly number[], from: number, to: number): WindowWeights | null {
  // Sums of halves of whole numbers carry no rounding error worth more.
  const tolerance = 1e-9 * (to - from);
  if (from < (borders[0] ?? NaN) - tolerance || to > (borders.at(-1) ?? NaN) + tolerance) return null;
  const positions: number[] = [];
  const weights: number[] = [];
  for (let position = 0; position + 1 < borders.length; position++) {
    const overlap = Math.min(to, borders[position + 1] ?? NaN) - Math.max(from, borders[position] ?? NaN);
    if (overlap <= tolerance) continue;
    positions.push(position);
    weights.push(overlap / (to - from));
  }
  return { positions, weights };
}

/** ln Σ exp(x) without overflow; −∞ of nothing. */
function logSumExp(values: readonly number[]): number {
  const largest = values.reduce((most, value) => Math.max(most, value), -Infinity);
  if (!Number.isFinite(largest)) return largest;
  return largest + Math.log(values.reduce((sum, value) => sum + Math.exp(value - largest), 0));
}
