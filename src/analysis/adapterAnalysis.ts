import type {
  AdapterAnalysis,
  AdapterInput,
  DirectionAnalysis,
  LocalCosineRecord,
} from "./analysisRecord.js";
import { cosineSimilarity } from "./cosineSimilarity.js";
import { applyGate, gateThreshold, localCosineSimilarity } from "./localCosineSimilarity.js";
import { norms } from "./norms.js";
import { pairwiseCosine } from "./pairwiseCosine.js";
import { pca } from "./pca.js";
import { directionTrajectory, type DirectionTrajectory } from "./trajectory.js";

export interface AdapterAnalysisOptions {
  /** Half-windows of the local cosine similarity, in steps. */
  readonly windows: readonly number[];
  readonly frozenBelow: number;
  readonly maxPairwiseSteps: number;
}

/** A and B of an adapter as trajectories, named after the module. */
export function adapterTrajectories(adapter: AdapterInput): {
  A: DirectionTrajectory;
  B: DirectionTrajectory;
} {
  return {
    A: directionTrajectory(`${adapter.modulePath} A`, adapter.steps, adapter.loraA),
    B: directionTrajectory(`${adapter.modulePath} B`, adapter.steps, adapter.loraB),
  };
}

/** The geometry of one adapter over training. */
export function analyzeAdapter(
  adapter: AdapterInput,
  trajectories: { A: DirectionTrajectory; B: DirectionTrajectory },
  options: AdapterAnalysisOptions,
): AdapterAnalysis {
  const { A, B } = trajectories;
  const warnings: string[] = [];
  if (adapter.rank > 1) {
    warnings.push(
      `rank ${adapter.rank}: A and B are compared as flattened matrices, which are not safe under rotation: ` +
        "B·R and R⁻¹·A are the same adapter for any invertible R",
    );
  }
  return {
    name: adapter.modulePath,
    layer: adapter.layer,
    rank: adapter.rank,
    scaling: adapter.scaling,
    A: analyzeDirection(A, options),
    B: {
      ...analyzeDirection(B, options),
      pairwiseCosine: pairwiseCosine(B, { maxSteps: options.maxPairwiseSteps }),
    },
    warnings,
  };
}

function analyzeDirection(
  trajectory: DirectionTrajectory,
  options: AdapterAnalysisOptions,
): DirectionAnalysis {
  const isFinite = trajectory.vectors.some((vector) => vector.every((value) => Number.isFinite(value)));
  const localCosine = Object.fromEntries(
    options.windows.map((k) => [String(k), localCosineRecord(trajectory, k, options.frozenBelow)]),
  );
  const components = isFinite && trajectory.vectors[0]?.length !== 0 ? pca(trajectory) : null;
  return {
    norm: norms(trajectory),
    localCosine,
    pca:
      components === null
        ? null
        : {
            steps: components.steps,
            scores: components.scores,
            explainedVarianceRatio: components.explainedVarianceRatio,
          },
    cosineToFinal: cosineSimilarity(trajectory, "final"),
    cosineToInitial: cosineSimilarity(trajectory, "initial"),
    cosineToPrevious: cosineSimilarity(trajectory, "previous"),
  };
}

function localCosineRecord(
  trajectory: DirectionTrajectory,
  k: number,
  frozenBelow: number,
): LocalCosineRecord {
  const { steps, values, gate } = localCosineSimilarity(trajectory, { k });
  const threshold = gateThreshold({ relative: frozenBelow }, gate);
  return {
    steps,
    values,
    gate,
    threshold,
    peak: largest(steps, applyGate(values, gate, threshold)),
    ungatedPeak: largest(steps, values),
  };
}

function largest(
  steps: readonly number[],
  values: readonly number[],
): { readonly step: number; readonly value: number } | null {
  let best: { step: number; value: number } | null = null;
  for (const [index, value] of values.entries()) {
    if (Number.isFinite(value) && (best === null || value > best.value))
      best = { step: steps[index] ?? NaN, value };
  }
  return best;
}
