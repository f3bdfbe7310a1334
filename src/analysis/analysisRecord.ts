import type { ScaleBehaviour } from "./behaviour.js";
import type { SeriesPeak } from "./seriesPeak.js";
import type { CompRecord } from "./compRecord.js";
import type { IncrementRank } from "./incrementRank.js";
import type { PairwiseCosine } from "./pairwiseCosine.js";
import type { MovementGate } from "./localCosineSimilarity.js";
import type { DistributionChange } from "./distributionChange.js";
import type { LogLikelihoodGap } from "./logLikelihoodGap.js";
import type { PcaMethod } from "./pca.js";
import type { AbsentTransition, PhaseTransition, PlainRecord } from "./phaseTransition.js";
import type { Timeline, TransitionLag } from "./timeline.js";
import type { JudgedAnswer, RateOptions } from "./rates.js";
import type { RotationOptions } from "./rotation.js";
import type { StepSeries } from "./stepSeries.js";

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
  /** Principal components that are known already. @default found here, which takes minutes for thousands of steps */
  readonly components?: { readonly A?: PcaRecord; readonly B?: PcaRecord };
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
  /** Where the numbers come from; handed on as it is. */
  readonly provenance?: PlainRecord;
  /** Null or absent where it was not measured, as is the next. */
  readonly distributionChange?: RunDistributionChange | null;
  readonly logLikelihoodGap?: RunLogLikelihoodGap | null;
  /** What is odd about the run, one sentence each; handed on as it is. */
  readonly warnings?: readonly string[];
}

/** A direction that a trajectory is compared with, such as a probe or a mean difference. */
export interface NamedDirection {
  readonly name: string;
  /** `[d]`; compared with A, with B or with both, whichever has d entries. */
  readonly vector: Float32Array;
}

export interface AnalysisOptions {
  readonly rates?: RateOptions;
  readonly rotation?: RotationOptions;
  /**
   * Movement of A or of B at or below which a step counts as frozen, such as `{ absolute: 0.0035 }` (2506.11613, appendix
   * F). ΔW moves on another scale: an absolute gate leaves its own at `rotation.frozenBelow`.
   * @default { relative: rotation.frozenBelow }, which is 2 % of the largest movement
   */
  readonly gate?: MovementGate;
  /** Full width in steps of the smoothing of the gradient norm. @default 7 × the spacing of the log */
  readonly gradientWindow?: number;
  /** Most rows of the step × step cosines. @default 100, less with more than nine adapters, at least 20 */
  readonly maxPairwiseSteps?: number;
  /** Principal components kept. @default 10 */
  readonly pcaComponents?: number;
  /** A stored step that every other one is compared with. @default none */
  readonly referenceStep?: number;
  /** Fixed directions whose angle to A and B is wanted. @default none */
  readonly directions?: readonly NamedDirection[];
}

/** What the geometry of one adapter is measured with. */
export interface GeometryOptions {
  /** Half-windows of the local cosine similarity, in steps, smallest first. */
  readonly windows: readonly number[];
  /** Of A and B. */
  readonly gate: MovementGate;
  /** Of ΔW, as a fraction of its largest movement. */
  readonly frozenBelow: number;
  readonly maxPairwiseSteps: number;
  readonly pcaComponents: number;
  readonly referenceStep?: number;
  readonly directions?: readonly NamedDirection[];
}

/** Where a series is largest. */
export interface StepExtremum {
  readonly step: number;
  readonly value: number;
}

/** Local cosine similarity of one k, paper's convention (straight = −1). */
export interface LocalCosineRecord {
  readonly steps: readonly number[];
  /** Not gated; NaN where a neighbour is missing. */
  readonly values: readonly number[];
  /** The same as an angle: 0 for straight on, 180 for a reversal. */
  readonly bendDegrees: readonly number[];
  /** Movement max(‖v_t − v_{t−k}‖, ‖v_{t+k} − v_t‖). */
  readonly gate: readonly number[];
  /** Movement at or below which a step counts as frozen. */
  readonly threshold: number;
  /** Largest value over the steps that are not frozen, and over all. */
  readonly peak: StepExtremum | null;
  readonly ungatedPeak: StepExtremum | null;
  /** The same of the unit vectors v/‖v‖, which growth along v does not move; the same steps count as frozen. */
  readonly normalised: { readonly values: readonly number[]; readonly peak: StepExtremum | null };
}

export interface PcaRecord {
  readonly steps: readonly number[];
  /** `[nSteps][nComponents]` */
  readonly scores: readonly (readonly number[])[];
  /** Of each component kept, of the variance over all components. */
  readonly explainedVarianceRatio: readonly number[];
  readonly method: PcaMethod;
}

