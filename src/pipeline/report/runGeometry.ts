import type { ProjectionInput } from "../../analysis/analysisRecord.js";
import type { AdapterInput } from "../../analysis/geometry/adapterRecord.js";
import type { AdapterGram } from "../../analysis/geometry/whole/wholeUpdate.js";
import { gramMatrix } from "../../analysis/linalg/gramMatrix.js";
import { TurncoatError } from "../../errors.js";
import { readDirectionTrajectories, type DirectionsTrajectory } from "../../runs/directionTrajectories.js";
import { isMostlyProjected, type Run } from "../../runs/openRun.js";
import { readTrajectories, type Trajectories } from "../../runs/trajectories.js";
import { keepGrams, storedGrams } from "./keptGrams.js";
import { adapterSizes, readGrams, type RunGrams } from "./wholeUpdateOf.js";

/** What a run's adapters are analysed from. */
export interface RunGeometry extends Omit<Trajectories, "adapters"> {
  readonly adapters: readonly AdapterInput[];
  /** Inner products of all adapters; null where they are analysed one by one. */
  readonly whole: readonly AdapterGram[] | null;
  /** The random projections that all of it is of; null where it is of the adapters themselves. */
  readonly projection: ProjectionInput | null;
}

/** Most adapters that are analysed one by one; of more, the update of the whole model is. */
export const mostSeparateAdapters = 12;
/** Number of adapters of many that are measured beside the whole: those that carry most of it. */
const measuredBeside = 3;

/**
 * Reads what the geometry of a run is computed from: its adapters or, where most steps have nothing else, the random
 * projections of them.
 * @param chosen module paths of the adapters that are measured
 * @throws TurncoatError where nothing can be read, or a module asked for is not there
 */
export async function readGeometry(
  run: Run,
  chosen: readonly string[] | undefined,
  onProgress?: (done: number, adapters: number) => void,
): Promise<RunGeometry> {
  if (isMostlyProjected(run)) return projectedGeometry(run, chosen);
  const grams = storedGrams(run) ?? (await gramsOf(run, onProgress));
  if (grams === null)
    return { ...readTrajectories(run, { modulePaths: chosen }), whole: null, projection: null };
  const read = readTrajectories(run, { modulePaths: chosen ?? largestOf(grams.adapters) });
  const known = new Map(grams.adapters.map((each) => [each.modulePath, each]));
  const adapters = read.adapters.map((adapter) => ({
    ...adapter,
    gram: known.get(adapter.modulePath)?.gram,
  }));
  return { ...grams, adapters, whole: grams.adapters, projection: null };
}

/** Reads the inner products of a run with many adapters and keeps them; null for a run with few. */
async function gramsOf(
  run: Run,
  onProgress: ((done: number, adapters: number) => void) | undefined,
): Promise<RunGrams | null> {
  const sizes = adapterSizes(run);
  if (sizes.length <= mostSeparateAdapters) return null;
  const grams = await readGrams(run, sizes, (done) => onProgress?.(done, sizes.length));
  keepGrams(run, grams);
  return grams;
}

function projectedGeometry(run: Run, chosen: readonly string[] | undefined): RunGeometry {
  const { projection, adapters: read, gaps } = readDirectionTrajectories(run);
  const grams = read.map((adapter) => ({ ...adapter, gram: gramMatrix(adapter.update) }));
  const isWhole = read.length > mostSeparateAdapters;
  const missing = chosen?.find((path) => read.every(({ modulePath }) => modulePath !== path));
  if (missing !== undefined) {
    throw new TurncoatError(`${run.directory}: no module ${missing} in any file of random projections`, {
      hint: `There are ${read
        .slice(0, 10)
        .map(({ modulePath }) => modulePath)
        .join(", ")}${read.length > 10 ? ", …" : ""}.`,
    });
  }
  const wanted = new Set(chosen ?? (isWhole ? largestOf(grams) : read.map(({ modulePath }) => modulePath)));
  return {
    adapters: grams.filter(({ modulePath }) => wanted.has(modulePath)).map(projectedAdapter),
    whole: isWhole ? grams : null,
    projection: { numbers: projection.numbers, wholeSteps: run.checkpoints.map(({ step }) => step) },
    gaps,
    warnings: [],
  };
}

/** Makes an adapter of its projections, whose inner products stand for those of A, B and ΔW. */
function projectedAdapter({
  A,
  B,
  ...adapter
}: Omit<DirectionsTrajectory, "update"> & Pick<AdapterGram, "gram">): AdapterInput {
  return { ...adapter, loraA: A, loraB: B, isProjected: true };
}

/** Names the adapters with the longest updates at the end, in the order of the layers. */
function largestOf(adapters: readonly AdapterGram[]): string[] {
  const squared = ({ gram }: AdapterGram): number => gram.at(-1)?.at(-1) ?? 0;
  const kept = new Set(
    adapters.toSorted((one, other) => squared(other) - squared(one)).slice(0, measuredBeside),
  );
  return adapters.filter((adapter) => kept.has(adapter)).map(({ modulePath }) => modulePath);
}
