import { type Checkpoint, type Run, type RunGap, runOf, type RunSource } from "./openRun.js";
import { join } from "node:path";
import { isTurncoatError, messageOf, TurncoatError } from "../errors.js";
import { checkpointKind, trainedFile } from "../formats/checkpointKind.js";
import { compareModulePaths, layerOf } from "../formats/modulePath.js";
import type { LoraAdapter, LoraModule } from "../formats/peft.js";
import { adapterWeightsFile, nonFiniteNumber, readAdapter } from "../formats/peft.js";
import { checkpointFolder, stepDirectionsFile } from "./layout.js";
import { shownName } from "../formats/safetensorsHeader.js";
import { missingSteps } from "./missingSteps.js";

/** The LoRA matrices of one module over the steps of a run; of a trained vector as `LoraModule` has it. */
export interface AdapterTrajectory {
  /** Path of the adapted module, such as `model.layers.24.mlp.down_proj`. */
  readonly modulePath: string;
  /** Layer of the module, from 0; NaN where the module path names none. */
  readonly layer: number;
  readonly rank: number;
  /** Scaling s of the weight update s · B · A: α/r, or α/√r where it is rank-stabilised. */
  readonly scaling: number;
  readonly inFeatures: number;
  readonly outFeatures: number;
  /** Steps, strictly increasing; one that could not be read is absent here and named in the gaps. */
  readonly steps: readonly number[];
  /** A at each step: [rank, inFeatures], row-major. */
  readonly loraA: readonly Float32Array[];
  /** B at each step: [outFeatures, rank], row-major; exactly zero at step 0. */
  readonly loraB: readonly Float32Array[];
}

/** Trajectories of all adapters of a run, with what is missing of them. */
export interface Trajectories {
  /** In the order of the layers. */
  readonly adapters: readonly AdapterTrajectory[];
  /** In the order of the steps. */
  readonly gaps: readonly RunGap[];
  /** Warnings of anything but A and B that was trained or stored, one sentence each. */
  readonly warnings: readonly string[];
}

/** Options that choose which trajectories of a run are read. */
export interface TrajectoryOptions {
  /** Modules to read. @default all */
  readonly modulePaths?: readonly string[];
  /** True for the steps to read. @default all */
  readonly isStepWanted?: (step: number) => boolean;
}

/** What does not change of an adapted module over a training. */
type ModuleShape = Pick<LoraModule, "modulePath" | (typeof shapeFields)[number]>;
const shapeFields = ["rank", "scaling", "inFeatures", "outFeatures"] as const;

/** What is taken of the adapters of one checkpoint, with what is missing of them. */
export interface StepOfRun<T> {
  readonly modules: readonly (ModuleShape & { readonly taken: T })[];
  readonly gaps: readonly RunGap[];
  /** Anything but A and B that was trained or stored, in words. */
  readonly besides: readonly string[];
}

/** What was taken of one module over the steps of a run. */
export interface TakenTrajectory<T> extends Omit<AdapterTrajectory, "loraA" | "loraB"> {
  readonly taken: readonly T[];
}

/** What was taken of all adapters of a run, with what is missing of them. */
export interface TakenTrajectories<T> extends Omit<Trajectories, "adapters"> {
  /** In the order of the layers. */
  readonly adapters: readonly TakenTrajectory<T>[];
}

interface GrowingTrajectory<T> extends TakenTrajectory<T> {
  readonly steps: number[];
  readonly taken: T[];
}

/**
 * Reads the adapters of every checkpoint of a run; there are none where the weights themselves were trained.
 *
 * A checkpoint that cannot be read, or whose adapter has another shape or scaling than the first one, is a
 * gap with its reason; the rest is read all the same. A step that the schedule around it would hold and for which
 * there is no folder is a gap too.
 *
 * @throws TurncoatError if no checkpoint can be read, or a module asked for is in none of them
 */
