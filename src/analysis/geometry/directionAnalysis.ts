import { angleToDirection, randomAngleDeviation, cosineSimilarity, pairwiseCosine } from "./cosines.js";
import type {
  DirectionAnalysis,
  GeometryOptions,
  LocalCosineRecord,
  PcaRecord,
  StepExtremum,
} from "./adapterRecord.js";
import { incrementRank } from "./effectiveRank.js";
import {
  applyGate,
  bendDegrees,
  gateThreshold,
  localCosineSimilarity,
  type MovementGate,
} from "./localCosineSimilarity.js";
import { norms, pathCurvature, pathLength, pathSpeed } from "./pathShape.js";
import { pca } from "./pca.js";
import { largestPosition } from "../series/stepSeries.js";
import { areFinite } from "../../tensor/finiteNumbers.js";
import { trajectoryDimension, type DirectionTrajectory } from "./trajectory.js";

/**
 * Measures the path of A or of B.
 * @param components of the path, where they are known
 */
export function analyzeDirection(
  trajectory: DirectionTrajectory,
  options: GeometryOptions,
  components?: PcaRecord,
): DirectionAnalysis {
  const { windows, referenceStep } = options;
  const [narrowest] = windows;
  return {
    norm: norms(trajectory),
    localCosine: Object.fromEntries(
      windows.map((k) => [String(k), directionLocalCosine(trajectory, k, options.gate)]),
    ),
    pca: componentsOf(trajectory, options.pcaComponents, components),
    cosineToFinal: cosineSimilarity(trajectory, "final"),
    cosineToInitial: cosineSimilarity(trajectory, "initial"),
    cosineToPrevious: cosineSimilarity(trajectory, "previous"),
    cosineToReference:
      referenceStep === undefined || !trajectory.steps.includes(referenceStep)
        ? null
        : { referenceStep, ...cosineSimilarity(trajectory, { step: referenceStep }) },
    pairwiseCosine: pairwiseCosine(trajectory, { maxSteps: options.maxPairwiseSteps }),
    speed: pathSpeed(trajectory),
    curvature:
      narrowest === undefined ? null : { k: narrowest, ...pathCurvature(trajectory, { k: narrowest }) },
    path: pathLength(trajectory),
    incrementRank: incrementRank(trajectory),
    angles: (options.directions ?? [])
      .filter(({ vector }) => vector.length === trajectory.vectors[0]?.length)
      .map(({ name, vector }) => ({
        direction: name,
        ...angleToDirection(trajectory, vector),
        randomDeviationDegrees: randomAngleDeviation(vector.length).degrees,
        randomCosine: randomAngleDeviation(vector.length).cosine,
      })),
  };
}

/** A local cosine with its movement, its threshold and its extrema; for values in the paper's convention. */
export function localCosineRecord(
  local: {
    readonly steps: readonly number[];
    readonly values: readonly number[];
    readonly gate: readonly number[];
  },
  smallest: MovementGate,
): Omit<LocalCosineRecord, "normalized"> {
  const { steps, values, gate } = local;
  const threshold = gateThreshold(smallest, gate);
  return {
    steps,
    values,
    bendDegrees: values.map((value) => bendDegrees(value)),
    gate,
    threshold,
    peak: largest(steps, applyGate(values, gate, threshold)),
    ungatedPeak: largest(steps, values),
  };
}

function directionLocalCosine(
  trajectory: DirectionTrajectory,
  k: number,
  gate: MovementGate,
): LocalCosineRecord {
  const record = localCosineRecord(localCosineSimilarity(trajectory, { k }), gate);
  const { steps, values } = localCosineSimilarity(trajectory, { k, isNormalized: true });
  // The same steps are searched: growing along itself, a unit vector rests however far the vector moves.
  const peak = largest(steps, applyGate(values, record.gate, record.threshold));
  return { ...record, normalized: { values, peak } };
}

function componentsOf(
  trajectory: DirectionTrajectory,
  components: number,
  known: PcaRecord | undefined,
): PcaRecord | null {
  if (trajectoryDimension(trajectory) === 0 || !trajectory.vectors.some(areFinite)) return null;
  const { steps, scores, explainedVarianceRatio, method } = known ?? pca(trajectory, { components });
  return { steps, scores, explainedVarianceRatio, method };
}

function largest(steps: readonly number[], values: readonly number[]): StepExtremum | null {
  const position = largestPosition(values);
  return position < 0 ? null : { step: steps[position] ?? NaN, value: values[position] ?? NaN };
}
