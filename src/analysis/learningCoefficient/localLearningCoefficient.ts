import type { Random } from "../../tensor/random.js";
import type { Interval } from "../statistics/quantile.js";
import { meanOf, studentMean } from "../statistics/studentMean.js";

/** Loss of some parameters, a mean over the data, and its gradient. */
export interface LossAndGradient {
  readonly loss: number;
  readonly gradient: ArrayLike<number>;
}

/**
 * A loss L_n with its gradient, or an estimate of both from a draw of the data.
 * @param random stream that such a draw takes its random numbers from
 */
export type LossFunction = (
  parameters: Float64Array,
  random: Random,
) => LossAndGradient | Promise<LossAndGradient>;

/** What is sampled around, and how. */
export interface CoefficientRequest {
  readonly lossAt: LossFunction;
  /** w*, around which is sampled. */
  readonly center: ArrayLike<number>;
  /** Number n of data that the loss is a mean of; at least 2. */
  readonly count: number;
  /** ε of the sampler. */
  readonly stepSize: number;
  /** γ, the strength of the tether to w*. */
  readonly localization: number;
  /** Chains, each from w*; at least 2 for an interval. */
  readonly chains: number;
  /** Draws of a chain that count, after those that do not. */
  readonly draws: number;
  readonly burnIn: number;
  /** Stream of random numbers; every chain takes a fork of it. */
  readonly random: Random;
}

/** One chain of the sampler. */
export interface CoefficientChain {
  /** λ̂ of the chain; NaN where it left the finite numbers. */
  readonly value: number;
  /** L_n at every draw, those of the burn-in first: the trace. */
  readonly losses: readonly number[];
  /** True where λ̂ is negative or not finite: w* is no minimum at this scale, or the step is too large. */
  readonly isFailed: boolean;
}

/** Estimate of a local learning coefficient. */
export interface LearningCoefficient {
  /** Mean over chains with its 95 % interval by Student's t; NaN where a chain failed. */
  readonly value: number;
  readonly interval: Interval;
  readonly chains: readonly CoefficientChain[];
  /** L_n(w*). */
  readonly centerLoss: number;
  /** nβ with β = 1 / ln n. */
  readonly temperature: number;
}

/**
 * Estimates the local learning coefficient λ̂ = nβ·(E[L_n(w)] − L_n(w*)), β = 1 / ln n, by stochastic gradient Langevin dynamics
 * tethered to w* (2308.12108): w ← w − ε/2·(nβ·∇L_n(w) + γ·(w − w*)) + √ε·η, η standard normal.
 *
 * A regular minimum in d dimensions has d/2 where γ is small against nβ times the curvature; less says that the loss is
 * degenerate there. A step that is too large inflates it, so that estimates at several step sizes have to agree.
 */
export async function localLearningCoefficient(request: CoefficientRequest): Promise<LearningCoefficient> {
  const { lossAt, center, count, chains, random } = request;
  const temperature = count / Math.log(count);
  const { loss: centerLoss } = await lossAt(Float64Array.from(center), random.fork("center"));
  const made: CoefficientChain[] = [];
  for (let chain = 0; chain < chains; chain++) {
    const losses = await sampledLosses(request, temperature, random.fork(`chain ${chain}`));
    const kept = losses.slice(request.burnIn);
    const value = temperature * (meanOf(kept) - centerLoss);
    made.push({ value, losses, isFailed: !(value >= 0) });
  }
  const values = made.map(({ value, isFailed }) => (isFailed ? NaN : value));
  return { ...studentMean(values), chains: made, centerLoss, temperature };
}

/** Runs one chain from w*, and gives the loss at every draw; it ends early where the loss is not finite. */
async function sampledLosses(
  { lossAt, center, stepSize, localization, draws, burnIn }: CoefficientRequest,
  temperature: number,
  random: Random,
): Promise<number[]> {
  const start = Float64Array.from(center);
  const parameters = start.slice();
  const losses: number[] = [];
  let { gradient } = await lossAt(parameters, random);
  for (let draw = 0; draw < burnIn + draws; draw++) {
    for (let index = 0; index < parameters.length; index++) {
      const own = parameters[index] ?? NaN;
      const drift = temperature * (gradient[index] ?? NaN) + localization * (own - (start[index] ?? NaN));
      parameters[index] = own - (stepSize / 2) * drift + Math.sqrt(stepSize) * random.normal();
    }
    const found = await lossAt(parameters, random);
    losses.push(found.loss);
    if (!Number.isFinite(found.loss))
      return [...losses, ...new Array<number>(burnIn + draws - losses.length).fill(NaN)];
    ({ gradient } = found);
  }
  return losses;
}
