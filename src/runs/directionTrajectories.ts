import { type RunGap, runOf, type RunSource, type StepDirections } from "./openRun.js";
import { messageOf, TurncoatError } from "../errors.js";
import type { AdapterDirections, Projection } from "../formats/directions/adapterProjector.js";
import { readDirections, type DirectionsFile } from "../formats/directions/directionsFile.js";
import { compareModulePaths, layerOf } from "../formats/modulePath.js";
import { lostSteps } from "./trajectories.js";

/** Random projections of one adapter over the steps of a run. */
export interface DirectionsTrajectory {
  readonly modulePath: string;
  /** Layer of the module, from 0; NaN where the module path names none. */
  readonly layer: number;
  readonly rank: number;
  readonly scaling: number;
  /** Steps, strictly increasing; one that could not be read is absent here and named in the gaps. */
  readonly steps: readonly number[];
  /** Projection of ΔW at each step: [numbers]. */
  readonly update: readonly Float32Array[];
  /** Projection of A at each step: [numbers]. */
  readonly A: readonly Float32Array[];
  /** Projection of B at each step: [numbers]. */
  readonly B: readonly Float32Array[];
}

/** Random projections of all adapters of a run, with what is missing of them. */
export interface DirectionsTrajectories {
  readonly projection: Projection;
  /** In the order of the layers. */
  readonly adapters: readonly DirectionsTrajectory[];
  /** In the order of the steps. */
  readonly gaps: readonly RunGap[];
}

interface Growing extends DirectionsTrajectory {
  readonly shape: Shape;
  readonly steps: number[];
  readonly update: Float32Array[];
  readonly A: Float32Array[];
  readonly B: Float32Array[];
}

type Shape = Pick<AdapterDirections, (typeof shapeFields)[number]>;
const shapeFields = ["rank", "scaling", "inFeatures", "outFeatures"] as const;

/**
 * Reads the random projections of every step of a run.
 *
 * A file that cannot be read, or was projected otherwise than the first one, is a gap with its reason; so is a module of
 * another shape than before, and a step that the schedule would hold and that the run has nothing of.
 * @throws TurncoatError if no file can be read
 */
export function readDirectionTrajectories(source: RunSource): DirectionsTrajectories {
  const run = runOf(source);
  const gaps = lostSteps(run);
  const trajectories = new Map<string, Growing>();
  let first: DirectionsFile | undefined;
  for (const each of run.directions) {
    try {
      const file = readAs(each, first);
      first ??= file;
      for (const adapter of file.adapters) append(trajectories, file.step, adapter, gaps);
      for (const { modulePath } of trajectories.values()) {
        if (file.adapters.every((adapter) => adapter.modulePath !== modulePath))
          gaps.push({ step: file.step, modulePath, reason: `${each.path}: ${modulePath} is not in it` });
      }
    } catch (error) {
      gaps.push({ step: each.step, reason: messageOf(error) });
    }
  }
  if (first === undefined) {
    throw new TurncoatError(
      `${run.directory}: none of ${run.directions.length} files of random projections can be read; the first: ${gaps[0]?.reason ?? "unknown"}`,
    );
  }
  gaps.sort((one, other) => one.step - other.step);
  return {
    projection: first.projection,
    adapters: [...trajectories.values()].sort((one, other) =>
      compareModulePaths(one.modulePath, other.modulePath),
    ),
    gaps,
  };
}

/** Reads the file of a step that is to fit together with the first of the run. */
function readAs({ step, path }: StepDirections, first: DirectionsFile | undefined): DirectionsFile {
  const file = readDirections(path);
  if (file.step !== step) {
    throw new TurncoatError(`${path}: expected step ${step}, as its name says, found ${file.step}`);
  }
  const { seed, numbers } = file.projection;
  const expected = first?.projection ?? file.projection;
  if (seed === expected.seed && numbers === expected.numbers) return file;
  throw new TurncoatError(
    `${path}: expected ${expected.numbers} numbers and seed ${expected.seed} as at step ${first?.step ?? step}, found ${numbers} and ${seed}`,
  );
}

function append(
  trajectories: Map<string, Growing>,
  step: number,
  adapter: AdapterDirections,
  gaps: RunGap[],
): void {
  const { modulePath, update, A, B, ...shape } = adapter;
  const known = trajectories.get(modulePath);
  const trajectory = known ?? {
    ...{ modulePath, layer: layerOf(modulePath) ?? NaN, shape },
    ...{ rank: shape.rank, scaling: shape.scaling },
    ...{ steps: [], update: [], A: [], B: [] },
  };
  trajectories.set(modulePath, trajectory);
  const other = shapeFields.find((field) => shape[field] !== trajectory.shape[field]);
  if (other !== undefined) {
    const before = `${trajectory.shape[other]} as at step ${trajectory.steps[0] ?? step}`;
    const reason = `${modulePath}: expected ${other} ${before}, found ${shape[other]}`;
    gaps.push({ step, modulePath, reason });
    return;
  }
  trajectory.steps.push(step);
  trajectory.update.push(update);
  trajectory.A.push(A);
  trajectory.B.push(B);
}
