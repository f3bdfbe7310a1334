import { TurncoatError } from "../../errors.js";
import { Random } from "../../tensor/random.js";
import { auroc, type Auroc } from "./auroc.js";
import { hasBothClasses, holdOut, splitByGroups, type HoldOut } from "./holdOut.js";
import { decisionValues, logisticRegression } from "./logisticRegression.js";
import { columnMoments, standardize } from "./standardize.js";
import { rate, type Rate } from "../behavior/rates.js";
import { quantile, type Interval } from "../statistics/quantile.js";

/** Activations with their labels, and the questions that they belong to. */
export interface ProbeInput {
  /** Activations or adapter scalars, row-major `[n, d]`. */
  readonly features: Float32Array;
  /** True for misaligned, one a row. */
  readonly labels: readonly boolean[];
  /** Question or domain of every row; whole groups are held out. @default rows are held out */
  readonly groups?: readonly string[];
}

/** Settings of a probe. */
export interface ProbeOptions {
  /** Inverse strength of the L2 penalty on standardised features, scikit-learn's C. @default 1 */
  readonly c?: number;
  /** Share of the rows held out. @default 0.25 */
  readonly testFraction?: number;
  /** Hold out exactly these groups instead. */
  readonly heldOutGroups?: readonly string[];
  /** Fits with shuffled labels. @default 10 */
  readonly shuffles?: number;
  /** @default 0 */
  readonly seed?: number;
}

/** A linear classifier and how well it does on rows it has not seen. */
export interface Probe {
  /** Weights on the raw features `[d]`; the direction from aligned to misaligned. NaN where there is no probe. */
  readonly weights: Float32Array;
  readonly bias: number;
  readonly c: number;
  readonly trainCount: number;
  readonly testCount: number;
  readonly heldOutGroups: readonly string[];
  readonly auroc: Auroc;
  readonly accuracy: Rate;
  /** Result of the procedure after shuffling the labels: mean held-out AUROC and the middle 95 % of the repeats. */
  readonly shuffled: { readonly value: number; readonly interval: Interval; readonly repeats: number };
  readonly seed: number;
  readonly converged: boolean;
  /** Why there is no probe; null when there is one. */
  readonly reason: string | null;
}

/**
 * Tolerance of the gradient of a fit to shuffled labels: a control that lies within a few hundredths of chance
 * needs no weights to the last digit.
 */
const controlTolerance = 1e-4;

/**
 * Fits an L2 logistic regression to labelled activations and tests it on held-out rows.
 *
 * Features are standardised with the training rows' mean and deviation; a feature that does not vary in
 * training gets weight 0. With one class, or no split that leaves both classes on both sides, the result holds
 * NaN and the reason.
 *
 * @throws TurncoatError when the shapes do not fit.
 */
export function fitProbe(input: ProbeInput, options: ProbeOptions = {}): Probe {
  const { c = 1, testFraction = 0.25, shuffles = 10, seed = 0 } = options;
  const { features, labels, groups } = input;
  const dimension = labels.length === 0 ? 0 : features.length / labels.length;
  if (!Number.isInteger(dimension) || (groups !== undefined && groups.length !== labels.length)) {
    throw new TurncoatError(
      `fitProbe: ${features.length} numbers, ${labels.length} labels and ${groups?.length ?? labels.length} groups do not fit together`,
    );
  }
  const random = new Random(seed).fork("probe");
  const split = chooseSplit(input, options.heldOutGroups, testFraction, random.fork("split"));
  if (split === null) return absentProbe(input, dimension, c, seed);

  const fitted = fitOnSplit(features, labels, dimension, split, c);
  const shuffledValues: number[] = [];
  for (let repeat = 0; repeat < shuffles; repeat++) {
    const order = random.fork(`shuffle ${repeat}`).permutation(labels.length);
    const shuffledLabels = order.map((position) => labels[position] ?? false);
    if (!hasBothClasses(split.train, shuffledLabels) || !hasBothClasses(split.test, shuffledLabels)) continue;
    const { auroc: area } = fitOnSplit(features, shuffledLabels, dimension, split, c, controlTolerance);
    shuffledValues.push(area.value);
  }
  const mean = shuffledValues.reduce((sum, value) => sum + value, 0) / shuffledValues.length;
  return {
    ...fitted,
    c,
    trainCount: split.train.length,
    testCount: split.test.length,
    heldOutGroups: split.heldOutGroups,
    shuffled: {
      value: mean,
      interval: [quantile(shuffledValues, 0.025), quantile(shuffledValues, 0.975)],
      repeats: shuffledValues.length,
    },
    seed,
    reason: null,
  };
}

function chooseSplit(
  input: ProbeInput,
  heldOutGroups: readonly string[] | undefined,
  testFraction: number,
  random: Random,
): HoldOut | null {
  if (heldOutGroups === undefined || input.groups === undefined) {
    return holdOut(input.labels, input.groups, testFraction, random);
  }
  const split = splitByGroups(input.labels, input.groups, new Set(heldOutGroups));
  const usable = hasBothClasses(split.train, input.labels) && hasBothClasses(split.test, input.labels);
  return usable ? split : null;
}

function fitOnSplit(
  features: Float32Array,
  labels: readonly boolean[],
  dimension: number,
  split: HoldOut,
  c: number,
  tolerance?: number,
): Pick<Probe, "weights" | "bias" | "auroc" | "accuracy" | "converged"> {
  const moments = columnMoments(features, dimension, split.train);
  const { mean, deviation } = moments;
  const train = standardize(features, dimension, split.train, moments);
  const test = standardize(features, dimension, split.test, moments);
  const model = logisticRegression(
    train,
    split.train.map((row) => labels[row] === true),
    c,
    tolerance === undefined ? {} : { tolerance },
  );
  const scores = decisionValues(test, model.weights, model.bias);
  const truth = split.test.map((row) => labels[row] === true);
  const correct = scores.filter((score, index) => score > 0 === truth[index]).length;
  const weights = new Float32Array(dimension);
  let bias = model.bias;
  for (let column = 0; column < dimension; column++) {
    const scale = deviation[column] ?? 0;
    const weight = scale > 0 ? (model.weights[column] ?? NaN) / scale : 0;
    weights[column] = weight;
    bias -= weight * (mean[column] ?? NaN);
  }
  return {
    weights,
    bias,
    auroc: auroc(scores, truth),
    accuracy: rate(correct, truth.length),
    converged: model.converged,
  };
}

function absentProbe(input: ProbeInput, dimension: number, c: number, seed: number): Probe {
  const positives = input.labels.filter(Boolean).length;
  const negatives = input.labels.length - positives;
  const undefinedPair: Interval = [NaN, NaN];
  return {
    weights: new Float32Array(dimension).fill(NaN),
    bias: NaN,
    c,
    trainCount: 0,
    testCount: 0,
    heldOutGroups: [],
    auroc: { value: NaN, interval: undefinedPair, positives, negatives },
    accuracy: { percent: NaN, interval: undefinedPair, count: 0, n: 0 },
    shuffled: { value: NaN, interval: undefinedPair, repeats: 0 },
    seed,
    converged: false,
    reason:
      positives === 0 || negatives === 0
        ? `all ${input.labels.length} answers are ${positives === 0 ? "aligned" : "misaligned"}`
        : `no split leaves both classes on both sides (${positives} misaligned, ${negatives} aligned)`,
  };
}