/** Angle of a path to a fixed direction, in degrees. */
export interface AngleRecord extends StepSeries {
  readonly direction: string;
  /** What a random direction gives: 90° give or take this (one standard deviation). */
  readonly randomDeviationDegrees: number;
  /** The same as a cosine: 1/√d. */
  readonly randomCosine: number;
}

/** Cosine with a chosen step. */
export interface ReferenceCosine extends StepSeries {
  readonly referenceStep: number;
}

/** What is measured of A, of B and of ΔW alike. */
interface PathAnalysis {
  readonly norm: StepSeries;
  /** Null without any finite vector. */
  readonly pca: PcaRecord | null;
  readonly cosineToFinal: StepSeries;
  readonly cosineToInitial: StepSeries;
  readonly cosineToPrevious: StepSeries;
  /** Null where no step was named, or it is not stored. */
  readonly cosineToReference: ReferenceCosine | null;
  readonly pairwiseCosine: PairwiseCosine;
}

/** What the geometry of A or of B over training looks like. */
export interface DirectionAnalysis extends PathAnalysis {
  /** Keyed by k in steps. */
  readonly localCosine: Readonly<Record<string, LocalCosineRecord>>;
  /** Norm of the movement per optimiser step. */
  readonly speed: StepSeries;
  /** Radians of turning per unit of norm, over k steps to either side. */
  readonly curvature: (StepSeries & { readonly k: number }) | null;
  /** Length of the whole path, and straight from its first to its last step. */
  readonly path: { readonly length: number; readonly displacement: number };
  readonly incrementRank: IncrementRank;
  /** To every supplied direction of the same dimension. */
  readonly angles: readonly AngleRecord[];
}

/** What ΔW = scaling · B · A over training looks like: safe under rotation and sign of the factors, at any rank. */
export interface UpdateAnalysis extends PathAnalysis {
  /** Keyed by k in steps. */
  readonly localCosine: Readonly<Record<string, Omit<LocalCosineRecord, "normalised">>>;
  /** comp(ΔW, ΔW at the end) of this module alone: whether it writes into the directions it ends up with. */
  readonly compToFinal: StepSeries;
  /** Of the singular values of ΔW; null at rank 1, where there is only one. */
  readonly effectiveRank: StepSeries | null;
  readonly participationRatio: StepSeries | null;
}

export interface AdapterAnalysis {
  /** Module path. */
  readonly name: string;
  readonly layer: number;
  readonly rank: number;
  readonly scaling: number;
  readonly A: DirectionAnalysis;
  readonly B: DirectionAnalysis;
  readonly deltaW: UpdateAnalysis;
  readonly warnings: readonly string[];
}

export interface GradientNormRecord extends StepSeries {
  readonly smoothed: readonly number[];
  readonly window: number;
  readonly method: string;
  readonly peak: SeriesPeak | null;
}

/** How the distribution of answers changes along a run. */
export interface RunDistributionChange {
  /** Factor on the adapter. */
  readonly scale: number;
  readonly broad: DistributionChange | null;
  readonly narrow: DistributionChange | null;
}

/** How much more probable misaligned answers are than aligned ones, along a run. */
export interface RunLogLikelihoodGap {
  readonly broad: LogLikelihoodGap | null;
  readonly narrow: LogLikelihoodGap | null;
}

/** The choices behind the numbers, for captions. */
export interface AnalysisParameters {
  /** k in steps, of all adapters. */
  readonly localCosineWindows: readonly number[];
  readonly localCosineConvention: string;
  /** Fraction of the largest movement at or below which a step counts as frozen. */
  readonly frozenBelow: number;
  /** Length of a movement of A or B at or below which a step counts as frozen; null where the fraction decides. */
  readonly movementGate: number | null;
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
  readonly pcaComponents: number;
  /** Null where no reference step was named. */
  readonly referenceStep: number | null;
  /** Definition of the comparison of several adapters. */
  readonly comp: string;
  readonly incrementRankWindow: string;
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
  /** Several adapters compared with their final state; null with one adapter. */
  readonly comp: CompRecord | null;
  readonly transitions: readonly PhaseTransition[];
  readonly absent: readonly AbsentTransition[];
  /** What turns on one time line, with what comes before what; `lags` are its lags. */
  readonly timeline: Timeline;
  readonly lags: readonly TransitionLag[];
  /** Null where the answers were not compared between checkpoints, as is the next. */
  readonly distributionChange: RunDistributionChange | null;
  readonly logLikelihoodGap: RunLogLikelihoodGap | null;
  readonly gaps: readonly CheckpointGap[];
  readonly parameters: AnalysisParameters;
  /** Null where nothing is known about the origin of the numbers. */
  readonly provenance: PlainRecord | null;
  readonly warnings: readonly string[];
}
