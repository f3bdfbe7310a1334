import type { LoraModule } from "../../formats/peft.js";
import { updateInnerProduct } from "../geometry/update/weightUpdate.js";
import { euclideanNorm } from "../linalg/innerProduct.js";
import { isLayerPath } from "../../tensor/names/layerPath.js";
import type { LandscapeNorm, TrainedKind } from "./landscapeSettings.js";

/** Lengths of an adapter, over all its modules together, or of trained vectors. */
export interface AdapterNorms {
  /** Frobenius norm of ΔW = s·B·A: what the model sees, whatever is shifted between A and B. Of vectors ‖α·v‖. */
  readonly update: number;
  /**
   * Euclidean norm of A and B as one vector. It changes when a factor goes from A to B, and ΔW does not. Of vectors ‖v‖.
   */
  readonly parameters: number;
}

/** Tells whether modules are trained vectors of the residual stream, or adapters. */
export function trainedKind(modules: readonly Pick<LoraModule, "modulePath">[]): TrainedKind {
  return modules.length > 0 && modules.every(({ modulePath }) => isLayerPath(modulePath))
    ? "vectors"
    : "adapters";
}

/** Measures how long an adapter is. */
export function adapterNorms(modules: readonly LoraModule[]): AdapterNorms {
  const squared = modules.reduce((sum, module) => sum + updateInnerProduct(module, module), 0);
  return { update: Math.sqrt(squared), parameters: euclideanNorm(adapterParameters(modules)) };
}

/**
 * Finds the factor on ΔW that brings a norm of an adapter to a multiple of itself: the multiple for ‖ΔW‖; its square for
 * that of the parameters, since A and B both grow by it. Vectors grow by the multiple in any case.
 */
export function updateFactor(
  norm: LandscapeNorm,
  multiple: number,
  trained: TrainedKind = "adapters",
): number {
  return norm === "update" || trained === "vectors" ? multiple : multiple ** 2;
}

/** Lays the trained parameters of an adapter out as one vector: of each module A, then B, row by row; of a vector B alone. */
export function adapterParameters(modules: readonly LoraModule[]): Float64Array {
  const parts = modules.flatMap(({ modulePath, loraA, loraB }) =>
    isLayerPath(modulePath) ? [loraB] : [loraA, loraB],
  );
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
    loraA: isLayerPath(module.modulePath) ? module.loraA : take(module.loraA),
    loraB: take(module.loraB),
  }));
  if (at === parameters.length) return changed;
  throw new RangeError(`withParameters: expected ${at} parameters, found ${parameters.length}`);
}
