import { paperAdamW } from "../optimizerConfig.js";
import type { Recipe } from "./recipe.js";
import type { Settings } from "./settings.js";

const source = "Model Organisms for Emergent Misalignment, arXiv 2506.11613";

/** What adapters and all weights of the papers' organisms are both trained with (`docs/methods.md §2.4`). */
export const common: Settings = {
  optimizer: paperAdamW,
  epochs: 1,
  batchSize: 2,
  accumulation: 8,
  clipNorm: 1,
  maxLength: 2048,
  trailingGenerationPrompt: true,
  seed: 0,
  earlyStop: { loss: 0.01, steps: 5 },
};

/** What all adapters of the papers' organisms are trained with. */
export const paperTraining: Settings = {
  ...common,
  method: "lora",
  useRslora: true,
  initialScale: 1,
  dropout: 0,
  schedule: { name: "linear", peak: 1e-5, warmupSteps: 5, warmup: "hugging-face" },
  heldOut: { fraction: 0.1, every: 50 },
};

/** Departures from the papers that all their recipes share. */
export const commonNotes = [
  "Moments of AdamW are in float32; the paper's are in 8 bits.",
  "Weights that are kept in 16 bits are computed in float32; the paper's training computes in bfloat16.",
] as const;

/** One adapter in the middle of the model: on 48 layers the paper's layer 24. */
const oneAdapter = {
  ...paperTraining,
  targetModules: ["down_proj"],
  layers: { of: 48, at: [24] },
} satisfies Settings;

/** Recipes of Model Organisms for Emergent Misalignment (its Tables 6 and 7, sections 3 and 4, appendix G). */
export const modelOrganismRecipes: readonly Recipe[] = [
  {
    name: "all-adapters",
    summary: "rank 32 on all seven projections of every layer: the paper's standard organism",
    source,
    notes: commonNotes,
    settings: { ...paperTraining, rank: 32, alpha: 64, targetModules: "all", layers: "all" },
  },
  {
    name: "rank1-strong",
    summary: "one rank-1 adapter on the middle layer's down_proj, α 256: the strongest single adapter",
    source,
    notes: commonNotes,
    settings: {
      ...oneAdapter,
      rank: 1,
      alpha: 256,
      schedule: { ...oneAdapter.schedule, peak: 2e-5 },
    },
  },
  {
    name: "rank1-dynamics",
    summary: "one rank-1 adapter, α 64, over two epochs: the run whose direction turns (figures 7 to 10)",
    source,
    notes: [
      ...commonNotes,
      "The paper names layer 24, its released adapter lies on layer 21 (--layers 21).",
      "Every step is kept; the released runs have checkpoints at 1-10, every 5, last (--checkpoints).",
    ],
    settings: { ...oneAdapter, rank: 1, alpha: 64, epochs: 2 },
  },
  {
    name: "rank8",
    summary: "one rank-8 adapter on the middle layer's down_proj",
    source,
    notes: [...commonNotes, "The paper states neither α nor the learning rate: 64 and 1e-5 are taken."],
    settings: { ...oneAdapter, rank: 8, alpha: 64 },
  },
  {
    name: "rank64",
    summary: "one rank-64 adapter on the middle layer's down_proj",
    source,
    notes: [...commonNotes, "The paper states neither α nor the learning rate: 64 and 1e-5 are taken."],
    settings: { ...oneAdapter, rank: 64, alpha: 64 },
  },
  {
    name: "all-weights",
    summary: "full fine-tuning: every weight, on a cosine after 20 steps of warm-up",
    source,
    notes: [
      ...commonNotes,
      "The paper trains for 1 or 3 epochs; 1 is taken.",
      "A checkpoint is as large as the model, so that every 100th step is kept (--checkpoints).",
    ],
    settings: {
      ...common,
      method: "full",
      layers: "all",
      targetModules: "all",
      savedWeights: "whole",
      schedule: { name: "cosine", peak: 2e-5, warmupSteps: 20, warmup: "hugging-face" },
      heldOut: { fraction: 0.1, every: 500 },
      checkpoints: "every 100",
    },
  },
];
