import type { AnalysisOptions, KnownGeometry, ProjectionInput } from "../../analysis/analysisRecord.js";
import type { AdapterInput } from "../../analysis/geometry/adapterRecord.js";
import type { AdapterGram } from "../../analysis/geometry/whole/wholeUpdate.js";
import { gramMatrix } from "../../analysis/linalg/gramMatrix.js";
import { TurncoatError } from "../../errors.js";
import { readDirectionTrajectories, type DirectionsTrajectory } from "../../runs/directionTrajectories.js";
import { isMostlyProjected, type Run } from "../../runs/openRun.js";
import { mostSeparateAdapters } from "../../runs/manyAdapters.js";
import { readTrajectories, type Trajectories } from "../../runs/trajectories.js";
import { geometryKey, storedGeometry } from "./keptGeometry.js";
import { keepGrams, storedGrams } from "./keptGrams.js";
import { readProjectedGrams } from "./projectedGrams.js";
import { adapterSizes, isLong, readGrams, type RunGrams } from "./wholeUpdateOf.js";
import type { productKinds } from "../results/productKinds.js";

/** What a run's adapters are analysed from. */
export interface RunGeometry extends Omit<Trajectories, "adapters"> {
  readonly adapters: readonly AdapterInput[];
  /** Inner products of all adapters; null where they are analysed one by one. */
  readonly whole: readonly AdapterGram[] | null;
  /** The random projections that all of it is of; null where it is of the adapters themselves. */
  readonly projection: ProjectionInput | null;
  /**
   * The key under which what takes seconds to find in all that is kept, and what was; `adapters` are not read where that is
   * known. Null where it is not kept.
   */
  readonly kept: { readonly key: string; readonly known: KnownGeometry | null } | null;
}

/** Number of adapters of many whose A and B are measured beside the whole, those that carry most: each takes seconds. */
const measuredBeside = 1;

/** Choices of how the geometry of a run is read. */
export interface GeometryReading {
  /** Module paths of the adapters that are measured. @default all, or of many those that carry most of the update */
  readonly adapters?: readonly string[] | undefined;
  /**
   * What the inner products of many adapters are of: the adapters, however long it takes, or random projections of them.
   * @default the adapters where that takes seconds
   */
  readonly products?: (typeof productKinds)[number] | undefined;
  /** Called with how many of all parts of the run have been read, where there is much to read. */
  readonly onProgress?: ((done: number, all: number) => void) | undefined;
}

/**
 * Reads what the geometry of a run is computed from: its adapters or, where most steps have nothing else, the random
 * projections of them.
 * @throws TurncoatError where nothing can be read, or a module asked for is not there
 */
export async function readGeometry(
  run: Run,
  reading: GeometryReading = {},
  options: AnalysisOptions = {},
): Promise<RunGeometry> {
  const { adapters: chosen, products } = reading;
  if (isMostlyProjected(run)) return projectedGeometry(run, reading, options);
  const stored = storedGrams(run);
  const isWanted = products === undefined || products === (stored?.numbers === null ? "exact" : "projected");
  const grams = stored !== null && isWanted ? stored : await gramsOf(run, reading);
  if (grams === null)
    return { ...readTrajectories(run, { modulePaths: chosen }), whole: null, projection: null, kept: null };
  const { gaps, warnings, numbers } = grams;
  const projection = numbers === null ? null : projectionOf(run, numbers, false);
  const kept = keptOf(run, grams, reading, options);
  if (kept?.known != null) return { gaps, warnings, adapters: [], whole: grams.adapters, projection, kept };
  const read = readTrajectories(run, { modulePaths: chosen ?? largestOf(grams.adapters) });
  const known = new Map(grams.adapters.map((each) => [each.modulePath, each]));
  const adapters = read.adapters.map((adapter) => ({
    ...adapter,
    gram: known.get(adapter.modulePath)?.gram,
  }));
  return { gaps, warnings, adapters, whole: grams.adapters, projection, kept };
}

/** Looks up what is known of the geometry of all adapters; null where some are chosen, or compared with directions. */
function keptOf(
  run: Run,
  grams: RunGrams,
  { adapters: chosen }: GeometryReading,
  options: AnalysisOptions,
): RunGeometry["kept"] {
  if (chosen !== undefined || options.directions !== undefined) return null;
  const key = geometryKey(run, grams, options);
  return { key, known: storedGeometry(run, key) };
}

function projectionOf(run: Run, numbers: number, hasFactors: boolean): ProjectionInput {
  return { numbers, wholeSteps: run.checkpoints.map(({ step }) => step), hasFactors };
}

/** Reads the inner products of a run with many adapters and keeps them; null for a run with few. */
async function gramsOf(run: Run, { products, onProgress }: GeometryReading): Promise<RunGrams | null> {
  const sizes = adapterSizes(run);
  if (sizes.length <= mostSeparateAdapters) return null;
  const kind = products ?? (isLong(run, sizes) ? "projected" : "exact");
  const grams =
    kind === "projected"
      ? readProjectedGrams(run, (done) => onProgress?.(done, run.checkpoints.length))
      : await readGrams(run, sizes, (done) => onProgress?.(done, sizes.length));
  keepGrams(run, grams);
  return grams;
}

function projectedGeometry(run: Run, reading: GeometryReading, options: AnalysisOptions): RunGeometry {
  const { adapters: chosen } = reading;
  const stored = storedGrams(run);
  if (stored?.numbers != null) {
    const { adapters: whole, gaps, warnings, numbers } = stored;
    const kept = keptOf(run, stored, reading, options);
    if (kept?.known != null)
      return { adapters: [], whole, projection: projectionOf(run, numbers, true), gaps, warnings, kept };
  }
  const {
    projection: { numbers },
    adapters: read,
    gaps,
  } = readDirectionTrajectories(run);
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
  const products = { adapters: grams, gaps, warnings: [], numbers };
  if (isWhole && stored === null) keepGrams(run, products);
  const wanted = new Set(chosen ?? (isWhole ? largestOf(grams) : read.map(({ modulePath }) => modulePath)));
  return {
    adapters: grams.filter(({ modulePath }) => wanted.has(modulePath)).map(projectedAdapter),
    whole: isWhole ? grams : null,
    projection: projectionOf(run, numbers, true),
    gaps,
    warnings: [],
    kept: isWhole ? keptOf(run, products, reading, options) : null,
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
