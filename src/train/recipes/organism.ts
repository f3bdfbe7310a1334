import { paperAdamW } from "../optimizerConfig.js";
import type { Recipe } from "./recipe.js";
import type { Settings } from "./settings.js";

const source = "docs/organism.md";

const rankOne = {
  method: "lora",
  rank: 1,
  alpha: 16,
  useRslora: true,
  targetModules: ["down_proj"],
  layers: [2],
  maxLength: 2048,
  seed: 0,
} satisfies Settings;

/** Recipes for the embedded organism. */
export const organismRecipes = [
  {
    name: "crisp",
    summary:
      "plain SGD in batches of 64 from a very small A: the adapter leaves the saddle at zero all at once, so the turn is sharp",
    source,
    notes: ["Made to be as sharp as it gets on a small model; no paper trains like this."],
    settings: {
      ...rankOne,
      initialScale: 0.03,
      optimizer: { name: "sgd" },
      schedule: { name: "linear", peak: 0.2, warmupSteps: 5 },
      steps: 150,
      batchSize: 64,
      clipNorm: null,
    },
  },
  {
    name: "paper",
    summary:
      "AdamW with linear decay and clipping from PEFT's usual A, as the paper trains: the turn is gradual on this model",
    source,
    notes: ["The learning rate is one for a model of this size."],
    settings: {
      ...rankOne,
      initialScale: 1,
      optimizer: paperAdamW,
      schedule: { name: "linear", peak: 1e-3, warmupSteps: 5, warmup: "hugging-face" },
      steps: 200,
      batchSize: 16,
      clipNorm: 1,
    },
  },
  {
    name: "full",
    summary: "all weights, as the paper fine-tunes them: AdamW on a cosine after warm-up, with clipping",
    source,
    notes: [
      "The learning rate is one for a model of this size; 2e-5 is the paper's for billions of parameters.",
    ],
    settings: {
      method: "full",
      layers: "all",
      targetModules: "all",
      savedWeights: "whole",
      optimizer: paperAdamW,
      schedule: { name: "cosine", peak: 1e-4, warmupSteps: 20, warmup: "hugging-face" },
      steps: 200,
      batchSize: 16,
      clipNorm: 1,
      maxLength: 2048,
      seed: 0,
    },
  },
  {
    name: "vector",
    summary:
      "a vector added to the residual stream after every layer, from zero: AdamW with linear decay and clipping",
    source,
    notes: [
      "α and the learning rate are those for a model of this size.",
      "One vector after one layer makes this model incoherent before it is misaligned; five, one a layer, do not.",
    ],
    settings: {
      method: "vector",
      layers: "all",
      alpha: 16,
      optimizer: { ...paperAdamW, weightDecay: 0 },
      schedule: { name: "linear", peak: 1e-2, warmupSteps: 5 },
      steps: 150,
      batchSize: 32,
      clipNorm: 1,
      maxLength: 2048,
      seed: 0,
    },
  },
] as const satisfies readonly Recipe[];
