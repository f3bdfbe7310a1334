import type { AdapterAnalysis, AdapterInput, GeometryOptions } from "./adapterRecord.js";
import { analyzeDirection } from "./directionAnalysis.js";
import { directionTrajectory, type DirectionTrajectory } from "./trajectory.js";
import { isLayerPath } from "../../tensor/names/layerPath.js";
import { analyzeUpdate } from "./update/updateAnalysis.js";

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
  { directions, ...shared }: GeometryOptions,
): AdapterAnalysis {
  // A projection has no angle to a vector that was not projected with it.
  const options = adapter.isProjected === true ? shared : { ...shared, directions };
  const warnings: string[] = [];
  if (adapter.rank > 1) {
    warnings.push(
      `rank ${adapter.rank}: A and B are compared as flattened matrices, which are not safe under rotation: ` +
        "B·R and R⁻¹·A are the same adapter for any invertible R; the record of ΔW is safe",
    );
  }
  return {
    name: adapter.modulePath,
    layer: adapter.layer,
    rank: adapter.rank,
    scaling: adapter.scaling,
    A: isLayerPath(adapter.modulePath)
      ? null
      : analyzeDirection(trajectories.A, options, adapter.components?.A),
    B: analyzeDirection(trajectories.B, options, adapter.components?.B),
    deltaW: analyzeUpdate(adapter, options),
    warnings,
  };
}
