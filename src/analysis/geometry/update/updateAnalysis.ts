import type { AdapterInput, GeometryOptions, PcaRecord, UpdateAnalysis } from "../adapterRecord.js";
import { localCosineRecord } from "../directionAnalysis.js";
import { doublyCentered } from "../../linalg/gramMatrix.js";
import type { PairwiseCosine } from "../cosines.js";
import { eigenpairsOfGram } from "../pca.js";
import {
  productCosine,
  productCosineBetween,
  productGram,
  productLocalCosine,
  productNorms,
  type ProductTrajectory,
} from "./productTrajectory.js";
import type { StepSeries } from "../../series/stepSeries.js";
import { updateComp, updateRank } from "./updateSpectrum.js";
import { updateTrajectory, weightUpdates, type WeightUpdate } from "./weightUpdate.js";

/** Multiplications that the step × step products of one adapter may take: about a second. */
const mostPairwiseWork = 1e9;

/**
 * Measures the path of ΔW = scaling · B · A of one adapter, from inner products alone: the same whatever
 * basis the factors are written in, so at any rank.
 */
export function analyzeUpdate(adapter: AdapterInput, options: GeometryOptions): UpdateAnalysis {
  const trajectory = updateTrajectory(adapter);
  const { steps } = trajectory;
  const { windows, referenceStep } = options;
  const every = thinning(adapter, options.maxPairwiseSteps);
  const positions = [...steps.keys()].filter((position) => position % every === 0);
  return {
    norm: productNorms(trajectory),
    localCosine: Object.fromEntries(
      windows.map((k) => [
        String(k),
        localCosineRecord(productLocalCosine(trajectory, { k }), { relative: options.frozenBelow }),
      ]),
    ),
    pca: componentsOf(trajectory, positions, options.pcaComponents),
    cosineToFinal: productCosine(trajectory, "final"),
    cosineToInitial: productCosine(trajectory, "initial"),
    cosineToPrevious: productCosine(trajectory, "previous"),
    cosineToReference:
      referenceStep === undefined || !steps.includes(referenceStep)
        ? null
        : { referenceStep, ...productCosine(trajectory, { step: referenceStep }) },
    pairwiseCosine: pairwise(trajectory, positions, every),
    ...(adapter.isProjected === true
      ? { compToFinal: null, effectiveRank: null, participationRatio: null }
      : spectra(adapter, steps)),
  };
}

/** Measurements that need the factors themselves. */
function spectra(
  adapter: AdapterInput,
  steps: readonly number[],
): Pick<UpdateAnalysis, "compToFinal" | "effectiveRank" | "participationRatio"> {
  const updates = weightUpdates(adapter);
  const last = updates.at(-1);
  return {
    compToFinal: {
      steps,
      values: updates.map((update) => (last === undefined ? NaN : updateComp(update, last))),
    },
    ...ranks(adapter.rank, steps, updates),
  };
}

function ranks(
  rank: number,
  steps: readonly number[],
  updates: readonly WeightUpdate[],
): { effectiveRank: StepSeries | null; participationRatio: StepSeries | null } {
  // At rank 1 both are 1 wherever they are defined.
  if (rank === 1) return { effectiveRank: null, participationRatio: null };
  const found = updates.map(updateRank);
  return {
    effectiveRank: { steps, values: found.map((each) => each.effectiveRank) },
    participationRatio: { steps, values: found.map((each) => each.participationRatio) },
  };
}

/** Distance, in stored steps, of the steps taken for products of all with all. */
function thinning({ rank, steps, loraA, loraB }: AdapterInput, maxSteps: number): number {
  const size = (loraA[0]?.length ?? 0) + (loraB[0]?.length ?? 0);
  const affordable = Math.floor(Math.sqrt((2 * mostPairwiseWork) / Math.max(1, rank * size)));
  return Math.max(1, Math.ceil(steps.length / Math.max(2, Math.min(maxSteps, affordable))));
}

function pairwise(
  trajectory: ProductTrajectory,
  positions: readonly number[],
  every: number,
): PairwiseCosine {
  return {
    steps: positions.map((position) => trajectory.steps[position] ?? NaN),
    values: positions.map((left) => positions.map((right) => productCosineBetween(trajectory, left, right))),
    every,
  };
}

/**
 * Principal components of ΔW at the thinned steps. There are no loadings to fix the signs by: the last step with a
 * score is positive.
 */
function componentsOf(
  trajectory: ProductTrajectory,
  positions: readonly number[],
  components: number,
): PcaRecord | null {
  const used = positions.filter((position) => Number.isFinite(trajectory.product(position, position)));
  if (used.length === 0) return null;
  const gram = doublyCentered(productGram(trajectory, used));
  const { total, eigenvalues, vectors } = eigenpairsOfGram(gram, Math.min(components, used.length));
  const signs = vectors.map((vector) => ((vector.findLast((value) => value !== 0) ?? 0) < 0 ? -1 : 1));
  return {
    steps: used.map((position) => trajectory.steps[position] ?? NaN),
    scores: used.map((_, row) =>
      vectors.map(
        (vector, index) => (signs[index] ?? 1) * (vector[row] ?? NaN) * Math.sqrt(eigenvalues[index] ?? NaN),
      ),
    ),
    explainedVarianceRatio: eigenvalues.map((value) => (total > 0 ? value / total : NaN)),
    method: "gram",
  };
}
