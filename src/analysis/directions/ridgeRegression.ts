import { choleskySolve } from "../linalg/cholesky.js";
import type { FeatureMatrix } from "./logisticRegression.js";

/** A linear function of features: `bias + Σ weights·x`, of the features as they are. */
export interface LinearPredictor {
  readonly weights: Float64Array;
  readonly bias: number;
}

/** What ridge regressions on parts of the rows need of the rows of one group. */
interface GroupMoments {
  readonly rows: readonly number[];
  /** Σ x, and Σ x·xᵀ as a lower triangle [d, d]; the latter empty in the dual form. */
  readonly sum: Float64Array;
  readonly squares: Float64Array;
  readonly products: Float64Array;
  /** Of each target Σ y and Σ x·y. */
  readonly targets: readonly { readonly sum: number; readonly products: Float64Array }[];
}

/**
 * Ridge regressions of several targets on the same features, leaving out groups of rows: least squares with the penalty
 * `α·‖w‖²` on standardised features, the bias unpenalised, as scikit-learn's
 * `make_pipeline(StandardScaler(), Ridge(alpha))`. Mean and deviation of the features come from the rows that are fitted.
 *
 * Closed form: a system of as many unknowns as there are features, added up from sums over groups, so that to leave out
 * a group costs no pass over the rows; in the dual form, of as many unknowns as rows, where there are fewer rows than
 * features.
 */
export class RidgeRegressions {
  /** Mean of all rows, taken off first: sums of squares of features far from 0 would lose digits. */
  readonly #shift: Float64Array;
  readonly #features: FeatureMatrix;
  readonly #targets: readonly Float64Array[];
  readonly #isDual: boolean;
  readonly #groups = new Map<string, GroupMoments>();

  /**
   * @param targets one value a row each, all finite
   * @param groups name of each row's group
   */
  constructor(
    features: FeatureMatrix,
    targets: readonly Float64Array[],
    groups: readonly string[] = new Array<string>(features.n).fill(""),
  ) {
    this.#shift = meanRow(features);
    this.#features = shifted(features, this.#shift);
    this.#targets = targets;
    this.#isDual = features.n < features.dimension;
    const rowsOf = new Map<string, number[]>();
    for (const [row, group] of groups.entries()) {
      const rows = rowsOf.get(group);
      if (rows === undefined) rowsOf.set(group, [row]);
      else rows.push(row);
    }
    for (const [group, rows] of rowsOf) this.#groups.set(group, this.#moments(rows));
  }

