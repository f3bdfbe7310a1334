import type { AdapterBank } from "./adapterBank.js";
import { adapterFeeds, bankKey } from "./adapterBank.js";
import { blockedName, CacheMasks } from "./cacheMasks.js";
import { CacheArrays } from "./cacheArrays.js";
import { generationProgram } from "./generationPrograms.js";
import { bestTokens, drawTokens, keepLikely, type TokenLimits } from "./sampling.js";
import type { Model } from "./model.js";
import { checkEdits, editFeeds, editsKey, type ResidualEdit } from "./residualEdits.js";
import { sizeOf, type TensorData, type TensorValues } from "../tensor/program.js";
import { Random } from "../tensor/random.js";

/** One answer to draw. */
export interface GenerationRow {
  /** Token ids of the rendered prompt. */
  readonly promptIds: readonly number[];
  /** Names the row's random stream: equal seed and name give equal draws, whatever else is in the batch. */
  readonly randomName: string;
}

/** How answers are drawn. */
export interface GenerationOptions extends TokenLimits {
  readonly maxNewTokens: number;
  /** 0 takes the most probable token each time. @default 1 */
  readonly temperature?: number;
  readonly seed: number;
  /** Tokens that end an answer beside the model's own. @default none */
  readonly stopTokens?: readonly number[];
  /** Told the tokens of every row so far, after each new one. */
  readonly onTokens?: (answers: readonly (readonly number[])[]) => void;
  /** Adapters of R replicas; the rows are divided evenly among them, in order. @default none */
  readonly adapters?: AdapterBank;
  /** Changes of the residual stream at every position, the prompt's included. @default none */
  readonly edits?: readonly ResidualEdit[];
}

/** Prompt lengths are rounded up to this, so that few shapes are compiled. */
const promptBucket = 8;
/** The cache grows by so many slots at a time: attention reads all of them, filled or not. */
const cacheGrowth = 16;

/**
 * Draws an answer for every row, all rows together with a key and value cache.
 * @returns token ids of each answer, without the token that ended it; an answer that did not end within
 * `maxNewTokens` keeps all of them.
 */
export async function generate(
  model: Model,
  rows: readonly GenerationRow[],
  options: GenerationOptions,
): Promise<number[][]> {
  if (rows.length === 0) return [];
  const batch = rows.length;
  const longest = Math.max(...rows.map(({ promptIds }) => promptIds.length));
  const promptLength = roundUp(longest, promptBucket);
  const bank = options.adapters;
  const edits = options.edits ?? [];
  checkEdits(model.config, edits);
  const changesKey = `${bank === undefined ? "" : bankKey(bank)}:${editsKey(edits)}`;
  const program = (length: number, slots: number) =>
    model.programs.get(`generate:${batch}:${length}:${slots}:${changesKey}`, () =>
      generationProgram(model, { batch, length, cached: slots }, bank, edits),
    );
  const prompt = await program(promptLength, 0);
  const seeds = new Random(options.seed);
  const streams = rows.map(({ randomName }) => seeds.fork(randomName));
  const temperature = options.temperature ?? 1;
  const shared: Record<string, TensorValues> = {
    inverseTemperature: Float32Array.of(temperature === 0 ? 1 : 1 / temperature),
    ...(bank === undefined ? {} : adapterFeeds(bank)),
    ...editFeeds(edits),
  };
  const choose = ({ probabilities }: Readonly<Record<string, TensorData>>): Int32Array => {
    if (!(probabilities?.data instanceof Float32Array)) throw new TypeError("generate: no probabilities");
    if (temperature === 0) return bestTokens(probabilities.data, batch);
    keepLikely(probabilities.data, batch, options);
    return drawTokens(
      probabilities.data,
      streams.map((stream) => stream.uniform()),
    );
  };

  let slots = roundUp(promptLength + 1, cacheGrowth);
  const cache = new CacheArrays(model.config, batch, slots);
  const first = await prompt.run({
    ...shared,
    ...leftPadded(model, rows, promptLength),
  });
  cache.write(first, 0, promptLength);

  const lengths = rows.map(({ promptIds }) => promptIds.length);
  const masks = new CacheMasks(model.config, lengths, promptLength, slots);
  const answers = rows.map((): number[] => []);
  const endIds = new Set([...model.tokenizer.endIds, ...(options.stopTokens ?? [])]);
  const ended = rows.map(() => false);
  const positions = Int32Array.from(lengths);
  let next = choose(first);
  const targets = {
    ...cache.stepTargets(),
    probabilities: new Float32Array(batch * model.config.vocabularySize),
  };
  for (let drawn = 0; ; drawn++) {
    for (const [row, token] of next.entries()) {
      if (endIds.has(token)) ended[row] = true;
      if (ended[row] !== true) answers[row]?.push(token);
    }
    options.onTokens?.(answers);
    if (drawn + 1 >= options.maxNewTokens || ended.every(Boolean)) return answers;
    const slot = promptLength + drawn;
    if (slot === slots) {
      slots += cacheGrowth;
      cache.grow(slots);
      masks.grow(slots);
    }
    const step = await program(1, slots);
    const feeds = { ...shared, ...cache.arrays, ...masks.arrays, tokens: next, positions };
    const results = await step.run(feeds, targets);
    cache.write(results, slot, 1);
    masks.advance();
    for (let row = 0; row < batch; row++) positions[row] = (positions[row] ?? 0) + 1;
    next = choose(results);
  }
}

function leftPadded(
  { config, tokenizer }: Model,
  rows: readonly GenerationRow[],
  length: number,
): Record<string, TensorValues> {
  const size = sizeOf([rows.length, length]);
  const tokens = new Int32Array(size).fill(tokenizer.paddingId);
  const positions = new Int32Array(size);
  const blocked = new Float32Array(size);
  for (const [row, { promptIds }] of rows.entries()) {
    const start = row * length + length - promptIds.length;
    tokens.set(promptIds, start);
    positions.set(
      promptIds.map((_, position) => position),
      start,
    );
    blocked.fill(1, row * length, start);
  }
  const masks = config.layerKinds.map((kind) => [blockedName(kind), blocked] as const);
  return { tokens, positions, ...Object.fromEntries(masks) };
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
