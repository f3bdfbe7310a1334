/**
 * Finds the layer a module belongs to: 24 for `model.layers.24.mlp.down_proj`; `null` where the path has none.
 * GPT-2 and its kin say `h`, vision and encoder models `layer` or `blocks`.
 */
export function layerOf(modulePath: string): number | null {
  const match = /(?:^|\.)(?:layers|layer|blocks|h)\.(\d+)(?:\.|$)/.exec(modulePath);
  return match?.[1] === undefined ? null : Number(match[1]);
}

/** Compares module paths so that `layers.2` comes before `layers.10`. */
export function compareModulePaths(one: string, other: string): number {
  const ones = one.split(".");
  const others = other.split(".");
  for (let index = 0; index < Math.min(ones.length, others.length); index++) {
    const difference = compareParts(ones[index] ?? "", others[index] ?? "");
    if (difference !== 0) return difference;
  }
  return ones.length - others.length;
}

function compareParts(one: string, other: string): number {
  if (/^\d+$/.test(one) && /^\d+$/.test(other)) return Number(one) - Number(other);
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
