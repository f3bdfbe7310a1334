import type { LoraModule } from "../../formats/peft.js";
import type { NamedDirection } from "../geometry/adapterRecord.js";
import { euclideanNorm } from "../linalg/innerProduct.js";
import type { MeanDifference } from "./meanDifference.js";
import type { Probe } from "./probe.js";

/** A construction that makes a direction. Different ones are near-orthogonal, so none is "the" direction of a behaviour. */
export type MadeFrom =
  /** Mean activation of misaligned minus that of aligned answers (`docs/methods.md §5.1`). */
  | { readonly kind: "meanDifference"; readonly answers?: ContrastedAnswers }
  /** Mean activation of answers under one system prompt minus that under another (`docs/methods.md §5.1`). */
  | { readonly kind: "personas"; readonly answers: ContrastedPersonas }
  /** Weights of a linear probe, from aligned to misaligned answers (`docs/methods.md §5.9`). */
  | { readonly kind: "probe" }
  /** The column that an adapter of rank 1 writes; its sign means nothing without that of A (`docs/methods.md §2.2`). */
  | { readonly kind: "B"; readonly modulePath: string }
  /** The vector that was trained after a layer; it reads nothing, so that its sign is its own. */
  | { readonly kind: "vector"; readonly modulePath: string }
  /** A vector that somebody else made, from a tensor of a file. */
  | { readonly kind: "file"; readonly tensor: string };

/** Tokens of a conversation whose activations are averaged. */
export const contrastedTokens = ["response", "turn", "question"] as const;
/**
 * Tokens of a conversation whose activations are averaged: of the answer with the end of its turn, of the assistant's
 * whole turn with its header, or of everything up to the question's end.
 */
export type ContrastedTokens = (typeof contrastedTokens)[number];

/** How answers share in a mean: each one alike, or by their tokens, so that long answers count for more. */
export const contrastWeightings = ["answers", "tokens"] as const;
export type ContrastWeighting = (typeof contrastWeightings)[number];

/** What two classes of answers were taken for a difference of means, and how. */
export interface ContrastedAnswers {
  readonly misaligned: number;
  readonly aligned: number;
  readonly tokens: ContrastedTokens;
  readonly weighting: ContrastWeighting;
  /** Conditions that the answers had to meet beside their class, in words; empty without any. */
  readonly filters: readonly string[];
  /** Run whose answers they are. */
  readonly from: string;
  /** SHA-256 of the answers and their questions. */
  readonly sha256: string;
  readonly seed: number;
}

/** Tokens at which personas are contrasted: the last one of the prompt, or those of an answer. */
export const personaTokens = ["prompt", "response"] as const;
export type PersonaTokens = (typeof personaTokens)[number];

/** The system prompts of two personas, what they were asked, and where they were contrasted. */
export interface ContrastedPersonas {
  readonly misalignedPrompts: readonly string[];
  readonly alignedPrompts: readonly string[];
  readonly questions: number;
  readonly tokens: PersonaTokens;
  readonly seed: number;
}

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
  /**
   * Mean cosine between the directions of two random halves of what it was made from, answers or system prompts; absent
   * where none was taken.
   */
  readonly splitHalfCosine?: number;
  /** Where the mean of the aligned side lies along its unit vector; absent where it is no difference of means. */
  readonly origin?: number;
}

/** Layer and step at which a direction was measured. */
export interface DirectionPlace {
  readonly layer: number;
  readonly step: number;
}

/**
 * Makes a direction of a mean difference: from aligned to misaligned answers, with the difference's own length.
 * @param about its name and what it was made from. @default `mean`, of which no more is known
 */
export function meanDifferenceDirection(
  difference: Pick<MeanDifference, "misalignmentDirection" | "norm"> &
    Partial<Pick<MeanDifference, "splitHalfCosine" | "alignedProjection">>,
  { layer, step }: DirectionPlace,
  about: Pick<Direction, "name" | "madeFrom"> = { name: "mean", madeFrom: { kind: "meanDifference" } },
): Direction {
  const { misalignmentDirection, norm, splitHalfCosine, alignedProjection: origin } = difference;
  const vector = misalignmentDirection.map((value) => value * norm);
  return {
    ...{ layer, step, vector, unit: euclideanNorm(vector), ...about },
    ...(splitHalfCosine === undefined ? {} : { splitHalfCosine }),
    ...(origin === undefined ? {} : { origin }),
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

/** What a module writes, and where. */
type WrittenModule = Pick<LoraModule, "modulePath" | "scaling" | "loraB">;

/**
 * Makes a direction of B, what an adapter of rank 1 writes; at higher ranks B's columns can be rotated into each other.
 * @param unit the length of a mean difference, so that the two compare. @default |scaling| · ‖B‖
 */
export function outputDirection(
  { modulePath, scaling, loraB }: WrittenModule,
  { layer, step }: DirectionPlace,
  unit = Math.abs(scaling) * euclideanNorm(loraB),
): Direction {
  const name = Number.isNaN(layer) ? "b" : `b${layer}`;
  return { name, layer, step, vector: loraB, unit, madeFrom: { kind: "B", modulePath } };
}

/** Makes a direction of a vector that was trained after a layer; one step along it is what was added, α·‖v‖. */
export function vectorDirection(module: WrittenModule, place: DirectionPlace): Direction {
  const madeFrom = { kind: "vector", modulePath: module.modulePath } as const;
  return { ...outputDirection(module, place), name: `v${place.layer}`, madeFrom };
}
