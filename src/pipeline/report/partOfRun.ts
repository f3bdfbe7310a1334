import { TurncoatError } from "../../errors.js";
import type { GeometryOptions } from "../../analysis/geometry/adapterRecord.js";
import { updateGram } from "../../analysis/geometry/update/updateGram.js";
import { partPath, type PartPath } from "../../analysis/geometry/whole/partPath.js";
import { gramMatrix } from "../../analysis/linalg/gramMatrix.js";
import { readDirectionTrajectories } from "../../runs/directionTrajectories.js";
import { isMostlyProjected, openRun } from "../../runs/openRun.js";
import { readTrajectories } from "../../runs/trajectories.js";
import { storedGram } from "./keptGrams.js";

/**
 * Measures ΔW of one adapter of a run with many: from the products that were kept of the run, else from its factors or their random
 * projections.
 * @throws TurncoatError where there is no such adapter, or nothing of the run can be read
 */
export function partOfRun(
  directory: string,
  modulePath: string,
  options: Pick<GeometryOptions, "windows" | "frozenBelow">,
): PartPath {
  const run = openRun(directory);
  const kept = storedGram(run, modulePath);
  if (kept !== null) return partPath(kept, options);
  if (isMostlyProjected(run)) {
    const projected = readDirectionTrajectories(run).adapters.find((each) => each.modulePath === modulePath);
    if (projected === undefined)
      throw new TurncoatError(`${directory}: no module ${modulePath} in any file of random projections`);
    return partPath({ ...projected, gram: gramMatrix(projected.update) }, options);
  }
  const [adapter] = readTrajectories(run, { modulePaths: [modulePath] }).adapters;
  return partPath(
    { modulePath, steps: adapter?.steps ?? [], gram: adapter === undefined ? [] : updateGram(adapter) },
    options,
  );
}
