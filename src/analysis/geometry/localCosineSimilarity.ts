import { TurncoatError } from "../../errors.js";
import { cosineFromProducts, degreesFromCosine, euclideanNorm } from "../linalg/innerProduct.js";
import { positionsByStep, type StepSeries } from "../series/stepSeries.js";
import { finiteValues } from "../statistics/quantile.js";
import type { DirectionTrajectory } from "./trajectory.js";

/** `"paper"`: a straight path is −1 (2506.11613); `"straightPositive"`: its negative, a straight path is +1. */
export type LocalCosineConvention = "paper" | "straightPositive";

/** Smallest movement that counts: an absolute length, or a fraction of the largest movement of the run. */
export type MovementGate = { readonly absolute: number } | { readonly relative: number };

/** Settings of a local cosine similarity. */
export interface LocalCosineOptions {
  /** Half-window in optimiser steps. */
  readonly k: number;
  /** Values whose movement is not larger than this become NaN. @default no gate */
  readonly gate?: MovementGate;
  /** @default "paper" */
  readonly convention?: LocalCosineConvention;
  /**
   * Compare the unit vectors v/‖v‖, so that growth along v does not count; the movement is then that of the unit
   * vectors. @default false
   */
  readonly isNormalized?: boolean;
}

/** Local cosine similarity at every step, with the movement around it that a gate is compared with. */
export interface LocalCosineSimilarity extends StepSeries {
  readonly k: number;
  readonly convention: LocalCosineConvention;
  /** max(‖v_t − v_{t−k}‖, ‖v_{t+k} − v_t‖) at every step; NaN where a neighbour is missing. */
  readonly gate: readonly number[];
  /** The movement that a value had to exceed; 0 without a gate. */
  readonly threshold: number;
}

/**
 * Local cosine similarity, the paper's rotation metric (2506.11613, section 4 and appendix F):
 * `c_k(t) = cos(v_{t−k} − v_t, v_{t+k} − v_t)`. A straight path reads −1, a right angle 0, a reversal +1; a turn
 * by θ reads −cos θ.
 *
 * NaN where the step t ± k is not stored, where a displacement is zero (the published code gives 0 there, which
 * reads as a right angle) and where the gate closes. Without movement the metric reads noise: 0 on average for
 * a random walk, +0.5 for jitter about a fixed point.
 *
 * @throws TurncoatError when `k` is not a positive integer.
 */
export function localCosineSimilarity(
  trajectory: DirectionTrajectory,
  options: LocalCosineOptions,
): LocalCosineSimilarity {
  const { k, convention = "paper" } = options;
  if (!Number.isInteger(k) || k < 1) {
    throw new TurncoatError(`localCosineSimilarity: k must be a positive number of steps, found ${k}`);
  }
  const { steps, vectors } = trajectory;
  // A vector of norm 0 has no direction: its scale is infinite, and what it takes part in undefined.
  const scales = vectors.map((vector) => (options.isNormalized === true ? 1 / euclideanNorm(vector) : 1));
  const positions = positionsByStep(steps);
  const values: number[] = [];
  const gate: number[] = [];
  for (const [at, step] of steps.entries()) {
    const from = positions.get(step - k) ?? -1;
    const to = positions.get(step + k) ?? -1;
    const [before, here, after] = [vectors[from], vectors[at], vectors[to]];
    if (here === undefined || before === undefined || after === undefined) {
      values.push(NaN);
      gate.push(NaN);
      continue;
    }
    const { product, backSquared, forthSquared } = displacementProducts(before, here, after, [
      scales[from] ?? NaN,
      scales[at] ?? NaN,
      scales[to] ?? NaN,
    ]);
    const straightPositive = cosineFromProducts(product, backSquared, forthSquared);
    values.push(convention === "paper" ? -straightPositive : straightPositive);
    gate.push(Math.sqrt(Math.max(backSquared, forthSquared)));
  }
  const threshold = gateThreshold(options.gate, gate);
  const gated = options.gate === undefined ? values : applyGate(values, gate, threshold);
  return { k, convention, steps, values: gated, gate, threshold };
}

/** Replaces the values whose movement does not exceed the threshold by NaN. */
export function applyGate(
  values: readonly number[],
  movement: readonly number[],
  threshold: number,
): number[] {
  return values.map((value, index) => ((movement[index] ?? NaN) > threshold ? value : NaN));
}

/** The movement that a value must exceed. */
export function gateThreshold(gate: MovementGate | undefined, movement: readonly number[]): number {
  if (gate === undefined) return 0;
  if ("absolute" in gate) return gate.absolute;
  return gate.relative * finiteValues(movement).reduce((largest, value) => Math.max(largest, value), 0);
}

/** Bend in degrees, 0 for straight on and 180 for a reversal, of a local cosine similarity. */
export function bendDegrees(value: number, convention: LocalCosineConvention = "paper"): number {
  return degreesFromCosine(convention === "paper" ? -value : value);
}

/** Inner product and squared norms of here − before and after − here, each vector times its scale. */
export function displacementProducts(
  before: Float32Array,
  here: Float32Array,
  after: Float32Array,
  scales: readonly [before: number, here: number, after: number] = [1, 1, 1],
): { product: number; backSquared: number; forthSquared: number } {
  const [beforeScale, hereScale, afterScale] = scales;
  // Two sums each, of even and of odd places: with one, each addition waits for the one before it.
  let [product, backSquared, forthSquared] = [0, 0, 0];
  let [oddProduct, oddBack, oddForth] = [0, 0, 0];
  for (let index = 0; index + 1 < here.length; index += 2) {
    const middle = (here[index] ?? NaN) * hereScale;
    const back = middle - (before[index] ?? NaN) * beforeScale;
    const forth = (after[index] ?? NaN) * afterScale - middle;
    product += back * forth;
    backSquared += back * back;
    forthSquared += forth * forth;
    const oddMiddle = (here[index + 1] ?? NaN) * hereScale;
    const oddBackward = oddMiddle - (before[index + 1] ?? NaN) * beforeScale;
    const oddForward = (after[index + 1] ?? NaN) * afterScale - oddMiddle;
    oddProduct += oddBackward * oddForward;
    oddBack += oddBackward * oddBackward;
    oddForth += oddForward * oddForward;
  }
  if (here.length % 2 === 1) {
    const last = here.length - 1;
    const middle = (here[last] ?? NaN) * hereScale;
    const back = middle - (before[last] ?? NaN) * beforeScale;
    const forth = (after[last] ?? NaN) * afterScale - middle;
    product += back * forth;
    backSquared += back * back;
    forthSquared += forth * forth;
  }
  return {
    product: product + oddProduct,
    backSquared: backSquared + oddBack,
    forthSquared: forthSquared + oddForth,
  };
}

/**
 * The half-windows {5, 10, 15} of the paper where the checkpoint spacing allows them, else one, two and three
 * times the multiple of the spacing nearest to 5.
 */
export function localCosineWindows(spacing: number): number[] {
  if (!(spacing > 0)) return [];
  const smallest = spacing * Math.max(1, Math.round(5 / spacing));
  return [smallest, 2 * smallest, 3 * smallest];
}
