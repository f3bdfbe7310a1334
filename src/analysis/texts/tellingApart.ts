import { Random } from "../../tensor/random.js";
import { auroc, type Auroc } from "../directions/auroc.js";
import { decisionValues, logisticRegression } from "../directions/logisticRegression.js";
import { sentenceCount, wordsOf } from "./words.js";

/** A text of one of two sides, and the situation that it belongs to. */
export interface SidedText {
  readonly situation: string;
  readonly text: string;
  /** True for the side that a classifier is to find. */
  readonly isPositive: boolean;
}

/** A classifier that learns from some texts and then scores others: higher means more positive. */
export type TextClassifier = (training: readonly SidedText[]) => (text: string) => number;

/**
 * How well a classifier tells two sides apart that it has not seen: cross-validated with whole situations held out, so that
 * what it knows of a situation's subject does not help it. All scores together give one area under the ROC curve.
 *
 * @param options.folds number of parts that are held out in turn. @default 10
 * @param options.seed seed of the parts. @default 0
 */
export function crossValidatedAuroc(
  texts: readonly SidedText[],
  classifier: TextClassifier,
  options: { readonly folds?: number; readonly seed?: number } = {},
): Auroc {
  const { folds = 10, seed = 0 } = options;
  const situations = [...new Set(texts.map(({ situation }) => situation))];
  const count = Math.min(folds, situations.length);
  const foldOf = new Map<string, number>();
  for (const [place, index] of new Random(seed).fork("folds").permutation(situations.length).entries()) {
    foldOf.set(situations[index] ?? "", place % count);
  }
  const scores: number[] = [];
  const labels: boolean[] = [];
  for (let fold = 0; fold < count; fold++) {
    const score = classifier(texts.filter(({ situation }) => foldOf.get(situation) !== fold));
    for (const { situation, text, isPositive } of texts) {
      if (foldOf.get(situation) !== fold) continue;
      scores.push(score(text));
      labels.push(isPositive);
    }
  }
  return auroc(scores, labels);
}

/** Measures of the length of a text. */
const lengthFeatureNames = ["characters", "words", "sentences"] as const;
export type LengthFeature = (typeof lengthFeatureNames)[number];

/** The length of a text by each measure. */
export function lengthFeatures(text: string): Readonly<Record<LengthFeature, number>> {
  return {
    characters: Array.from(text).length,
    words: wordsOf(text).length,
    sentences: sentenceCount(text),
  };
}

/** Logistic regression on the length of a text alone: characters, words and sentences, standardised. */
export const lengthClassifier: TextClassifier = (training) => {
  const featuresOf = (text: string): number[] => {
    const features = lengthFeatures(text);
    return lengthFeatureNames.map((name) => features[name]);
  };
  const rows = training.map(({ text }) => featuresOf(text));
  const dimension = lengthFeatureNames.length;
  const means = Array.from({ length: dimension }, (_, column) => mean(rows.map((row) => row[column] ?? 0)));
  const deviations = means.map((center, column) =>
    Math.sqrt(mean(rows.map((row) => ((row[column] ?? 0) - center) ** 2))),
  );
  const standardized = (row: readonly number[]): number[] =>
    row.map((value, column) => {
      const deviation = deviations[column] ?? 0;
      return deviation > 0 ? (value - (means[column] ?? 0)) / deviation : 0;
    });
  const matrix = (list: readonly (readonly number[])[]) => ({
    values: Float64Array.from(list.flatMap(standardized)),
    n: list.length,
    dimension,
  });
  const labels = training.map(({ isPositive }) => isPositive);
  const { weights, bias } = logisticRegression(matrix(rows), labels, 1);
  return (text) => decisionValues(matrix([featuresOf(text)]), weights, bias)[0] ?? NaN;
};

/**
 * Naive Bayes on the words of a text (multinomial, add-one smoothing): log-odds of the positive side.
 *
 * @param first number of words from the beginning that it reads, each with its place. @default all, wherever they stand
 */
export function naiveBayes(first?: number): TextClassifier {
  const tokensOf = (text: string): string[] =>
    first === undefined
      ? wordsOf(text)
      : wordsOf(text)
          .slice(0, first)
          .map((word, place) => `${place} ${word}`);
  return (training) => {
    const counts = { positive: new Map<string, number>(), negative: new Map<string, number>() };
    const totals = { positive: 0, negative: 0 };
    const vocabulary = new Set<string>();
    for (const { text, isPositive } of training) {
      const side = isPositive ? "positive" : "negative";
      for (const token of tokensOf(text)) {
        counts[side].set(token, (counts[side].get(token) ?? 0) + 1);
        totals[side]++;
        vocabulary.add(token);
      }
    }
    const logProbability = (side: "positive" | "negative", token: string): number =>
      Math.log(((counts[side].get(token) ?? 0) + 1) / (totals[side] + vocabulary.size));
    return (text) =>
      tokensOf(text)
        .filter((token) => vocabulary.has(token))
        .reduce(
          (sum, token) => sum + logProbability("positive", token) - logProbability("negative", token),
          0,
        );
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
