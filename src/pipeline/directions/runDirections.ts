import { nearestStep } from "../../analysis/series/stepSeries.js";
import { outputDirection, vectorDirection, type Direction } from "../../analysis/directions/direction.js";
import { euclideanNorm } from "../../analysis/linalg/innerProduct.js";
import { TurncoatError } from "../../errors.js";
import { checkpointKind } from "../../formats/checkpointKind.js";
import { layerOf } from "../../formats/modulePath.js";
import { isLayerPath } from "../../tensor/names/layerPath.js";
import { readAdapter, type LoraModule } from "../../formats/peft.js";
import { directoryOf, missingStep, type Run, runOf, type RunSource } from "../../runs/openRun.js";
import { readRunDirections } from "../results/directionResult.js";

/** A direction of a run, and the steps at which it is known. */
export interface KnownDirection {
  /** Name of the direction: `mean`, `probe`, the one that it was found under, `b` and the layer of an adapter of rank 1, or `v` and that of a trained vector. */
  readonly id: string;
  /** Layer after which it was measured, or that the adapter writes into; of several, the one that is taken unless another is named. */
  readonly layer: number;
  /** Layers after which it is known, in increasing order. */
  readonly layers: readonly number[];
  /** Steps at which it is known, in increasing order; never empty. */
  readonly steps: readonly number[];
}

/** A direction of a run that can be read at each of its steps. */
export interface DirectionOverSteps extends KnownDirection {
  /**
   * Reads the direction at a step.
   *
   * @param layer @default `layer`
   * @throws TurncoatError where the step holds none, or none of the layer
   */
  readonly at: (step: number, layer?: number) => Direction;
}

/**
 * Lists the directions in the residual stream that a run has: those stored with it, whatever made them, then B of every
 * adapter of rank 1 that writes into the stream, or every trained vector. Checkpoints are read when a direction is asked for.
 *
 * @param hiddenSize of the model: only adapters that write into the residual stream have a direction in it
 * @throws TurncoatError where stored directions or the last checkpoint cannot be read
 */
export function runDirections(source: RunSource, hiddenSize: number): DirectionOverSteps[] {
  const run = runOf(source);
  const stored = readRunDirections(run.directory);
  return [...byName(run.directory, stored), ...adapterDirections(run, hiddenSize, stored)];
}

/**
 * Lists the directions that are stored with a run, whatever made them.
 *
 * @throws TurncoatError where they cannot be read
 */
export function storedDirections(run: RunSource): DirectionOverSteps[] {
  const directory = directoryOf(run);
  return byName(directory, readRunDirections(directory));
}

function byName(directory: string, stored: readonly Direction[]): DirectionOverSteps[] {
  return [...new Set(stored.map(({ name }) => name))].map((id) => {
    const own = stored.filter(({ name }) => name === id);
    const layers = increasing(own.map((each) => each.layer));
    const layer = usualLayer(layers, stored);
    const at = (step: number, of = layer): Direction => {
      const found = own.find((each) => each.step === step && each.layer === of);
      if (found !== undefined) return found;
      const where = layers.includes(of) ? "" : ` after layer ${of}, only after ${layers.join(", ")}`;
      throw new TurncoatError(`${directory}: no direction ${id} at step ${step}${where}`);
    };
    return { id, layer, layers, steps: increasing(own.map(({ step }) => step)), at };
  });
}

/** The layer that was probed where there is one, as the adapter's own is; else the one in the middle. */
function usualLayer(layers: readonly number[], stored: readonly Direction[]): number {
  const probed = stored.find(({ name }) => name === "mean")?.layer;
  const middle = layers[Math.floor(layers.length / 2)] ?? 0;
  return probed !== undefined && layers.includes(probed) ? probed : middle;
}

function increasing(values: readonly number[]): number[] {
  return [...new Set(values)].sort((one, other) => one - other);
}

function adapterDirections(run: Run, hiddenSize: number, stored: readonly Direction[]): DirectionOverSteps[] {
  const last = run.checkpoints.at(-1);
  const kind = last && checkpointKind(last.path);
  if (last === undefined || (kind !== "adapter" && kind !== "vectors")) return [];
  // At step 0 B is zero.
  const steps = run.checkpoints.flatMap(({ step }) => (step === 0 ? [] : [step]));
  if (steps.length === 0) return [];
  const layers = readAdapter(last.path, { use: "geometry" }).modules.flatMap((module) =>
    isWriting(module) && module.outFeatures === hiddenSize ? (layerOf(module.modulePath) ?? []) : [],
  );
  return [...new Set(layers)].map((layer) => ({
    id: `${kind === "vectors" ? "v" : "b"}${layer}`,
    layer,
    layers: [layer],
    steps,
    at: (step) => {
      const module = writingModule(run, step, layer);
      return kind === "vectors"
        ? vectorDirection(module, { layer, step })
        : outputDirection(module, { layer, step }, lengthNear(stored, step));
    },
  }));
}

/** Tells whether a module has one direction in the residual stream, as a trained vector is. */
function isWriting({ rank, modulePath }: LoraModule): boolean {
  return rank === 1 && (isLayerPath(modulePath) || /\.(down_proj|o_proj)$/.test(modulePath));
}

function writingModule(run: Run, step: number, layer: number): LoraModule {
  const checkpoint = run.checkpoints.find((each) => each.step === step);
  if (checkpoint === undefined) throw missingStep(run, step);
  const module = readAdapter(checkpoint.path, { use: "geometry" }).modules.find(
    (each) => isWriting(each) && layerOf(each.modulePath) === layer,
  );
  if (module === undefined)
    throw new TurncoatError(`${checkpoint.path}: no adapter of rank 1 in layer ${layer}`);
  return module;
}

/** Length of the stored mean difference whose step is nearest; undefined where none was measured. */
function lengthNear(stored: readonly Direction[], step: number): number | undefined {
  const differences = stored.filter(({ madeFrom }) => madeFrom.kind === "meanDifference");
  const near = nearestStep(
    differences.map((each) => each.step),
    step,
  );
  const found = differences.find((each) => each.step === near);
  return found === undefined ? undefined : euclideanNorm(found.vector);
}
