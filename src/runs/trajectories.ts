import { join } from "node:path";
import { messageOf, TurncoatError } from "../errors.js";
import { checkpointKind } from "../formats/checkpointKind.js";
import { compareModulePaths, layerOf } from "../formats/modulePath.js";
import type { LoraAdapter, LoraModule } from "../formats/peft.js";
import { adapterWeightsFile, nonFiniteNumber, readAdapter } from "../formats/peft.js";
import { checkpointFolder, stepDirectionsFile } from "./layout.js";
import { shownName } from "../formats/safetensorsHeader.js";
import { missingSteps } from "./missingSteps.js";
import type { Checkpoint, Run, RunGap } from "./openRun.js";

/** The LoRA matrices of one module over the steps of a run. */
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

interface GrowingTrajectory extends AdapterTrajectory {
  readonly steps: number[];
  readonly loraA: Float32Array[];
  readonly loraB: Float32Array[];
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
export function readTrajectories(run: Run, options: TrajectoryOptions = {}): Trajectories {
  const { modulePaths, isStepWanted = () => true } = options;
  const trajectories = new Map<string, GrowingTrajectory>();
  const gaps = [...run.gaps, ...lostSteps(run)].filter(({ step }) => isStepWanted(step));
  const checkpoints = run.checkpoints.filter(({ step }) => isStepWanted(step));
  const adapted = checkpoints.filter(({ path }) => checkpointKind(path) !== "weights");
  const readable: number[] = [];
  /** Anything but A and B that was trained, with the first checkpoint that says so. */
  const besides = new Map<string, Checkpoint>();
  for (const checkpoint of adapted) {
    const adapter = adapterOf(checkpoint, modulePaths, gaps);
    if (adapter === undefined) continue;
    readable.push(checkpoint.step);
    for (const words of beyondLora(adapter)) besides.set(words, besides.get(words) ?? checkpoint);
    for (const module of adapter.modules) {
      const { step, path } = checkpoint;
      const fault = nonFiniteNumber(module);
      if (fault === undefined) append(trajectories, step, module, gaps);
      else {
        const reason = `${join(path, adapterWeightsFile)}: ${fault}`;
        gaps.push({ step, modulePath: module.modulePath, reason });
      }
    }
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

function adapterOf(
  checkpoint: Checkpoint,
  modulePaths: readonly string[] | undefined,
  gaps: RunGap[],
): LoraAdapter | undefined {
  try {
    return readAdapter(checkpoint.path, { modulePaths, use: "geometry" });
  } catch (error) {
    gaps.push({ step: checkpoint.step, reason: messageOf(error) });
    return undefined;
  }
}

/** Names what an adapter holds beside plain LoRA. */
function beyondLora({ config, otherTensors = [] }: LoraAdapter): string[] {
  const options = config.beyondLora ?? [];
  if (otherTensors.length === 0) return [...options];
  const [first = ""] = otherTensors;
  const more = otherTensors.length > 1 ? ` and ${otherTensors.length - 1} more` : "";
  return [...options, `tensor ${shownName(first)}${more}`];
}

function append(
  trajectories: Map<string, GrowingTrajectory>,
  step: number,
  module: LoraModule,
  gaps: RunGap[],
): void {
  const { modulePath, rank, scaling, inFeatures, outFeatures, loraA, loraB } = module;
  let trajectory = trajectories.get(modulePath);
  if (trajectory === undefined) {
    const layer = layerOf(modulePath) ?? NaN;
    trajectory = {
      modulePath,
      layer,
      rank,
      scaling,
      inFeatures,
      outFeatures,
      steps: [],
      loraA: [],
      loraB: [],
    };
    trajectories.set(modulePath, trajectory);
  }
  for (const property of ["rank", "scaling", "inFeatures", "outFeatures"] as const) {
    if (module[property] !== trajectory[property]) {
      const first = `${trajectory[property]} as at step ${trajectory.steps[0] ?? step}`;
      const reason = `${modulePath}: expected ${property} ${first}, found ${module[property]}`;
      gaps.push({ step, modulePath, reason });
      return;
    }
  }
  trajectory.steps.push(step);
  trajectory.loraA.push(loraA);
  trajectory.loraB.push(loraB);
}

/** Adds a gap for each readable checkpoint that lacks the module, unless one says so already. */
function addMissingSteps(adapter: AdapterTrajectory, readable: readonly number[], gaps: RunGap[]): void {
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
  const known = new Set<string>();
  for (const checkpoint of checkpoints.slice(-1)) {
    for (const { modulePath: path } of adapterOf(checkpoint, undefined, [])?.modules ?? []) known.add(path);
  }
  const some = [...known].slice(0, 10).join(", ");
  return new TurncoatError(
    `${run.directory}: no module ${modulePath} in any ${join("checkpoint-*", adapterWeightsFile)}`,
    {
      hint: `The adapted modules are ${some}${known.size > 10 ? ", …" : ""}.`,
    },
  );
}
