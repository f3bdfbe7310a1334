import type { ModelConfig } from "../../src/model/config/modelConfig.js";
import {
  projectionFeatures,
  projectionPath,
  type ProjectionName,
} from "../../src/model/config/parameters.js";

/**
 * Floating-point operations that a workload cannot do without, a multiplication and an addition counting as
 * two. Padding, recomputation, element-wise work and normalisation count as nothing, so the rates derived from
 * these are comparable between engines but below what the processor does.
 */

/** Counts the multiplications by weights of one block, for one token. */
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

/**
 * Counts the operations of scores and mixed values of one block, over `pairs` pairs of a query with a key it may see.
 */
function blockAttention({ heads, headDimension }: ModelConfig, pairs: number): number {
  return 4 * heads * headDimension * pairs;
}

/** Modules that a training step trains, and the tokens that it trains them on. */
export interface TrainedStep {
  readonly modulePaths: readonly string[];
  readonly rank: number;
  /** Pass over the data: in the second the sublayers below the lowest adapted module are known. */
  readonly pass: 1 | 2;
  /** Number of tokens of each row, without padding. */
  readonly lengths: readonly number[];
  /** Number of tokens whose successors the loss is about, over all rows. */
  readonly answers: number;
}

/** Projections of a block in the order of the data, those side by side together. */
const stages: readonly (readonly ProjectionName[])[] = [
  ["q_proj", "k_proj", "v_proj"],
  ["o_proj"],
  ["gate_proj", "up_proj"],
  ["down_proj"],
];

/** Projections of the last block that answers alone need; keys and values are for all. */
const forAnswers: readonly ProjectionName[] = ["q_proj", "o_proj", "gate_proj", "up_proj", "down_proj"];

/**
 * One step of adapters: the forward pass, from the lowest adapted sublayer on in the second pass over the data; the
 * backward pass through all that lies above the lowest adapted modules, for activations only (frozen weights need
 * no gradient) and with twice the attention; and each adapter's two products forward, three or four backward. Of
 * the last block and the output projection only the rows whose successors the loss is about are counted, but for keys
 * and values.
 */
export function stepWork(config: ModelConfig, step: TrainedStep): number {
  const { modulePaths, rank, pass, lengths, answers } = step;
  const tokens = lengths.reduce((sum, length) => sum + length, 0);
  const pairs = lengths.reduce((sum, length) => sum + (length * (length + 1)) / 2, 0);
  const all = Array.from({ length: config.layers }, (_, layer) => layer).flatMap((layer) =>
    stages.flatMap((names, stage) => names.map((name) => ({ layer, stage, name }))),
  );
  const isAdapted = ({ layer, name }: { layer: number; name: ProjectionName }) =>
    modulePaths.includes(projectionPath(layer, name));
  const place = ({ layer, stage }: { layer: number; stage: number }) => stages.length * layer + stage;
  const lowest = Math.min(...all.filter(isAdapted).map(place));
  const known = pass === 1 ? 0 : lowest - (lowest % 2);
  let work = 4 * answers * config.hiddenSize * config.vocabularySize;
  for (const projection of all) {
    const { layer, name } = projection;
    const { inFeatures, outFeatures } = projectionFeatures(config, name);
    const rows = layer === config.layers - 1 && forAnswers.includes(name) ? answers : tokens;
    const isForward = place(projection) >= known;
    const isBackward = place(projection) > lowest;
    const product = 2 * rows * inFeatures * outFeatures;
    work += (Number(isForward) + Number(isBackward)) * product;
    if (!isAdapted(projection)) continue;
    work += 2 * rows * rank * (2 * inFeatures + 3 * outFeatures + (isBackward ? inFeatures : 0));
  }
  for (let layer = 0; layer < config.layers; layer++) {
    const start = stages.length * layer;
    const share = layer === config.layers - 1 ? answers / tokens : 1;
    work += (Number(start >= known) + 2 * Number(start >= lowest)) * share * blockAttention(config, pairs);
  }
  return work;
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
