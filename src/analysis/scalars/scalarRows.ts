import { TurncoatError } from "../../errors.js";

/** Adapter scalars A·h at every token of some answers. */
export interface ScalarRows {
  /** One column a scalar, row-major `[tokens, features]`. */
  readonly scalars: Float32Array;
  /** Number of the answer that each token belongs to: `[tokens]`. */
  readonly answerIndex: Int32Array;
  /** Name of each column. */
  readonly features: readonly string[];
}

/** Least ln(significance) of a token that the paper keeps (arXiv 2506.11618, section 4). */
export const leastLogSignificance = 0.5;

/**
 * Keeps the tokens whose significance is large enough: ln(significance) ≥ `least` (`docs/methods.md §5.7`).
 *
 * @param significance of each token: `[tokens]`
 */
export function significantRows(
  { scalars, answerIndex, features }: ScalarRows,
  significance: Float32Array,
  least: number = leastLogSignificance,
): ScalarRows {
  const kept = [...answerIndex.keys()].filter((row) => Math.log(significance[row] ?? NaN) >= least);
  return {
    scalars: Float32Array.from(
      kept.flatMap((row) => [...scalars.subarray(row * features.length, (row + 1) * features.length)]),
    ),
    answerIndex: Int32Array.from(kept, (row) => answerIndex[row] ?? -1),
    features,
  };
}

/** Rows of two classes under each other, with the answer that each comes from. */
export interface PooledRows {
  /** Row-major `[rows, features]`. */
  readonly values: Float32Array;
  /** True for the rows of the second class. */
  readonly labels: readonly boolean[];
  /** Answer of each row; those of the two classes are numbered apart. */
  readonly answers: readonly number[];
  readonly features: readonly string[];
}

/**
 * Puts the rows of two classes under each other.
 *
 * @throws TurncoatError where the two have other columns
 */
export function pooledRows(negative: ScalarRows, positive: ScalarRows): PooledRows {
  const [own, other] = [negative.features, positive.features];
  if (own.join("\n") !== other.join("\n")) {
    throw new TurncoatError(
      `scalars: expected the same adapters in both files, found ${own.length} (${own.join(", ")}) ` +
        `and ${other.length} (${other.join(", ")})`,
    );
  }
  const values = new Float32Array(negative.scalars.length + positive.scalars.length);
  values.set(negative.scalars);
  values.set(positive.scalars, negative.scalars.length);
  const numbers = new Map<string, number>();
  const answers = [negative, positive].flatMap(({ answerIndex }, side) =>
    Array.from(answerIndex, (answer) => {
      const key = `${side} ${answer}`;
      const number = numbers.get(key) ?? numbers.size;
      numbers.set(key, number);
      return number;
    }),
  );
  const labels = answers.map((_, row) => row >= negative.answerIndex.length);
  return { values, labels, answers, features: own };
}

/** One row an answer in place of one a token: the mean over the answer's tokens. */
export function meansOfAnswers({ values, labels, answers, features }: PooledRows): PooledRows {
  const dimension = features.length;
  const counts: number[] = [];
  for (const answer of answers) counts[answer] = (counts[answer] ?? 0) + 1;
  const means = new Float64Array(counts.length * dimension);
  const labelOf = new Array<boolean>(counts.length).fill(false);
  for (const [row, answer] of answers.entries()) {
    labelOf[answer] = labels[row] === true;
    for (let column = 0; column < dimension; column++) {
      const at = answer * dimension + column;
      means[at] = (means[at] ?? NaN) + (values[row * dimension + column] ?? NaN) / (counts[answer] ?? NaN);
    }
  }
  return {
    values: Float32Array.from(means),
    labels: labelOf,
    answers: counts.map((_, answer) => answer),
    features,
  };
}
