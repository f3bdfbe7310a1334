/** Ways to take a direction out of the residual stream: each layer's own after it; one after all layers; one after its own. */
export const ablationWays = ["each-layer", "all-layers", "layer"] as const;
/** Way to take a direction out: see `ablationWays`. */
export type AblationWay = (typeof ablationWays)[number];
