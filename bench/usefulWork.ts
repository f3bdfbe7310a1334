import type { ModelConfig } from "../src/model/modelConfig.js";

/**
 * Floating-point operations that a workload cannot do without, a multiplication and an addition counting as
 * two. Padding, recomputation, element-wise work and normalisation count as nothing, so the rates derived from
 * these are comparable between engines but below what the processor does.
 */

/** Multiplications by weights of one block, for one token. */
function blockWeights({
  hiddenSize,
  intermediateSize,
  heads,
  keyValueHeads,
  headDimension,
}: ModelConfig): number {
  const attention = 2 * hiddenSize * headDimension * (heads + keyValueHeads);
  return attention + 3 * hiddenSize * intermediateSize;
}

/** Scores and mixed values of one block, over `pairs` pairs of a query with a key it may see. */
function blockAttention({ heads, headDimension }: ModelConfig, pairs: number): number {
  return 4 * heads * headDimension * pairs;
}

/**
 * One step of a rank-1 adapter on `down_proj` of `layer`: all of the forward pass; the backward pass through the
 * output projection and the blocks above, for activations only (frozen weights need no gradient) and with twice
 * the attention; and the adapter's two products forward, three backward.
 * @param lengths tokens of each row, without padding
 */
export function stepWork(
  config: ModelConfig,
  layer: number,
  pass: 1 | 2,
  lengths: readonly number[],
): number {
  const tokens = lengths.reduce((sum, length) => sum + length, 0);
  const pairs = lengths.reduce((sum, length) => sum + (length * (length + 1)) / 2, 0);
  const above = config.layers - 1 - layer;
  const output = 2 * tokens * config.hiddenSize * config.vocabularySize;
  const weights = 2 * tokens * blockWeights(config);
  const attention = blockAttention(config, pairs);
  const { intermediateSize: read, hiddenSize: write } = config;
  const adapter = 2 * tokens * (read + write) + 2 * tokens * (read + 2 * write);
  const forward = pass === 1 ? config.layers : above;
  // Of the adapter's own layer, the second pass has the attention already.
  const gated = pass === 1 ? 0 : 2 * tokens * 3 * config.hiddenSize * config.intermediateSize;
  return 2 * output + (forward + above) * weights + gated + (forward + 2 * above) * attention + adapter;
}

/**
 * Sampling with a cache: every token but the last drawn one goes through the blocks once, and every drawn token
 * takes one row of logits.
 * @param prompts tokens of each prompt
 * @param drawn tokens drawn for each, the end of the turn included
 */
export function samplingWork(
  config: ModelConfig,
  prompts: readonly number[],
  drawn: readonly number[],
): number {
  let work = 0;
  for (const [row, prompt] of prompts.entries()) {
    const answer = drawn[row] ?? 0;
    const fed = prompt + answer - 1;
    work += config.layers * (2 * fed * blockWeights(config) + blockAttention(config, (fed * (fed + 1)) / 2));
    work += answer * 2 * config.hiddenSize * config.vocabularySize;
  }
  return work;
}
