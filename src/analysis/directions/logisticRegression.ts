import { euclideanNorm as norm, innerProduct as dot } from "../linalg/innerProduct.js";

/** Row-major features `[n, d]` in float64. */
export interface FeatureMatrix {
  readonly values: Float64Array;
  readonly n: number;
  readonly dimension: number;
}

/** A fitted logistic regression. */
export interface LogisticRegression {
  readonly weights: Float64Array;
  readonly bias: number;
  readonly iterations: number;
  readonly converged: boolean;
}

/** Settings of a fit. */
export interface LogisticOptions {
  /**
   * Whether the bias is free of the penalty, as in most of scikit-learn's solvers, or penalised like a weight, as
   * liblinear does with `intercept_scaling` 1.
   * @default "free"
   */
  readonly intercept?: "free" | "penalized";
  /** Largest gradient, relative to the one at zero, at which the fit has converged. @default 1e-9 */
  readonly tolerance?: number;
  /** @default 100 */
  readonly maxIterations?: number;
}

/**
 * Binary logistic regression with an L2 penalty, scikit-learn's objective: ½‖w‖² + C·Σ log(1 + exp(−y·z)),
 * and ½b² where the bias is penalised too. Newton steps solved by conjugate gradients, so that the cost of an iteration
 * is a few passes over the features also when d exceeds n.
 *
 * @param labels true for the positive class; both classes must be present for a finite bias.
 * @param c inverse strength of the penalty, as in scikit-learn.
 */
export function logisticRegression(
  features: FeatureMatrix,
  labels: readonly boolean[],
  c: number,
  options: LogisticOptions = {},
): LogisticRegression {
  const { intercept = "free", tolerance = 1e-9, maxIterations = 100 } = options;
  const biasPenalty = intercept === "free" ? 0 : 1;
  const evaluate = (at: Float64Array): LogisticLoss => ridgeLoss(features, labels, c, at, biasPenalty);
  const { n, dimension } = features;
  // The last entry is the bias.
  let parameters = new Float64Array(dimension + 1);
  let state = evaluate(parameters);
  const initialGradient = Math.max(norm(state.gradient), 1e-300);
  for (let iteration = 0; iteration < maxIterations; iteration++) {
    const size = norm(state.gradient);
    if (size <= tolerance * Math.max(1, initialGradient)) return fittedAt(parameters, iteration, true);
    const direction = newtonDirection(features, c, state, size, biasPenalty);
    const slope = dot(direction, state.gradient);
    let stepSize = 1;
    let next = state;
    let moved = parameters;
    for (let halving = 0; halving < 40; halving++) {
      const length = stepSize;
      moved = parameters.map((value, index) => value + length * (direction[index] ?? 0));
      next = evaluate(moved);
      if (next.loss <= state.loss + 1e-4 * length * slope) break;
      stepSize /= 2;
    }
    // At the accuracy of float64 the loss can no longer fall: this is as close as it gets.
    if (!(next.loss < state.loss) && norm(next.gradient) >= size)
      return fittedAt(parameters, iteration, size < 1e-6 * n);
    parameters = moved;
    state = next;
  }
  return fittedAt(parameters, maxIterations, false);
}

/** The regression that parameters stand for, `[dimension + 1]`, the bias last. */
export function fittedAt(
  parameters: Float64Array,
  iterations: number,
  converged: boolean,
): LogisticRegression {
  return { weights: parameters.slice(0, -1), bias: parameters.at(-1) ?? NaN, iterations, converged };
}

/** Decision values X·w + b, one a row. */
export function decisionValues(features: FeatureMatrix, weights: Float64Array, bias: number): number[] {
  const { n, dimension, values } = features;
  const decisions = new Array<number>(n);
  for (let row = 0; row < n; row++) decisions[row] = bias + rowProduct(values, row * dimension, weights);
  return decisions;
}

/** Inner product of a row with weights: four sums side by side, since one would wait for each addition. */
function rowProduct(values: Float64Array, start: number, weights: Float64Array): number {
  let [first, second, third, fourth] = [0, 0, 0, 0];
  let column = 0;
  for (; column + 3 < weights.length; column += 4) {
    const at = start + column;
    first += (values[at] ?? NaN) * (weights[column] ?? NaN);
    second += (values[at + 1] ?? NaN) * (weights[column + 1] ?? NaN);
    third += (values[at + 2] ?? NaN) * (weights[column + 2] ?? NaN);
    fourth += (values[at + 3] ?? NaN) * (weights[column + 3] ?? NaN);
  }
  for (; column < weights.length; column++)
    first += (values[start + column] ?? NaN) * (weights[column] ?? NaN);
  return first + second + (third + fourth);
}

