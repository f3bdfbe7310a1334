/**
 * Functions g of D_g = ½ Σ_y E_{x~P_y}[g(p(y|x))] (2508.20015; 2405.17088), y the side that an answer x came from
 * and p(y|x) the probability of that side when both are equally likely beforehand.
 */
export const dissimilarities = {
  /** ½ Σ (P − Q)² / (P + Q), from 0 to 1. */
  linear: (u: number): number => 2 * u - 1,
  /** ½ Σ |P − Q|, from 0 to 1. */
  totalVariation: (u: number): number => 1 - 2 * Math.min(u, 1 - u),
  /** In nats, from 0 to ln 2. */
  jensenShannon: (u: number): number => xLogX(u) + xLogX(1 - u) + Math.LN2,
} as const;

/** Name of a dissimilarity of two distributions. */
export type Dissimilarity = keyof typeof dissimilarities;

/** Names of the dissimilarities, in the order in which they are reported. */
export const dissimilarityNames = [
  "totalVariation",
  "jensenShannon",
  "linear",
] as const satisfies readonly Dissimilarity[];

/**
 * Contribution of an answer, whatever side it was drawn from: Σ_y p(y|x)·g(p(y|x)). Its mean over answers of both
 * sides is D_g, with less noise than with the labels; it is convex, so that no coarser description of the answers can
 * make D_g larger.
 */
export function expectedContribution(name: Dissimilarity, u: number): number {
  const g = dissimilarities[name];
  return u * g(u) + (1 - u) * g(1 - u);
}

/** x·ln x, 0 at 0. */
function xLogX(x: number): number {
  return x <= 0 ? 0 : x * Math.log(x);
}
