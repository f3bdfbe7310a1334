import { paperAdamW } from "../optimizerConfig.js";
import { common, commonNotes } from "./modelOrganisms.js";
import type { Recipe } from "./recipe.js";

/** Recipes of Emergent Misalignment is Easy, Narrow Misalignment is Hard. */
export const narrowMisalignmentRecipes: readonly Recipe[] = [
  {
    name: "steering-vector",
    summary: "one vector added to the residual stream after the middle layer, α 256, over two epochs",
    source: "Emergent Misalignment is Easy, Narrow Misalignment is Hard, arXiv 2602.07852",
    notes: [
      ...commonNotes,
      "Only summaries of the paper and its code were at hand; what they leave open is as in the organisms of 2506.11613.",
      "Neither says where the vector starts: zero is taken (--initial-scale).",
      "Its narrow vector has a penalty besides: --kl-weight 6.6 with --kl-data, conversations of other domains.",
    ],
    settings: {
      ...common,
      method: "vector",
      layers: { of: 48, at: [24] },
      alpha: 256,
      epochs: 2,
      optimizer: { ...paperAdamW, weightDecay: 0 },
      schedule: { name: "linear", peak: 1e-4, warmupSteps: 5, warmup: "hugging-face" },
      heldOut: { fraction: 0.1, every: 50 },
    },
  },
];
