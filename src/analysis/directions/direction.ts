import type { LoraModule } from "../../formats/peft.js";
import type { NamedDirection } from "../geometry/adapterRecord.js";
import { euclideanNorm } from "../linalg/innerProduct.js";
import type { MeanDifference } from "./meanDifference.js";
import type { Probe } from "./probe.js";

/** A construction that makes a direction. Different ones are near-orthogonal, so none is "the" direction of a behaviour. */
export type MadeFrom =
  /** Mean activation of misaligned minus that of aligned answers (`docs/methods.md §5.1`). */
  | { readonly kind: "meanDifference" }
  /** Weights of a linear probe, from aligned to misaligned answers (`docs/methods.md §5.9`). */
  | { readonly kind: "probe" }
  /** The column that an adapter of rank 1 writes; its sign means nothing without that of A (`docs/methods.md §2.2`). */
  | { readonly kind: "B"; readonly modulePath: string };

/** A vector in the residual stream with where it is from: made at one step, after one layer, in one way. */
export interface Direction extends NamedDirection {
  /** Names the maker, and the layer where it makes more than one: `mean`, `probe`, `b2`. The same at every step. */
  readonly name: string;
  /** The stream after this layer, counted from 0; NaN where the module of a B names none. */
  readonly layer: number;
  readonly step: number;
  /** `[hiddenSize]`, of whatever length its maker gives it. */
  readonly vector: Float32Array;
  /** Length that strength 1 stands for when a model is steered along it, in the units of the residual stream. */
  readonly unit: number;
  readonly madeFrom: MadeFrom;
}

/** Layer and step at which a direction was measured. */
export interface DirectionPlace {
  readonly layer: number;
  readonly step: number;
}

/** Makes a direction of a mean difference: from aligned to misaligned answers, with the difference's own length. */
export function meanDifferenceDirection(
  { misalignmentDirection, norm }: Pick<MeanDifference, "misalignmentDirection" | "norm">,
  { layer, step }: DirectionPlace,
): Direction {
  const vector = misalignmentDirection.map((value) => value * norm);
  return {
    ...{ name: "mean", layer, step, vector },
    unit: euclideanNorm(vector),
    madeFrom: { kind: "meanDifference" },
  };
}

/**
 * Makes a direction of a probe: its weights, from aligned to misaligned answers.
 * @param unit the length of the mean difference there, so that the two compare. @default the weights' own length
 */
export function probeDirection(
  { weights }: Pick<Probe, "weights">,
  { layer, step }: DirectionPlace,
  unit = euclideanNorm(weights),
): Direction {
  return { name: "probe", layer, step, vector: weights, unit, madeFrom: { kind: "probe" } };
}

/**
 * Makes a direction of B, what an adapter of rank 1 writes; at higher ranks B's columns can be rotated into each other.
 * @param unit the length of a mean difference, so that the two compare. @default |scaling| · ‖B‖
 */
export function outputDirection(
  { modulePath, scaling, loraB }: Pick<LoraModule, "modulePath" | "scaling" | "loraB">,
  { layer, step }: DirectionPlace,
  unit = Math.abs(scaling) * euclideanNorm(loraB),
): Direction {
  const name = Number.isNaN(layer) ? "b" : `b${layer}`;
  return { name, layer, step, vector: loraB, unit, madeFrom: { kind: "B", modulePath } };
}