  /**
   * Fits all targets on the rows of some groups, with each penalty.
   * @returns [penalty][target]
   * @throws RangeError where there is no row
   */
  fit(penalties: readonly number[], isFitted: (group: string) => boolean = () => true): LinearPredictor[][] {
    const parts = [...this.#groups].flatMap(([group, moments]) => (isFitted(group) ? [moments] : []));
    const n = parts.reduce((count, { rows }) => count + rows.length, 0);
    if (n === 0) throw new RangeError("ridge regression: expected rows to fit, found none");
    const { dimension } = this.#features;
    const total = (pick: (part: GroupMoments) => Float64Array): Float64Array => {
      const sum = new Float64Array(dimension);
      for (const part of parts) addTo(sum, pick(part));
      return sum;
    };
    const means = total(({ sum }) => sum).map((sum) => sum / n);
    // A feature that does not vary is left at its mean, as scikit-learn leaves it: its deviation counts as 1.
    const deviations = total(({ squares }) => squares).map((sum, column) => {
      const variance = sum / n - (means[column] ?? NaN) ** 2;
      return variance > 1e-12 * (sum / n + (this.#shift[column] ?? NaN) ** 2) ? Math.sqrt(variance) : 1;
    });
    const centred = this.#targets.map((_, target) => {
      const mean = parts.reduce((sum, part) => sum + (part.targets[target]?.sum ?? NaN), 0) / n;
      const products = total((part) => part.targets[target]?.products ?? new Float64Array(dimension)).map(
        (sum, column) => (sum - n * mean * (means[column] ?? NaN)) / (deviations[column] ?? NaN),
      );
      return { mean, products };
    });
    const solve = this.#isDual
      ? this.#dual(parts, means, deviations, centred)
      : this.#primal(parts, n, means, deviations, centred);
    return penalties.map((penalty) =>
      solve(penalty).map((standardised, target): LinearPredictor => {
        const weights = standardised.map((weight, column) => weight / (deviations[column] ?? NaN));
        const atMean = weights.reduce(
          (sum, weight, column) => sum + weight * ((means[column] ?? NaN) + (this.#shift[column] ?? NaN)),
          0,
        );
        return { weights, bias: (centred[target]?.mean ?? NaN) - atMean };
      }),
    );
  }

  /** (ZᵀZ + α)·w = Zᵀy over standardised features Z. */
  #primal(
    parts: readonly GroupMoments[],
    n: number,
    means: Float64Array,
    deviations: Float64Array,
    targets: readonly { readonly products: Float64Array }[],
  ): (penalty: number) => Float64Array[] {
    const { dimension } = this.#features;
    const gram = new Float64Array(dimension * dimension);
    for (const { products } of parts) addTo(gram, products);
    for (let row = 0; row < dimension; row++) {
      for (let column = 0; column <= row; column++) {
        const at = row * dimension + column;
        const centred = (gram[at] ?? NaN) - n * (means[row] ?? NaN) * (means[column] ?? NaN);
        gram[at] = centred / ((deviations[row] ?? NaN) * (deviations[column] ?? NaN));
      }
    }
    return (penalty) => {
      const solved = choleskySolve(
        penalised(gram, dimension, penalty),
        targets.map(({ products }) => products),
      );
      return solved ?? targets.map(() => new Float64Array(dimension).fill(NaN));
    };
  }

  /** w = Zᵀ·(ZZᵀ + α)⁻¹·y over standardised features Z. */
  #dual(
    parts: readonly GroupMoments[],
    means: Float64Array,
    deviations: Float64Array,
    targets: readonly { readonly mean: number }[],
  ): (penalty: number) => Float64Array[] {
    const { dimension, values } = this.#features;
    const rows = parts.flatMap((part) => part.rows);
    const n = rows.length;
    const standardised = new Float64Array(n * dimension);
    for (const [place, row] of rows.entries()) {
      for (let column = 0; column < dimension; column++) {
        const value = (values[row * dimension + column] ?? NaN) - (means[column] ?? NaN);
        standardised[place * dimension + column] = value / (deviations[column] ?? NaN);
      }
    }
    const kernel = new Float64Array(n * n);
    for (let row = 0; row < n; row++) {
      for (let other = 0; other <= row; other++) {
        let sum = 0;
        for (let column = 0; column < dimension; column++) {
          sum +=
            (standardised[row * dimension + column] ?? NaN) *
            (standardised[other * dimension + column] ?? NaN);
        }
        kernel[row * n + other] = sum;
      }
    }
    const rightSides = targets.map(({ mean }, target) =>
      Float64Array.from(rows, (row) => (this.#targets[target]?.[row] ?? NaN) - mean),
    );
    return (penalty) => {
      const solved = choleskySolve(penalised(kernel, n, penalty), rightSides);
      return targets.map((_, target) => {
        const weights = new Float64Array(dimension);
        for (let place = 0; place < n; place++) {
          const factor = solved?.[target]?.[place] ?? NaN;
          for (let column = 0; column < dimension; column++) {
            weights[column] =
              (weights[column] ?? NaN) + factor * (standardised[place * dimension + column] ?? NaN);
          }
        }
        return weights;
      });
    };
  }

  #moments(rows: readonly number[]): GroupMoments {
    const { dimension, values } = this.#features;
    const sum = new Float64Array(dimension);
    const squares = new Float64Array(dimension);
    const products = new Float64Array(this.#isDual ? 0 : dimension * dimension);
    const targets = this.#targets.map(() => ({ sum: 0, products: new Float64Array(dimension) }));
    for (const row of rows) {
      const x = values.subarray(row * dimension, (row + 1) * dimension);
      addTo(sum, x);
      for (let column = 0; column < dimension; column++) {
        squares[column] = (squares[column] ?? NaN) + (x[column] ?? NaN) ** 2;
      }
      for (const [target, into] of targets.entries()) {
        const y = this.#targets[target]?.[row] ?? NaN;
        into.sum += y;
        for (let column = 0; column < dimension; column++) {
          into.products[column] = (into.products[column] ?? NaN) + y * (x[column] ?? NaN);
        }
      }
      if (this.#isDual) continue;
      for (let first = 0; first < dimension; first++) {
        const factor = x[first] ?? NaN;
        const start = first * dimension;
        for (let second = 0; second <= first; second++) {
          products[start + second] = (products[start + second] ?? NaN) + factor * (x[second] ?? NaN);
        }
      }
    }
    return { rows, sum, squares, products, targets };
  }
}

/** A copy of a matrix [n, n] with the penalty added on its diagonal. */
function penalised(matrix: Float64Array, n: number, penalty: number): Float64Array {
  const copy = matrix.slice();
  for (let row = 0; row < n; row++) copy[row * n + row] = (copy[row * n + row] ?? NaN) + penalty;
  return copy;
}

function addTo(into: Float64Array, values: Float64Array): void {
  for (let index = 0; index < into.length; index++)
    into[index] = (into[index] ?? NaN) + (values[index] ?? NaN);
}

function meanRow({ values, n, dimension }: FeatureMatrix): Float64Array {
  const mean = new Float64Array(dimension);
  for (let row = 0; row < n; row++) addTo(mean, values.subarray(row * dimension, (row + 1) * dimension));
  return mean.map((sum) => sum / n);
}

function shifted({ values, n, dimension }: FeatureMatrix, shift: Float64Array): FeatureMatrix {
  return { n, dimension, values: values.map((value, at) => value - (shift[at % dimension] ?? NaN)) };
}
