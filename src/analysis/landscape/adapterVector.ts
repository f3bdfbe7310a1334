import type { LoraModule } from "../../formats/peft.js";
import { updateInnerProduct } from "../geometry/update/weightUpdate.js";
import { euclideanNorm } from "../linalg/innerProduct.js";
import type { LandscapeNorm } from "./landscapeSettings.js";

/** Lengths of an adapter, over all its modules together. */
export interface AdapterNorms {
  /** Frobenius norm of ΔW = s·B·A: what the model sees, whatever is shifted between A and B. */
  readonly update: number;
  /** Euclidean norm of A and B as one vector. It changes when a factor goes from A to B, and ΔW does not. */
  readonly parameters: number;
}

/** Measures how long an adapter is. */
export function adapterNorms(modules: readonly LoraModule[]): AdapterNorms {
  const squared = modules.reduce((sum, module) => sum + updateInnerProduct(module, module), 0);
  return { update: Math.sqrt(squared), parameters: euclideanNorm(adapterParameters(modules)) };
}

/**
 * Finds the factor on ΔW that brings a norm of an adapter to a multiple of itself: the multiple for ‖ΔW‖; its square for
 * that of the parameters, since A and B both grow by it.
 */
export function updateFactor(norm: LandscapeNorm, multiple: number): number {
  return norm === "update" ? multiple : multiple ** 2;
}

/** Lays the trained parameters of an adapter out as one vector: of each module A, then B, row by row. */
export function adapterParameters(modules: readonly LoraModule[]): Float64Array {
  const parts = modules.flatMap(({ loraA, loraB }) => [loraA, loraB]);
  const vector = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    vector.set(part, at);
    at += part.length;
  }
  return vector;
}

/**
 * Makes an adapter of the same modules with other parameters, in the order of `adapterParameters`.
 * @throws RangeError where there are not as many
 */
export function withParameters(modules: readonly LoraModule[], parameters: Float64Array): LoraModule[] {
  let at = 0;
  const take = ({ length }: Float32Array): Float32Array => {
    at += length;
    return Float32Array.from(parameters.subarray(at - length, at));
  };
  const changed = modules.map((module) => ({
    ...module,
    loraA: take(module.loraA),
    loraB: take(module.loraB),
  }));
  if (at === parameters.length) return changed;
  throw new RangeError(`withParameters: expected ${at} parameters, found ${parameters.length}`);
}
