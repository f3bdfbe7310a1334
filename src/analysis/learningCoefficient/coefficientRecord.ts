import type { Interval } from "../statistics/quantile.js";
import type { CoefficientChain } from "./localLearningCoefficient.js";

/** Settings of the sampler that estimates belong together by. */
export interface SamplerSettings {
  /** Sizes of the sampler's step as shares of 1/p, p the largest precision; chains fly apart above 4. */
  readonly stepShares: readonly number[];
  /** γ, the strength of the tether, where a parameter is counted in units. */
  readonly localization: number;
  /** Chains at each size. */
  readonly chains: number;
  /** Draws of a chain that count, after those that do not. */
  readonly draws: number;
  readonly burnIn: number;
  /** Conversations that a draw's loss and gradient are estimated from; all of them where there are no more. */
  readonly together: number;
  readonly seed: number;
}

/** Estimate at one size of the sampler's step. */
export interface SizedEstimate {
  /** Share of 1/p that the step was. */
  readonly share: number;
  /** ε. */
  readonly stepSize: number;
  /** Mean over all chains with its 95 % interval by Student's t; negative where the loss falls away from w*. */
  readonly value: number;
  readonly interval: Interval;
  /** Chains with the trace of their losses, those of the burn-in first. */
  readonly chains: readonly CoefficientChain[];
}

/** Estimates of a checkpoint at several sizes of the sampler's step. */
export interface CoefficientStep {
  readonly step: number;
  /** L_n(w*), in nats per response token. */
  readonly centerLoss: number;
  /** Largest curvature of the loss at w*, in size. */
  readonly curvature: number;
  /** From the largest size to the smallest; larger ones are not sampled where the smaller suffice. */
  readonly sizes: readonly SizedEstimate[];
}

/** Local learning coefficients of a run along training. */
export interface CoefficientRecord {
  readonly settings: SamplerSettings;
  /** Conversations that the loss is over, of how many that the run was trained on, and their response tokens n. */
  readonly rows: number;
  readonly trained: number;
  readonly count: number;
  /** nβ = n / ln n. */
  readonly temperature: number;
  /** Number d of parameters. */
  readonly parameters: number;
  /** Run whose last adapter gives the units, and the unit of each factor: its root mean square there. */
  readonly unitsOf: string;
  readonly units: readonly { readonly name: string; readonly unit: number }[];
  /** In increasing order of step. */
  readonly steps: readonly CoefficientStep[];
}
