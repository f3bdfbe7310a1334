import { TurncoatError } from "../../errors.js";
import { Random } from "../../tensor/random.js";
import {
  decisionValues,
  logisticRegression,
  type LogisticOptions,
} from "../directions/logisticRegression.js";
import { sparseLogisticRegression } from "../directions/sparseLogisticRegression.js";
import { columnMoments, standardize } from "../directions/standardize.js";
import { spread, type Spread } from "../series/spread.js";
import { classMeasures, classScores, type ClassMeasure, type ClassScores } from "./classScores.js";
import { meansOfAnswers, pooledRows, type PooledRows, type ScalarRows } from "./scalarRows.js";

/** What a row is, or what is held out as a whole: single tokens, or whole answers. */
export type ScalarUnit = "token" | "answer";

/**
 * The C that is taken where none is asked for: the paper's 0.01 for tokens. The penalty weighs against a sum over rows,
 * so that with the few rows of whole answers 0.01 would leave no scalar in; there it is scikit-learn's default, 1.
 */
export function usualC(by: ScalarUnit): number {
  return by === "token" ? 0.01 : 1;
}

/** Settings of a test of adapter scalars; the defaults are the paper's. */
export interface ScalarTestOptions {
  /** One row a token, or one an answer, the mean over its tokens. @default "token" */
  readonly by?: ScalarUnit;
  /** What is held out: tokens, some of whose answer is then seen in training, or whole answers. @default `by` */
  readonly split?: ScalarUnit;
  /** @default "l1" */
  readonly penalty?: "l1" | "l2";
  /** Whether the intercept is penalised. @default "free", as saga leaves it, which gives the published figures */
  readonly intercept?: NonNullable<LogisticOptions["intercept"]>;
  /** Inverse strength of the penalty, scikit-learn's C. @default `usualC(by)` */
  readonly c?: number;
  /** Number of draws of balanced classes and of what is held out. @default 100 */
  readonly repeats?: number;
  /** Share of each class that is held out. @default 0.2 */
  readonly testFraction?: number;
  /** Number of repeats with the labels of answers shuffled. @default 20, but no more than `repeats` */
  readonly shuffles?: number;
  /** @default 0 */
  readonly seed?: number;
  /** Called after each repeat, shuffled ones included, with their number so far and in all. */
  readonly onRepeat?: (done: number, total: number) => void;
}

/** Rows and answers of one class. */
export interface ClassCount {
  readonly rows: number;
  readonly answers: number;
}

/** How well adapter scalars tell two sets of answers apart. */
export interface ScalarTest {
  readonly by: ScalarUnit;
  readonly split: ScalarUnit;
  readonly penalty: "l1" | "l2";
  readonly intercept: "free" | "penalized";
  readonly c: number;
  readonly repeats: number;
  readonly seed: number;
  readonly negative: ClassCount;
  readonly positive: ClassCount;
  /** Each measure over the repeats, of the rows held out. */
  readonly scores: Readonly<Record<ClassMeasure, Spread>>;
  /** The same after the labels of whole answers were shuffled: what this split gives where there is nothing to tell. */
  readonly shuffled: Readonly<Record<ClassMeasure, Spread>>;
  /** Coefficients of the standardised scalars: one list a column, one number a repeat. */
  readonly coefficients: readonly { readonly feature: string; readonly values: readonly number[] }[];
  /** Number of fits that did not converge. */
  readonly unconverged: number;
}

/**
 * Tests whether adapter scalars tell two sets of answers apart, as Convergent Linear Representations of Emergent
 * Misalignment (arXiv 2506.11618, section 4) does: logistic regression with a strong L1 penalty on scalars z-scored over
 * all rows, classes balanced by subsampling, a fifth of each held out, many times over.
 *
 * A split by tokens puts tokens of one answer on both sides, and tells answers apart rather than classes as far as it
 * can; `shuffled` says how far. A split by answers does not.
 *
 * @param negative answers of the first class, label 0
 * @param positive answers of the second class, label 1
 * @throws TurncoatError where the two hold other adapters, or too few rows to hold any out
 */
