import { auroc } from "../directions/auroc.js";

/** Measures of a classifier that `ScalarTest` reports, in the paper's order. */
export const classMeasures = ["accuracy", "precision", "recall", "f1", "auc"] as const;
export type ClassMeasure = (typeof classMeasures)[number];

/** How well a classifier does on rows that it has not seen, each measure a share from 0 to 1. */
export type ClassScores = Readonly<Record<ClassMeasure, number>>;

/**
 * Scores decision values at threshold 0, as scikit-learn does: precision, recall and F1 are those of the positive class,
 * `auc` is the area under the ROC curve. Precision is NaN where nothing is called positive.
 *
 * @param decisions above 0 for the positive class
 */
export function classScores(decisions: readonly number[], labels: readonly boolean[]): ClassScores {
  let [truePositives, falsePositives, falseNegatives, correct] = [0, 0, 0, 0];
  for (const [row, decision] of decisions.entries()) {
    const isCalled = decision > 0;
    const isPositive = labels[row] === true;
    if (isCalled === isPositive) correct++;
    if (isCalled && isPositive) truePositives++;
    if (isCalled && !isPositive) falsePositives++;
    if (!isCalled && isPositive) falseNegatives++;
  }
  return {
    accuracy: correct / decisions.length,
    precision: truePositives / (truePositives + falsePositives),
    recall: truePositives / (truePositives + falseNegatives),
    f1: (2 * truePositives) / (2 * truePositives + falsePositives + falseNegatives),
    auc: auroc(decisions, labels).value,
  };
}