/** The loss of a model with its derivatives. */
export interface LogisticLoss {
  readonly loss: number;
  /** Of the weights and, last, the bias: `[d + 1]`. */
  readonly gradient: Float64Array;
  /** C·p(1 − p) for every row. */
  readonly curvature: Float64Array;
}

/**
 * Loss C·Σ log(1 + exp(−y·z)) of all rows, without a penalty.
 *
 * @param parameters the weights and, last, the bias: `[d + 1]`
 */
export function logisticLoss(
  features: FeatureMatrix,
  labels: readonly boolean[],
  c: number,
  parameters: Float64Array,
): LogisticLoss {
  const { dimension } = features;
  const decisions = decisionValues(features, parameters.subarray(0, dimension), parameters[dimension] ?? NaN);
  const gradient = new Float64Array(dimension + 1);
  const curvature = new Float64Array(features.n);
  let loss = 0;
  for (const [row, decision] of decisions.entries()) {
    const signed = labels[row] === true ? decision : -decision;
    // log(1 + e^−z) without overflow for large |z|.
    loss += c * (Math.max(0, -signed) + Math.log1p(Math.exp(-Math.abs(signed))));
    const probability = 1 / (1 + Math.exp(-decision));
    curvature[row] = c * probability * (1 - probability);
    addRow(features, row, c * (probability - (labels[row] === true ? 1 : 0)), gradient);
  }
  return { loss, gradient, curvature };
}

/** The loss with the penalty. */
function ridgeLoss(
  features: FeatureMatrix,
  labels: readonly boolean[],
  c: number,
  parameters: Float64Array,
  biasPenalty: 0 | 1,
): LogisticLoss {
  const { loss, gradient, curvature } = logisticLoss(features, labels, c, parameters);
  const penalized = parameters.slice();
  penalized[features.dimension] = biasPenalty * (parameters[features.dimension] ?? NaN);
  return {
    loss: loss + 0.5 * dot(penalized, penalized),
    gradient: gradient.map((value, index) => value + (penalized[index] ?? NaN)),
    curvature,
  };
}

/** Adds `factor` times a row, and `factor` for the bias, to a parameter vector. */
function addRow(features: FeatureMatrix, row: number, factor: number, into: Float64Array): void {
  const { dimension, values } = features;
  const start = row * dimension;
  for (let column = 0; column < dimension; column++) {
    into[column] = (into[column] ?? 0) + factor * (values[start + column] ?? NaN);
  }
  into[dimension] = (into[dimension] ?? 0) + factor;
}

/** Conjugate gradients for H·x = −gradient, tight enough for Newton's method to converge quadratically. */
function newtonDirection(
  features: FeatureMatrix,
  c: number,
  { curvature, gradient }: LogisticLoss,
  size: number,
  biasPenalty: 0 | 1,
): Float64Array {
  const solution = new Float64Array(gradient.length);
  const residual = gradient.map((value) => -value);
  let search = residual.slice();
  let residualSquared = dot(residual, residual);
  const target = Math.min(0.1, Math.sqrt(size / (1 + c * features.n))) * size;
  for (
    let iteration = 0;
    iteration < 4 * gradient.length && Math.sqrt(residualSquared) > target;
    iteration++
  ) {
    const product = hessianProduct(features, curvature, search, biasPenalty);
    const curvatureAlong = dot(search, product);
    if (!(curvatureAlong > 0)) break;
    const length = residualSquared / curvatureAlong;
    for (let index = 0; index < solution.length; index++) {
      solution[index] = (solution[index] ?? 0) + length * (search[index] ?? 0);
      residual[index] = (residual[index] ?? 0) - length * (product[index] ?? 0);
    }
    const nextSquared = dot(residual, residual);
    const ratio = nextSquared / residualSquared;
    const previous = search;
    search = residual.map((value, index) => value + ratio * (previous[index] ?? 0));
    residualSquared = nextSquared;
  }
  return solution;
}

function hessianProduct(
  features: FeatureMatrix,
  curvature: Float64Array,
  vector: Float64Array,
  biasPenalty: 0 | 1,
): Float64Array {
  const { dimension } = features;
  const along = decisionValues(features, vector.subarray(0, dimension), vector[dimension] ?? NaN);
  const product = vector.slice();
  product[dimension] = biasPenalty * (vector[dimension] ?? NaN);
  for (let row = 0; row < features.n; row++)
    addRow(features, row, (curvature[row] ?? 0) * (along[row] ?? NaN), product);
  return product;
}