export function scalarTest(
  negative: ScalarRows,
  positive: ScalarRows,
  options: ScalarTestOptions = {},
): ScalarTest {
  const { by = "token", penalty = "l1", intercept = "free", seed = 0 } = options;
  const { c = usualC(by), split = by, repeats = 100, testFraction = 0.2 } = options;
  const { shuffles = Math.min(20, repeats) } = options;
  const pooled = pooledRows(negative, positive);
  const rows = by === "token" ? pooled : meansOfAnswers(pooled);
  const random = new Random(seed).fork("scalar test");
  const dimension = rows.features.length;
  const moments = columnMoments(rows.values, dimension, [...rows.labels.keys()]);
  const fit = penalty === "l1" ? sparseLogisticRegression : logisticRegression;
  let done = 0;
  const once = (labelled: PooledRows, source: Random) => {
    const sides = balancedSplit(labelled, split, testFraction, source);
    const matrix = (chosen: readonly number[]) => standardize(rows.values, dimension, chosen, moments);
    const labelsOf = (chosen: readonly number[]) => chosen.map((row) => labelled.labels[row] === true);
    const model = fit(matrix(sides.train), labelsOf(sides.train), c, { intercept, tolerance: 1e-7 });
    const decisions = decisionValues(matrix(sides.test), model.weights, model.bias);
    options.onRepeat?.(++done, repeats + shuffles);
    return { scores: classScores(decisions, labelsOf(sides.test)), model };
  };
  const fits = Array.from({ length: repeats }, (_, repeat) => once(rows, random.fork(`repeat ${repeat}`)));
  const shuffled = Array.from({ length: shuffles }, (_, repeat) => {
    const source = random.fork(`shuffle ${repeat}`);
    return once(withShuffledAnswers(rows, source.fork("labels")), source).scores;
  });
  return {
    by,
    split: by === "answer" ? "answer" : split,
    penalty,
    intercept,
    c,
    repeats,
    seed,
    negative: countOf(rows, false),
    positive: countOf(rows, true),
    scores: spreadsOf(fits.map(({ scores }) => scores)),
    shuffled: spreadsOf(shuffled),
    coefficients: rows.features.map((feature, column) => ({
      feature,
      values: fits.map(({ model }) => model.weights[column] ?? NaN),
    })),
    unconverged: fits.filter(({ model }) => !model.converged).length,
  };
}

function spreadsOf(scores: readonly ClassScores[]): Record<ClassMeasure, Spread> {
  const of = (measure: ClassMeasure): Spread => spread(scores.map((each) => each[measure]));
  const [accuracy, precision, recall, f1, auc] = classMeasures;
  return {
    accuracy: of(accuracy),
    precision: of(precision),
    recall: of(recall),
    f1: of(f1),
    auc: of(auc),
  };
}

function countOf({ labels, answers }: PooledRows, label: boolean): ClassCount {
  const own = answers.filter((_, row) => labels[row] === label);
  return { rows: own.length, answers: new Set(own).size };
}

/**
 * Holds out a share of each class, and drops rows of the larger class at random on either side until both classes have as
 * many.
 */
function balancedSplit(
  { labels, answers }: PooledRows,
  split: ScalarUnit,
  testFraction: number,
  random: Random,
): { readonly train: readonly number[]; readonly test: readonly number[] } {
  const sides = {
    train: [new Array<number>(), new Array<number>()],
    test: [new Array<number>(), new Array<number>()],
  };
  for (const [place, label] of [false, true].entries()) {
    const own = [...labels.keys()].filter((row) => labels[row] === label);
    const unitOf = (row: number): number => (split === "token" ? row : (answers[row] ?? NaN));
    const units = [...new Set(own.map(unitOf))];
    const order = random.permutation(units.length).map((position) => units[position] ?? NaN);
    const heldOut = new Set(order.slice(0, Math.round(testFraction * units.length)));
    for (const row of own) (heldOut.has(unitOf(row)) ? sides.test : sides.train)[place]?.push(row);
  }
  const balanced = (classes: readonly (readonly number[])[]): number[] => {
    const count = Math.min(...classes.map(({ length }) => length));
    if (count === 0) {
      throw new TurncoatError(
        `scalars: expected enough ${split === "token" ? "rows" : "answers"} of both classes to hold out ` +
          `${100 * testFraction} %, found too few`,
      );
    }
    return classes.flatMap((own) =>
      random
        .permutation(own.length)
        .slice(0, count)
        .map((position) => own[position] ?? NaN),
    );
  };
  return { train: balanced(sides.train), test: balanced(sides.test) };
}

/** The same rows with the labels of whole answers dealt out at random. */
function withShuffledAnswers(rows: PooledRows, random: Random): PooledRows {
  const labelOf = new Map(rows.answers.map((answer, row) => [answer, rows.labels[row] === true]));
  const dealt = [...labelOf.values()];
  const order = random.permutation(dealt.length);
  const shuffled = new Map([...labelOf.keys()].map((answer, place) => [answer, dealt[order[place] ?? -1]]));
  return { ...rows, labels: rows.answers.map((answer) => shuffled.get(answer) === true) };
}
