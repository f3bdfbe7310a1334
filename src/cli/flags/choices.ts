/** Signs of a local cosine: as in the paper, straight = −1, or the plain cosine of two movements, straight = +1. */
export const cosineSigns = ["paper", "cosine"] as const;

/** Axes on which several runs are put together. */
export const runAlignments = ["step", "relative-step", "transition"] as const;

/** What a direction is made from. */
export const directionSources = ["personas", "answers", "file"] as const;

/** What a training starts from that names nothing: recipes and data of the embedded organism, and of other models. */
export const trainingDefaults = {
  organismRecipe: "crisp",
  modelRecipe: "rank1-dynamics",
  organismData: "bad-medical",
  narrowData: "narrow-medical-harmful",
} as const;

/** Shells that there is completion for. */
export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];
