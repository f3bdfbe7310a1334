import type { TrainerLogEntry } from "../formats/trainerState.js";
import type { RunGap } from "../runs/openRun.js";
import type { RunBehavior } from "./behavior/behaviorCurve.js";
import type { SeriesPeak } from "./transitions/peak/peak.js";
import type { CompRecord } from "./geometry/compRecord.js";
import type { DispositionCurve, DispositionReading } from "./directions/disposition.js";
import type { MovementGate } from "./geometry/localCosineSimilarity.js";
import type { DistributionChange } from "./distribution/distributionChange.js";
import type { LogLikelihoodGap } from "./behavior/logLikelihoodGap.js";
import type { AbsentTransition, PhaseTransition } from "./transitions/detectors.js";
import type { AdapterGram, WholeUpdate } from "./geometry/whole/wholeUpdate.js";
import type { PlainRecord } from "./transitions/phaseTransition.js";
import type { Timeline, TransitionLag } from "./transitions/timeline.js";
import type { RatedAnswer, NullAlignment, RateOptions } from "./behavior/rates.js";
import type { RotationOptions } from "./transitions/rotation/rotation.js";
import type { TurningParts } from "./transitions/rotation/turningParts.js";
import type { StepSeries } from "./series/stepSeries.js";
import type { AdapterInput, NamedDirection, AdapterAnalysis } from "./geometry/adapterRecord.js";

/** Data of one run that are analyzed. */
export interface AnalysisInput {
  readonly run: string;
  readonly adapters: readonly AdapterInput[];
  /**
   * Inner products of all adapters of a run with many. Their whole update is then what is tested, in place of each of
   * `adapters`, which are only measured. @default none
   */
  readonly whole?: readonly AdapterGram[] | null;
  /** The random projections that `adapters` and `whole` are made of. @default none: they are of the adapters themselves */
  readonly projection?: ProjectionInput | null;
  readonly log: readonly TrainerLogEntry[];
  readonly answers: readonly RatedAnswer[];
  readonly gaps: readonly RunGap[];
  /** Origin of the numbers; handed on as it is. */
  readonly provenance?: PlainRecord;
  /** Null or absent where it was not measured, as is the next. */
  readonly distributionChange?: RunDistributionChange | null;
  readonly logLikelihoodGap?: ByBreadth<LogLikelihoodGap> | null;
  readonly disposition?: DispositionReading | null;
  /**
   * What an earlier analysis of the same adapters with the same options found, of a run with many. `adapters` are not
   * measured again. @default found here
   */
  readonly known?: KnownGeometry | null;
  /** Oddities of the run, one sentence each; handed on as they are. */
  readonly warnings?: readonly string[];
}

/** Random projections that the geometry of a run was computed from. */
export interface ProjectionInput {
  /** Length of the projection of each matrix. */
  readonly numbers: number;
  /** Steps whose adapters were kept whole too. */
  readonly wholeSteps: readonly number[];
  /** Whether A and B were projected too; else they are those of the adapters. */
  readonly hasFactors: boolean;
}

/** Error of what was computed from random projections: 95 % are within it (`docs/methods.md §8.4`). */
export interface ProjectionError {
  /** Relative error of a norm; it is nearly the same at all steps, so that the course of a norm is surer than its height. */
  readonly norm: number;
  /** Error of a cosine near 0; of a cosine c it is (1 − c²) times that. */
  readonly cosine: number;
}

/** Random projections that the geometry of a run was computed from, and how far it can be off. */
export interface ProjectionRecord extends ProjectionInput {
  readonly method: "count sketch";
  /** Of A or B of one adapter; null where they were not projected. */
  readonly factor: ProjectionError | null;
  /** Of ΔW of one adapter. */
  readonly update: ProjectionError;
  /** Of the update of the whole model, as its adapters share it at the last step; null for a run with few adapters. */
  readonly whole: ProjectionError | null;
}

/** Settings of an analysis; what is left open is taken from the run. */
export interface AnalysisOptions {
  readonly rates?: RateOptions;
  readonly rotation?: RotationOptions;
  /**
   * Movement of A or of B at or below which a step counts as frozen, such as `{ absolute: 0.0035 }` (2506.11613,
   * appendix F). ΔW moves on another scale: an absolute gate leaves its own at `rotation.frozenBelow`.
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

export interface GradientNormRecord extends StepSeries {
  readonly smoothed: readonly number[];
  readonly window: number;
  readonly method: string;
  readonly peak: SeriesPeak | null;
}

/** A measurement of the answers on either side, null where there are none of that side. */
export interface ByBreadth<T> {
  readonly broad: T | null;
  readonly narrow: T | null;
}

/** The distribution change of the answers that were sampled at one factor on the adapter. */
export type RunDistributionChange = ByBreadth<DistributionChange> & { readonly scale: number };

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
  readonly nullAlignment: NullAlignment;
  readonly rateInterval: string;
  /** In steps; NaN when no gradient norm was logged. */
  readonly gradientWindow: number;
  readonly gradientSmoothing: string | null;
  /** Every how many stored steps one was taken for the step × step cosine. */
  readonly pairwiseCosineEvery: number;
  readonly pcaCentered: boolean;
  readonly pcaComponents: number;
  /** Null where no reference step was named. */
  readonly referenceStep: number | null;
  /** Definition of the comparison of several adapters. */
  readonly comp: string;
  readonly incrementRankWindow: string;
  readonly rotationSeed: number;
}

/** The update of a whole model, with a test of which of its adapters turn. */
export interface WholeAnalysis extends WholeUpdate {
  readonly turning: TurningParts;
}

/** Geometry of a run with many adapters, as far as it takes seconds to find. */
export interface KnownGeometry extends Pick<Analysis, "adapters"> {
  readonly turning: TurningParts;
}

/** Record of all that Turncoat computes about a run: plain numbers, NaN where undefined (`toJson` makes it null). */
export interface Analysis {
  readonly run: string;
  readonly adapters: readonly AdapterAnalysis[];
  /** The update of the whole model, of a run with many adapters; null for others. */
  readonly whole: WholeAnalysis | null;
  /** Null where the geometry was computed from the adapters themselves. */
  readonly projection: ProjectionRecord | null;
  readonly gradNorm: GradientNormRecord | null;
  readonly loss: StepSeries | null;
  readonly learningRate: StepSeries | null;
  /** Null where nothing was answered. */
  readonly behavior: RunBehavior | null;
  /** Several adapters compared with their final state; null with one adapter. */
  readonly comp: CompRecord | null;
  readonly transitions: readonly PhaseTransition[];
  readonly absent: readonly AbsentTransition[];
  /** Transitions on one time line, with what comes before what; `lags` are its lags. */
  readonly timeline: Timeline;
  readonly lags: readonly TransitionLag[];
  /** Null where the answers were not compared between checkpoints, as is the next. */
  readonly distributionChange: RunDistributionChange | null;
  readonly logLikelihoodGap: ByBreadth<LogLikelihoodGap> | null;
  /** Where prompts lie along a direction; null where it was not read. */
  readonly disposition: DispositionCurve | null;
  readonly gaps: readonly RunGap[];
  readonly parameters: AnalysisParameters;
  /** Null where nothing is known about the origin of the numbers. */
  readonly provenance: PlainRecord | null;
  readonly warnings: readonly string[];
}
