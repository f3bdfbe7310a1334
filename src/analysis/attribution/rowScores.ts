import { innerProduct } from "../linalg/innerProduct.js";
import type { ScoreKind } from "./attributionRecord.js";

/** Vectors over the trained numbers that gradients are held against; null where there is none. */
export type ScoreReferences = Readonly<Record<ScoreKind, Float32Array | null>>;

/**
 * Scores of one row (`docs/methods.md §8.8`). All are positive where a step down the row's own gradient does what
 * is asked after: −⟨g, ΔB⟩ and −⟨g, v⟩, since a step goes against the gradient; ⟨g, g_broad⟩ is how fast such a step
 * lowers the other loss (2002.08484).
 *
 * @param gradient of the row's loss, over the trained numbers
 * @param references ΔB and the direction laid out over the trained numbers, 0 elsewhere; mean gradients of broad answers
 */
export function rowScores(
  gradient: Float32Array,
  references: ScoreReferences,
): Readonly<Record<ScoreKind, number>> {
  const product = (reference: Float32Array | null): number =>
    reference === null ? NaN : innerProduct(gradient, reference);
  return {
    along: -product(references.along),
    broad: product(references.broad),
    contrast: product(references.contrast),
    direction: -product(references.direction),
  };
}
