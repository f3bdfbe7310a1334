/** Norms that solutions can be held at: that of the update, and that of the trained parameters. */
export const landscapeNorms = ["update", "parameters"] as const;
/** Norm that solutions are held at: see `landscapeNorms`. */
export type LandscapeNorm = (typeof landscapeNorms)[number];

/** What solutions were trained as: LoRA adapters, or vectors of the residual stream. */
export type TrainedKind = "adapters" | "vectors";

/** Multiples of the paper: 0 to 2 by 0.1. */
export const usualMultiples: readonly number[] = Array.from({ length: 21 }, (_, index) => index / 10);

/** Sizes of the noise in the paper. */
export const usualEpsilons: readonly number[] = [0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];
