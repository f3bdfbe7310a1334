import type { CosineReference } from "../cosines.js";
import { TurncoatError } from "../../../errors.js";
import { cosineFromProducts } from "../../linalg/innerProduct.js";
import type { LocalCosineConvention } from "../localCosineSimilarity.js";
import { positionsByStep, type StepSeries } from "../../series/stepSeries.js";

/**
 * Objects over training of which only inner products are known, such as weight updates that are too large to be
 * written out. Norms, cosines, local cosines and principal components need no more.
 *
 * Movements are differences of such products, so they carry a relative error of about 1e-16 · (norm / movement)²:
 * 1e-8 where a step moves by 1e-4 of the norm.
 */
export interface ProductTrajectory {
  readonly name: string;
  /** Optimiser steps, strictly increasing. */
  readonly steps: readonly number[];
  /** ⟨x_i, x_j⟩ for positions i and j in `steps`. */
  readonly product: (left: number, right: number) => number;
}

/** A trajectory whose products are computed once each, when they are first asked for. */
export function productTrajectory(
  name: string,
  steps: readonly number[],
  product: (left: number, right: number) => number,
): ProductTrajectory {
  const known = new Map<number, number>();
  const remembered = (left: number, right: number): number => {
    const key = Math.min(left, right) * steps.length + Math.max(left, right);
    let value = known.get(key);
    if (value === undefined) {
      value = product(left, right);
      known.set(key, value);
    }
    return value;
  };
  return { name, steps, product: remembered };
}

/** Norm at every stored step. */
export function productNorms({ steps, product }: ProductTrajectory): StepSeries {
  return { steps, values: steps.map((_, position) => Math.sqrt(Math.max(0, product(position, position)))) };
}

/**
 * Cosine of every stored step with a reference, as `cosineSimilarity` has it.
 *
 * @throws TurncoatError when the reference step is not stored.
 */
export function productCosine(trajectory: ProductTrajectory, reference: CosineReference): StepSeries {
  const { steps } = trajectory;
  const fixed = referencePosition(trajectory, reference);
  const values = steps.map((_, position) => {
    const other = fixed ?? position - 1;
    return other < 0 ? NaN : productCosineBetween(trajectory, position, other);
  });
  return { steps, values };
}

/** Cosine between two positions; NaN where either norm is 0. */
export function productCosineBetween({ product }: ProductTrajectory, left: number, right: number): number {
  return cosineFromProducts(product(left, right), product(left, left), product(right, right));
}

/**
 * Local cosine similarity and movement, as `localCosineSimilarity` has them, ungated. A movement whose square is
 * lost in the rounding of the products is no movement: NaN.
 */
export function productLocalCosine(
  { steps, product }: ProductTrajectory,
  options: { readonly k: number; readonly convention?: LocalCosineConvention },
): StepSeries & { readonly gate: readonly number[] } {
  const { k, convention = "paper" } = options;
  const positions = positionsByStep(steps);
  const values: number[] = [];
  const gate: number[] = [];
  for (const [here, step] of steps.entries()) {
    const before = positions.get(step - k);
    const after = positions.get(step + k);
    if (before === undefined || after === undefined) {
      values.push(NaN);
      gate.push(NaN);
      continue;
    }
    const back = movement(before, here);
    const forth = movement(here, after);
    const inner = product(here, after) - product(here, here) - product(before, after) + product(before, here);
    const straightPositive = cosineFromProducts(inner, back, forth);
    values.push(convention === "paper" ? -straightPositive : straightPositive);
    gate.push(Math.sqrt(Math.max(back, forth)));
  }
  return { steps, values, gate };

  function movement(from: number, to: number): number {
    const size = product(from, from) + product(to, to);
    const squared = size - 2 * product(from, to);
    return squared > 8 * Number.EPSILON * size ? squared : 0;
  }
}

/** Length of the path over the stored steps. */
export function productLength({ steps, product }: ProductTrajectory): number {
  let length = 0;
  for (let here = 1; here < steps.length; here++) {
    const squared = product(here, here) + product(here - 1, here - 1) - 2 * product(here - 1, here);
    length += Math.sqrt(Math.max(0, squared));
  }
  return length;
}

/** Inner products of chosen positions, `[n, n]`. */
export function productGram({ product }: ProductTrajectory, positions: readonly number[]): Float64Array[] {
  return positions.map((left) => Float64Array.from(positions, (right) => product(left, right)));
}

function referencePosition(trajectory: ProductTrajectory, reference: CosineReference): number | null {
  const { steps, name } = trajectory;
  if (reference === "previous") return null;
  if (reference === "initial") return 0;
  if (reference === "final") return steps.length - 1;
  const position = steps.indexOf(reference.step);
  if (position >= 0) return position;
  throw new TurncoatError(`cosine: step ${reference.step} is not stored in ${name}`, {
    hint: `Stored are ${steps.length} steps from ${steps[0] ?? NaN} to ${steps.at(-1) ?? NaN}.`,
  });
}
