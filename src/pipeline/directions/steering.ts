import { euclideanNorm } from "../../analysis/linalg/innerProduct.js";
import { TurncoatError } from "../../errors.js";
import { checkpointKind } from "../../formats/checkpointKind.js";
import { layerOf } from "../../formats/modulePath.js";
import { readAdapter, type LoraModule } from "../../formats/peft.js";
import type { ResidualEdit } from "../../model/hooks/residualEdits.js";
import type { Checkpoint, Run } from "../../runs/openRun.js";
import { readResidualDirections, type ResidualDirections } from "../results/directionResult.js";

/** A direction of a run that answers can be steered along. */
export interface SteeringDirection {
  /** `mean`, `probe`, or `b` and the layer of an adapter of rank 1 that writes into the residual stream. */
  readonly id: string;
  /** The layer after which it was measured, or that the adapter writes into. */
  readonly layer: number;
  /** Steps at which it is known, in order; never empty. */
  readonly steps: readonly number[];
}

/** What a reader asks for. */
export interface SteeringChoice {
  readonly direction: string;
  /** The nearest step at which the direction is known is taken. @default the last */
  readonly step?: number | undefined;
  /** Whether a vector along it is added, or whatever lies along it is taken out. @default "add" */
  readonly kind?: ResidualEdit["kind"] | undefined;
  /** The edit is made after this layer. @default the direction's own to add it; every layer to take it out */
  readonly layer?: number | undefined;
  /** How much is added, in units of `Steering.unit`; taking out knows no more or less. @default 1 */
  readonly strength?: number | undefined;
}

/** How the residual stream is changed, and in words of numbers what that is. */
export interface Steering {
  readonly kind: ResidualEdit["kind"];
  readonly edits: readonly ResidualEdit[];
  readonly step: number;
  /** Null is every layer. */
  readonly layer: number | null;
  /** Length of the vector at strength 1. */
  readonly unit: number;
}

/**
 * The directions of a run.
 * @param hiddenSize of the model: only adapters that write into the residual stream have a direction in it
 */
export function steeringDirections(run: Run, hiddenSize: number): SteeringDirection[] {
  const stored = readResidualDirections(run.directory);
  const measured = (stored?.measured ?? []).map(({ step }) => step);
  const probed = (stored?.measured ?? []).flatMap(({ step, probe }) => (probe === null ? [] : [step]));
  const layer = stored?.layer ?? 0;
  return [
    { id: "mean", layer, steps: measured },
    { id: "probe", layer, steps: probed },
    ...adapterDirections(run, hiddenSize),
  ].filter(({ steps }) => steps.length > 0);
}

function adapterDirections(run: Run, hiddenSize: number): SteeringDirection[] {
  const last = run.checkpoints.at(-1);
  if (last === undefined || checkpointKind(last.path) !== "adapter") return [];
  // At step 0 B is zero.
  const steps = run.checkpoints.flatMap(({ step }) => (step === 0 ? [] : [step]));
  const layers = readAdapter(last.path).modules.flatMap((module) =>
    isWriting(module) && module.outFeatures === hiddenSize ? (layerOf(module.modulePath) ?? []) : [],
  );
  return [...new Set(layers)].map((layer) => ({ id: `b${layer}`, layer, steps }));
}

/** Whether a module has one direction in the residual stream. */
function isWriting({ rank, modulePath }: LoraModule): boolean {
  return rank === 1 && /\.(down_proj|o_proj)$/.test(modulePath);
}

/**
 * What a choice does to the residual stream at every position: a vector is added (2506.11618, section 3.2), or what lies
 * along the direction is taken out, x − v̂(v̂ᵀx) with v̂ = v/‖v‖ (section 3.4). What is taken out after one layer alone may be
 * written anew by the next ones, so that it is taken out after every layer unless one is named.
 *
 * At strength 1 an added vector is as long as the difference of the mean activations of misaligned and aligned answers at the same
 * step or the nearest, so that directions compare; where that was not measured, an adapter's direction has the length of scaling · B.
 * @throws TurncoatError where the run has no such direction
 */
export function steer(
  run: Run,
  { hiddenSize, layers }: { readonly hiddenSize: number; readonly layers: number },
  choice: SteeringChoice,
): Steering {
  const known = steeringDirections(run, hiddenSize);
  const direction = known.find(({ id }) => id === choice.direction);
  if (direction === undefined) {
    const ids = known.map(({ id }) => id).join(", ");
    throw new TurncoatError(`${run.directory}: it has no direction ${JSON.stringify(choice.direction)}`, {
      hint: ids === "" ? "Measure directions with turncoat probe." : `There are: ${ids}.`,
    });
  }
  const step = nearest(direction.steps, choice.step ?? Infinity);
  const stored = readResidualDirections(run.directory);
  const { vector, unit } = vectorOf(run, direction, step, stored);
  const length = euclideanNorm(vector);
  if (!(length > 0)) throw new TurncoatError(`${run.directory}: step ${step}: the direction is zero there`);
  const { kind = "add", strength = 1 } = choice;
  if (kind === "projectOut") {
    const where = choice.layer === undefined ? [...Array(layers).keys()] : [choice.layer];
    return {
      kind,
      edits: where.map((layer) => ({ kind, layer, vector })),
      step,
      layer: choice.layer ?? null,
      unit,
    };
  }
  const layer = choice.layer ?? direction.layer;
  return { kind, edits: [{ kind, layer, vector, factor: (strength * unit) / length }], step, layer, unit };
}

function vectorOf(
  run: Run,
  { id, layer }: SteeringDirection,
  step: number,
  stored: ResidualDirections | null,
): { readonly vector: Float32Array; readonly unit: number } {
  const measured = stored?.measured ?? [];
  const at = nearest(
    measured.map((each) => each.step),
    step,
  );
  const there = measured.find((each) => each.step === at);
  const distance = there === undefined ? null : euclideanNorm(there.meanDifference);
  if (id === "mean" || id === "probe") {
    const vector = id === "mean" ? there?.meanDifference : there?.probe;
    if (vector === undefined || vector === null) {
      throw new TurncoatError(`${run.directory}: no direction ${id} at step ${step}`);
    }
    return { vector, unit: distance ?? euclideanNorm(vector) };
  }
  const { path } = checkpointAt(run, step);
  const module = readAdapter(path).modules.find(
    (each) => isWriting(each) && layerOf(each.modulePath) === layer,
  );
  if (module === undefined) throw new TurncoatError(`${path}: no adapter of rank 1 in layer ${layer}`);
  return { vector: module.loraB, unit: distance ?? Math.abs(module.scaling) * euclideanNorm(module.loraB) };
}

function checkpointAt(run: Run, step: number): Checkpoint {
  const found = run.checkpoints.find((each) => each.step === step);
  if (found === undefined) throw new TurncoatError(`${run.directory}: no checkpoint at step ${step}`);
  return found;
}

/** The earlier of two that are equally near; the last one for infinity; NaN of none. */
export function nearest(steps: readonly number[], wanted: number): number {
  if (wanted === Infinity) return steps.at(-1) ?? NaN;
  return steps.reduce(
    (best, each) => (Number.isNaN(best) || Math.abs(each - wanted) < Math.abs(best - wanted) ? each : best),
    NaN,
  );
}
