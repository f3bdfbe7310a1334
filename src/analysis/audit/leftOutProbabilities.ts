import { decisionValues, logisticRegression } from "../directions/logisticRegression.js";

/**
 * Probabilities that a score stands for: a logistic regression on the standardised score of all other rows, with
 * scikit-learn's penalty at C = 1, read at the row that was left out. No row has a say in its own probability. Where the others
 * are all of one class it is their share with one more of either class added (Laplace).
 */
export function leftOutProbabilities(scores: readonly number[], labels: readonly boolean[]): number[] {
  return scores.map((score, left) => {
    const others = scores.filter((_, index) => index !== left);
    const classes = labels.filter((_, index) => index !== left);
    const positives = classes.filter(Boolean).length;
    if (positives === 0 || positives === classes.length) return (positives + 1) / (classes.length + 2);
    const mean = others.reduce((sum, value) => sum + value, 0) / others.length;
    const variance = others.reduce((sum, value) => sum + (value - mean) ** 2, 0) / others.length;
    const deviation = Math.sqrt(variance) || 1;
    const matrix = (values: readonly number[]) => ({
      values: Float64Array.from(values, (value) => (value - mean) / deviation),
      ...{ n: values.length, dimension: 1 },
    });
    const { weights, bias } = logisticRegression(matrix(others), classes, 1);
    const [decision = NaN] = decisionValues(matrix([score]), weights, bias);
    return 1 / (1 + Math.exp(-decision));
  });
}