export function readTrajectories(run: RunSource, options: TrajectoryOptions = {}): Trajectories {
  const { modulePaths } = options;
  const take = ({ loraA, loraB }: LoraModule) => ({ loraA, loraB });
  const { adapters, ...rest } = takeTrajectories(runOf(run), options, (checkpoint) =>
    takeStep(checkpoint, take, modulePaths),
  );
  return {
    ...rest,
    adapters: adapters.map(({ taken, ...adapter }) => ({
      ...adapter,
      loraA: taken.map(({ loraA }) => loraA),
      loraB: taken.map(({ loraB }) => loraB),
    })),
  };
}

/**
 * Takes something of the adapters of every checkpoint of a run, one checkpoint after another, as `readTrajectories` does.
 * @param stepOf reads a checkpoint, as `takeStep` does, or knows of it already
 * @throws TurncoatError if no checkpoint can be read, or a module asked for is in none of them
 */
export function takeTrajectories<T>(
  run: Run,
  options: TrajectoryOptions,
  stepOf: (checkpoint: Checkpoint) => StepOfRun<T>,
): TakenTrajectories<T> {
  const { modulePaths, isStepWanted = () => true } = options;
  const trajectories = new Map<string, GrowingTrajectory<T>>();
  const gaps = [...run.gaps, ...lostSteps(run)].filter(({ step }) => isStepWanted(step));
  const checkpoints = run.checkpoints.filter(({ step }) => isStepWanted(step));
  const adapted = checkpoints.filter(({ path }) => checkpointKind(path) !== "weights");
  const readable: number[] = [];
  /** Anything but A and B that was trained, with the first checkpoint that says so. */
  const besides = new Map<string, Checkpoint>();
  for (const checkpoint of adapted) {
    const { step } = checkpoint;
    let read: StepOfRun<T>;
    try {
      read = stepOf(checkpoint);
    } catch (error) {
      gaps.push({ step, reason: messageOf(error) });
      continue;
    }
    readable.push(step);
    gaps.push(...read.gaps);
    for (const words of read.besides) besides.set(words, besides.get(words) ?? checkpoint);
    for (const module of read.modules) append(trajectories, step, module, gaps);
  }
  if (readable.length === 0 && (adapted.length > 0 || checkpoints.length === 0)) {
    throw nothingReadable(run, checkpoints.length, gaps);
  }
  const adapters = [...trajectories.values()];
  adapters.sort((one, other) => compareModulePaths(one.modulePath, other.modulePath));
  for (const modulePath of modulePaths ?? []) {
    if (!trajectories.has(modulePath)) throw noSuchModule(run, checkpoints, modulePath);
  }
  for (const adapter of adapters) addMissingSteps(adapter, readable, gaps);
  gaps.sort((one, other) => one.step - other.step);
  const warnings = [...besides].map(([words, { path }]) => `${path}: ${words}: only A and B are looked at`);
  return { adapters, gaps, warnings };
}

/**
 * Reads a checkpoint and takes something of each of its modules; one with a number that is not finite is a gap.
 * @param modulePaths modules to read. @default all
 * @throws TurncoatError where it cannot be read
 */
export function takeStep<T>(
  { step, path }: Checkpoint,
  take: (module: LoraModule) => T,
  modulePaths?: readonly string[],
): StepOfRun<T> {
  const adapter = readAdapter(path, { modulePaths, use: "geometry" });
  const gaps: RunGap[] = [];
  const modules = adapter.modules.flatMap((module) => {
    const { modulePath, rank, scaling, inFeatures, outFeatures } = module;
    const fault = nonFiniteNumber(module);
    if (fault === undefined)
      return [{ modulePath, rank, scaling, inFeatures, outFeatures, taken: take(module) }];
    gaps.push({ step, modulePath, reason: `${trainedFile(path)}: ${fault}` });
    return [];
  });
  return { modules, gaps, besides: beyondLora(adapter) };
}

