import type { GeometryOptions, UpdateAnalysis } from "../adapterRecord.js";
import { localCosineRecord } from "../directionAnalysis.js";
import {
  productCosine,
  productLocalCosine,
  productNorms,
  productTrajectory,
} from "../update/productTrajectory.js";
import type { AdapterGram } from "./wholeUpdate.js";

/** Curves of ΔW of one adapter of many. */
export interface PartPath extends Pick<UpdateAnalysis, "norm" | "localCosine" | "cosineToFinal"> {
  /** Module path. */
  readonly name: string;
}

/** Measures the path of ΔW of one adapter of many, from its inner products alone. */
export function partPath(
  { modulePath, steps, gram }: Pick<AdapterGram, "modulePath" | "steps" | "gram">,
  { windows, frozenBelow }: Pick<GeometryOptions, "windows" | "frozenBelow">,
): PartPath {
  const trajectory = productTrajectory(modulePath, steps, (left, right) => gram[left]?.[right] ?? NaN);
  return {
    name: modulePath,
    norm: productNorms(trajectory),
    localCosine: Object.fromEntries(
      windows.map((k) => [
        String(k),
        localCosineRecord(productLocalCosine(trajectory, { k }), { relative: frozenBelow }),
      ]),
    ),
    cosineToFinal: productCosine(trajectory, "final"),
  };
}
