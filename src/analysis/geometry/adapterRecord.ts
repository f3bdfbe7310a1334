import type { AdapterTrajectory } from "../../runs/trajectories.js";
import type { IncrementRank } from "./effectiveRank.js";
import type { PairwiseCosine } from "./cosines.js";
import type { MovementGate } from "./localCosineSimilarity.js";
import type { PcaMethod } from "./pca.js";
import type { StepSeries } from "../series/stepSeries.js";

/** One trained LoRA pair over training, as its run keeps it, with what is known of it already. */
export interface AdapterInput extends Omit<AdapterTrajectory, "inFeatures" | "outFeatures"> {
  /** Principal components that are known already. @default found here, which takes minutes for thousands of steps */
  readonly components?: { readonly A?: PcaRecord; readonly B?: PcaRecord };
  /** Inner products of ΔW of all steps with all, that are known already. @default found here */
  readonly gram?: readonly ArrayLike<number>[];
  /**
   * True where `loraA`, `loraB` and `gram` are of random projections, of which inner products alone mean something.
   * @default false
   */
  readonly isProjected?: boolean;
}

/** A direction that a trajectory is compared with, such as a probe or a mean difference. */
export interface NamedDirection {
  readonly name: string;
  /** `[d]`; compared with A, with B or with both, whichever has d entries. */
  readonly vector: Float32Array;
}

/** Settings of the geometry of one adapter. */
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

/** The step at which a series is largest or smallest, with its value. */
export interface StepExtremum {
  readonly step: number;
  readonly value: number;
}

/** Local cosine similarity of one k, paper's convention (straight = −1). */
export interface LocalCosineRecord {
  readonly steps: readonly number[];
  /** Not gated; NaN where a neighbour is missing. */
  readonly values: readonly number[];
  /** Bend at each step, in degrees: 0 for straight on, 180 for a reversal. */
  readonly bendDegrees: readonly number[];
  /** Movement max(‖v_t − v_{t−k}‖, ‖v_{t+k} − v_t‖). */
  readonly gate: readonly number[];
  /** Movement at or below which a step counts as frozen. */
  readonly threshold: number;
  /** Largest value over the steps that are not frozen, and over all. */
  readonly peak: StepExtremum | null;
  readonly ungatedPeak: StepExtremum | null;
  /** Local cosine of the unit vectors v/‖v‖, which growth along v does not move; the same steps count as frozen. */
  readonly normalized: { readonly values: readonly number[]; readonly peak: StepExtremum | null };
}

/** Principal components of a path. */
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
  /** Spread of the angle of a random direction about 90°, in degrees (one standard deviation). */
  readonly randomDeviationDegrees: number;
  /** Spread of the cosine of a random direction: 1/√d. */
  readonly randomCosine: number;
}

/** Cosine with a chosen step. */
export interface ReferenceCosine extends StepSeries {
  readonly referenceStep: number;
}

/** Measurements of a path that A, B and ΔW share. */
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

/** Geometry of A or of B over training. */
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

/** Geometry of ΔW = scaling · B · A over training: safe under rotation and sign of the factors, at any rank. */
export interface UpdateAnalysis extends PathAnalysis {
  /** Keyed by k in steps. */
  readonly localCosine: Readonly<Record<string, Omit<LocalCosineRecord, "normalized">>>;
  /**
   * comp(ΔW, ΔW at the end) of this module alone: whether it writes into the directions it ends up with. Null where only
   * random projections were kept.
   */
  readonly compToFinal: StepSeries | null;
  /** Of the singular values of ΔW; null at rank 1, where there is only one, and where only random projections were kept. */
  readonly effectiveRank: StepSeries | null;
  readonly participationRatio: StepSeries | null;
}

/** Geometry of one adapter over training: of A, of B and of their product; or of one trained vector. */
export interface AdapterAnalysis {
  /** Module path. */
  readonly name: string;
  readonly layer: number;
  readonly rank: number;
  readonly scaling: number;
  /** Null for a trained vector of the residual stream, which reads nothing. */
  readonly A: DirectionAnalysis | null;
  /** Of a trained vector, that vector. */
  readonly B: DirectionAnalysis;
  readonly deltaW: UpdateAnalysis;
  readonly warnings: readonly string[];
}