/** Lists the steps that a run's schedule would hold and that it has nothing of: no adapter and no projections of one. */
export function lostSteps({ directory, checkpoints, directions, gaps }: Run): RunGap[] {
  const steps = new Set([...checkpoints, ...directions, ...gaps].map(({ step }) => step));
  const isProjected = directions.length > 0;
  return missingSteps([...steps].sort((one, other) => one - other)).map(({ step, spacing }) => ({
    step,
    reason:
      `${join(directory, isProjected ? stepDirectionsFile(step) : checkpointFolder(step))}: ` +
      `no such ${isProjected ? "file" : "folder"}, though steps around it are ${spacing} apart`,
  }));
}

/** Names what an adapter holds beside plain LoRA. */
function beyondLora({ config, otherTensors = [] }: LoraAdapter): string[] {
  const options = config.beyondLora ?? [];
  if (otherTensors.length === 0) return [...options];
  const [first = ""] = otherTensors;
  const more = otherTensors.length > 1 ? ` and ${otherTensors.length - 1} more` : "";
  return [...options, `tensor ${shownName(first)}${more}`];
}

function append<T>(
  trajectories: Map<string, GrowingTrajectory<T>>,
  step: number,
  { taken, ...module }: ModuleShape & { readonly taken: T },
  gaps: RunGap[],
): void {
  const { modulePath } = module;
  const trajectory = trajectories.get(modulePath) ?? {
    ...module,
    ...{ layer: layerOf(modulePath) ?? NaN, steps: [], taken: [] },
  };
  trajectories.set(modulePath, trajectory);
  for (const property of shapeFields) {
    if (module[property] !== trajectory[property]) {
      const first = `${trajectory[property]} as at step ${trajectory.steps[0] ?? step}`;
      const reason = `${modulePath}: expected ${property} ${first}, found ${module[property]}`;
      gaps.push({ step, modulePath, reason });
      return;
    }
  }
  trajectory.steps.push(step);
  trajectory.taken.push(taken);
}

/** Adds a gap for each readable checkpoint that lacks the module, unless one says so already. */
function addMissingSteps(
  adapter: Pick<AdapterTrajectory, "modulePath" | "steps">,
  readable: readonly number[],
  gaps: RunGap[],
): void {
  const explained = new Set(adapter.steps);
  for (const { step, modulePath } of gaps) if (modulePath === adapter.modulePath) explained.add(step);
  for (const step of readable) {
    if (explained.has(step)) continue;
    gaps.push({
      step,
      modulePath: adapter.modulePath,
      reason: `${adapter.modulePath} is not in the checkpoint`,
    });
  }
}

function nothingReadable(run: Run, tried: number, gaps: readonly RunGap[]): TurncoatError {
  if (tried === 0) return new TurncoatError(`${run.directory}: no checkpoint at the steps asked for`);
  const reason = gaps.find(({ step }) =>
    run.checkpoints.some((checkpoint) => checkpoint.step === step),
  )?.reason;
  return new TurncoatError(
    `${run.directory}: none of ${tried} checkpoints can be read; the first: ${reason ?? "unknown"}`,
  );
}

function noSuchModule(run: Run, checkpoints: readonly Checkpoint[], modulePath: string): TurncoatError {
  const known = lastModules(checkpoints);
  const some = known.slice(0, 10).join(", ");
  return new TurncoatError(
    `${run.directory}: no module ${modulePath} in any ${join("checkpoint-*", adapterWeightsFile)}`,
    {
      hint: `The adapted modules are ${some}${known.length > 10 ? ", …" : ""}.`,
    },
  );
}

/** Names the modules of the last checkpoint that can be read. */
function lastModules(checkpoints: readonly Checkpoint[]): string[] {
  for (const checkpoint of checkpoints.toReversed()) {
    try {
      return takeStep(checkpoint, () => null).modules.map((module) => module.modulePath);
    } catch (error) {
      if (!isTurncoatError(error)) throw error;
    }
  }
  return [];
}
