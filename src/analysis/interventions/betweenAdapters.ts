import type { LoraModule } from "../../formats/peft.js";

/**
 * Puts the updates of two adapters together, (1 − t)·ΔW₁ + t·ΔW₂, exactly: their matrices A stand one above the other,
 * their B side by side, each times its share and scaling, so that the rank is the sum of both (2511.02022;
 * `docs/methods.md §6.6`). t below 0 and above 1 goes beyond. A module that one of them lacks has the other's rank.
 */
export function betweenAdapters(
  one: readonly LoraModule[],
  other: readonly LoraModule[],
  t: number,
): LoraModule[] {
  const own = new Map(one.map((module) => [module.modulePath, [shared(module, 1 - t)]]));
  for (const module of other) {
    const parts = own.get(module.modulePath) ?? [];
    own.set(module.modulePath, [...parts, shared(module, t)]);
  }
  return [...own.values()].map((parts) => parts.reduce(stacked));
}

/** A module whose B holds its share and scaling. */
function shared(module: LoraModule, share: number): LoraModule {
  const factor = share * module.scaling;
  return { ...module, scaling: 1, loraB: module.loraB.map((value) => factor * value) };
}

/** Two modules of scaling 1 as one: A [r₁ + r₂, inFeatures], B [outFeatures, r₁ + r₂]. */
function stacked(one: LoraModule, other: LoraModule): LoraModule {
  const rank = one.rank + other.rank;
  const loraB = new Float32Array(one.outFeatures * rank);
  for (let row = 0; row < one.outFeatures; row++) {
    loraB.set(one.loraB.subarray(row * one.rank, (row + 1) * one.rank), row * rank);
    loraB.set(other.loraB.subarray(row * other.rank, (row + 1) * other.rank), row * rank + one.rank);
  }
  return { ...one, rank, loraA: Float32Array.from([...one.loraA, ...other.loraA]), loraB };
}
