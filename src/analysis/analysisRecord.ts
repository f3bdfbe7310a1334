import type { ScaleBehaviour } from "./behaviour.js";
import type { SeriesPeak } from "./seriesPeak.js";
import type { PairwiseCosine } from "./pairwiseCosine.js";
import type { AbsentTransition, PhaseTransition, TransitionIndicator } from "./phaseTransition.js";
import type { JudgedAnswer, RateOptions } from "./rates.js";
import type { RotationOptions } from "./rotation.js";
import type { Interval, StepSeries } from "./stepSeries.js";

/** One trained LoRA pair over training. */
export interface AdapterInput {
  /** Such as `model.layers.24.mlp.down_proj`. */
  readonly modulePath: string;
  readonly layer: number;
  readonly rank: number;
  /** α/r or α/√r. */
  readonly scaling: number;
  readonly steps: readonly number[];
  /** A, `[rank, dIn]` flattened, one a step. */
  readonly loraA: readonly Float32Array[];
  /** B, `[dOut, rank]` flattened, one a step. */
  readonly loraB: readonly Float32Array[];
}

/** One logged optimiser step. */
export interface LogEntry {
  readonly step: number;
  readonly loss?: number;
  /** Global gradient norm before clipping. */
  readonly gradNorm?: number;
  readonly learningRate?: number;
}

/** A checkpoint that exists or should exist and could not be used. */
export interface CheckpointGap {
  readonly step: number;
  readonly reason: string;
}

export interface AnalysisInput {
  readonly run: string;
  readonly adapters: readonly AdapterInput[];
  readonly log: readonly LogEntry[];
  readonly answers: readonly JudgedAnswer[];
  readonly gaps: readonly CheckpointGap[];
}

export interface AnalysisOptions {
  readonly rates?: RateOptions;
  readonly rotation?: RotationOptions;
  /** Full width in steps of the smoothing of the gradient norm. @default 7 × the spacing of the log */
  readonly gradientWindow?: number;
  /** Most rows of the step × step cosine. @default 100 */
  readonly maxPairwiseSteps?: number;
}

/** Local cosine similarity of one k, paper's convention (straight = −1). */
export interface LocalCosineRecord {
  readonly steps: readonly number[];
  /** Not gated; NaN where a neighbour is missing. */
  readonly values: readonly number[];
  /** Movement max(‖v_t − v_{t−k}‖, ‖v_{t+k} − v_t‖). */
  readonly gate: readonly number[];
  /** Movement at or below which a step counts as frozen. */
  readonly threshold: number;
  /** Largest value over the steps that are not frozen, and over all. */
  readonly peak: { readonly step: number; readonly value: number } | null;
  readonly ungatedPeak: { readonly step: number; readonly value: number } | null;
}

export interface PcaRecord {
  readonly steps: readonly number[];
  /** `[nSteps][2]` */
  readonly scores: readonly (readonly number[])[];
  readonly explainedVarianceRatio: readonly number[];
}

/** What the geometry of A or of B over training looks like. */
export interface DirectionAnalysis {
  readonly norm: StepSeries;
  /** Keyed by k in steps. */
  readonly localCosine: Readonly<Record<string, LocalCosineRecord>>;
  /** Null without any finite vector. */
  readonly pca: PcaRecord | null;
  readonly cosineToFinal: StepSeries;
  readonly cosineToInitial: StepSeries;
  readonly cosineToPrevious: StepSeries;
}

export interface AdapterAnalysis {
  /** Module path. */
  readonly name: string;
  readonly layer: number;
  readonly rank: number;
  readonly scaling: number;
  readonly A: DirectionAnalysis;
  readonly B: DirectionAnalysis & { readonly pairwiseCosine: PairwiseCosine };
  readonly warnings: readonly string[];
}

export interface GradientNormRecord extends StepSeries {
  readonly smoothed: readonly number[];
  readonly window: number;
  readonly method: string;
  readonly peak: SeriesPeak | null;
}

/** Steps from one transition to another: positive when `to` comes later. */
export interface TransitionLag {
  readonly from: TransitionIndicator;
  readonly to: TransitionIndicator;
  readonly steps: number;
  /** From the ends of both intervals, so at least as wide as either. */
  readonly interval: Interval;
}

/** The choices behind the numbers, for captions. */
export interface AnalysisParameters {
  /** k in steps, of all adapters. */
  readonly localCosineWindows: readonly number[];
  readonly localCosineConvention: string;
  /** Fraction of the largest movement at or below which a step counts as frozen. */
  readonly frozenBelow: number;
  readonly alignedBelow: number;
  readonly coherentAbove: number;
  readonly nullAlignment: "exclude" | "notMisaligned";
  readonly rateInterval: string;
  /** In steps; NaN when no gradient norm was logged. */
  readonly gradientWindow: number;
  readonly gradientSmoothing: string | null;
  /** Every how many stored steps one was taken for the step × step cosine. */
  readonly pairwiseCosineEvery: number;
  readonly pcaCentred: boolean;
  readonly rotationSeed: number;
}

/** Everything Turncoat computes about a run: plain numbers, NaN where undefined (`toJson` makes it null). */
export interface Analysis {
  readonly run: string;
  readonly adapters: readonly AdapterAnalysis[];
  readonly gradNorm: GradientNormRecord | null;
  readonly loss: StepSeries | null;
  readonly learningRate: StepSeries | null;
  readonly behaviour: { readonly scales: readonly ScaleBehaviour[] } | null;
  /** Reserved for the comparison of several adapters (2506.11613, appendix G.1). */
  readonly comp: null;
  readonly transitions: readonly PhaseTransition[];
  readonly absent: readonly AbsentTransition[];
  readonly lags: readonly TransitionLag[];
  readonly gaps: readonly CheckpointGap[];
  readonly parameters: AnalysisParameters;
}
