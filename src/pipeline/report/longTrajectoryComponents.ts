import { adapterTrajectories } from "../../analysis/geometry/adapterAnalysis.js";
import type { AdapterInput, PcaRecord } from "../../analysis/geometry/adapterRecord.js";
import { isLong } from "../../analysis/geometry/pca.js";
import type { DirectionTrajectory } from "../../analysis/geometry/trajectory.js";
import { areFinite } from "../../tensor/finiteNumbers.js";

/**
 * Most bytes of one trajectory's copy that are kept for the next: A of 2 000 steps of a model of 14 billion parameters
 * has 105 MiB.
 */
const mostKeptBytes = 256 * 2 ** 20;

/**
 * Adds to adapters the principal components of those trajectories that are long enough for an engine. The engine is
 * loaded only where there are such: most runs are short, and loading takes longer than their analysis.
 *
 * @throws TurncoatError where an engine was asked for by name and is not there
 */
export async function withLongTrajectoryComponents(
  adapters: readonly AdapterInput[],
  components: number,
): Promise<readonly AdapterInput[]> {
  const isWanted = (trajectory: DirectionTrajectory): boolean =>
    isLong(trajectory, components) && trajectory.vectors.some(areFinite);
  const trajectories = adapters.map(adapterTrajectories);
  if (!trajectories.some(({ A, B }) => isWanted(A) || isWanted(B))) return adapters;

  const [{ createEngine }, { leadingComponents }, { ArrayPool }] = await Promise.all([
    import("../../tensor/engine.js"),
    import("../../analysis/geometry/leadingComponents.js"),
    import("../../tensor/arrayPool.js"),
  ]);
  const engine = await createEngine();
  const arrays = new ArrayPool(mostKeptBytes);
  const found = async (trajectory: DirectionTrajectory): Promise<PcaRecord | undefined> =>
    isWanted(trajectory) ? leadingComponents(trajectory, { components, engine, arrays }) : undefined;
  const completed: AdapterInput[] = [];
  for (const [index, adapter] of adapters.entries()) {
    const factors = trajectories[index];
    if (factors === undefined) continue;
    const [A, B] = [await found(factors.A), await found(factors.B)];
    completed.push({
      ...adapter,
      components: { ...(A === undefined ? {} : { A }), ...(B === undefined ? {} : { B }) },
    });
  }
  return completed;
}
