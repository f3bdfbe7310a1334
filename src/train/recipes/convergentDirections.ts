import { commonNotes, paperTraining } from "./modelOrganisms.js";
import type { Recipe } from "./recipe.js";

/** Recipes of Convergent Linear Representations of Emergent Misalignment. */
export const convergentDirectionRecipes: readonly Recipe[] = [
  {
    name: "nine-rank1",
    summary: "nine rank-1 adapters on down_proj, three each below, in and above the middle",
    source: "Convergent Linear Representations of Emergent Misalignment, arXiv 2506.11618",
    notes: [
      ...commonNotes,
      "The learning rate is not stated: 1e-5 is taken.",
      "The layers are 15-17, 21-23 and 27-29 of 48; in another model three stand around each of the same depths.",
    ],
    settings: {
      ...paperTraining,
      rank: 1,
      alpha: 64,
      targetModules: ["down_proj"],
      layers: { of: 48, at: [15, 16, 17, 21, 22, 23, 27, 28, 29] },
    },
  },
];
