import { gramPca } from "../../analysis/geometry/pca.js";
import { updateInnerProduct, type WeightUpdate } from "../../analysis/geometry/update/weightUpdate.js";
import { isTurncoatError } from "../../errors.js";
import type { CommonPaths } from "../../figures/compare/commonPathsFigure.js";
import { readTrajectories } from "../../runs/trajectories.js";
import { runOf, type RunSource } from "../../runs/openRun.js";

/** A run whose path is wanted. */
export interface PathWanted {
  readonly id: string;
  readonly run: RunSource;
}

/** Paths of runs in common components, with the runs that have none. */
export interface CommonPathsFound {
  /** Null for fewer than two runs with paths of one shape. */
  readonly paths: CommonPaths | null;
  readonly absent: readonly { readonly id: string; readonly reason: string }[];
}

/** Most points of all paths together: their products are each computed once. */
const mostPoints = 360;

interface Path {
  readonly id: string;
  readonly place: string;
  readonly shape: string;
  readonly steps: readonly number[];
  readonly updates: readonly WeightUpdate[];
}

/**
 * Finds the paths of ΔW of the first adapter of several runs in the principal components of all their points together.
 * ΔW is what the model sees, so that no sign has to be chosen; a path of many steps is thinned, its ends are kept.
 *
 * A run whose adapter cannot be read, or is of another shape than that of the first, is absent, with the reason.
 */
export function commonPaths(runs: readonly PathWanted[]): CommonPathsFound {
  const each = Math.max(4, Math.floor(mostPoints / Math.max(1, runs.length)));
  const read = runs.map((wanted) => ({ id: wanted.id, path: readablePath(wanted, each) }));
  const found = read.flatMap(({ path }) => (typeof path === "string" ? [] : [path]));
  const [first] = found;
  const paths = found.filter(({ shape }) => shape === first?.shape);
  const absent = read.flatMap(({ id, path }) => {
    if (typeof path === "string") return [{ id, reason: path }];
    return paths.includes(path)
      ? []
      : [{ id, reason: `its adapter is ${path.shape}, not ${first?.shape ?? ""}` }];
  });
  if (paths.length < 2) return { paths: null, absent };
  const updates = paths.flatMap((path) => path.updates);
  const { scores, explainedVarianceRatio } = gramPca(updates, updateInnerProduct, 2);
  let taken = 0;
  return {
    paths: {
      place: [...new Set(paths.map(({ place }) => place))].join(" and "),
      explainedVarianceRatio,
      paths: paths.map(({ id, steps }) => {
        const own = scores.slice(taken, taken + steps.length);
        taken += steps.length;
        return { id, steps, x: own.map(([x = NaN]) => x), y: own.map(([, y = NaN]) => y) };
      }),
    },
    absent,
  };
}

/** Reads the path of a run, or says why there is none. */
function readablePath({ id, run: source }: PathWanted, most: number): Path | string {
  try {
    const run = runOf(source);
    const wanted = new Set(
      thinned(
        run.checkpoints.map(({ step }) => step),
        most,
      ),
    );
    const [adapter] = readTrajectories(run, { isStepWanted: (step) => wanted.has(step) }).adapters;
    if (adapter === undefined) return "the weights themselves were trained";
    const { modulePath, rank, scaling, inFeatures, outFeatures } = adapter;
    const updates = adapter.steps.flatMap((_, index): WeightUpdate[] => {
      const [loraA, loraB] = [adapter.loraA[index], adapter.loraB[index]];
      return loraA === undefined || loraB === undefined ? [] : [{ rank, scaling, loraA, loraB }];
    });
    if (updates.length < 2) return "fewer than two checkpoints";
    return { id, place: modulePath, shape: `${outFeatures} × ${inFeatures}`, steps: adapter.steps, updates };
  } catch (error) {
    if (isTurncoatError(error)) return error.message;
    throw error;
  }
}

/** At most so many of some steps, at equal distances in the list, the first and the last among them. */
function thinned(steps: readonly number[], most: number): number[] {
  if (steps.length <= most) return [...steps];
  return Array.from(
    { length: most },
    (_, index) => steps[Math.round((index * (steps.length - 1)) / (most - 1))] ?? NaN,
  );
}
