import { type AdapterBank, adapterFeeds, bankKey } from "../weights/adapterBank.js";
import { CacheMasks } from "./cacheMasks.js";
import { CacheArrays } from "./cacheArrays.js";
import { generationProgram } from "./generationPrograms.js";
import { leftPadded, separatePrompts, sharePrompts } from "./promptRows.js";
import { RowPatches } from "./rowPatches.js";
import { endingShare, fewerRows } from "./fewerRows.js";
import type { Model } from "../model.js";
import { arrangeEdits, editFeeds, editsKey, type ResidualEdit } from "../hooks/residualEdits.js";
import { patchesKey, type ScalarPatch } from "../hooks/scalarPatches.js";
import { TokenChoice, type ChoiceOptions } from "./tokenChoice.js";
import type { TensorValues } from "../../tensor/tensorData.js";
import type { EditedTokens } from "./editedTokens.js";

/** Answer to draw. */
export interface GenerationRow {
  /** Token ids of the rendered prompt. */
  readonly promptIds: readonly number[];
  /** Name of the row's random stream: equal seed and name give equal draws, whatever else is in the batch. */
  readonly randomName: string;
  /**
   * What adapters are to have read at each token of the prompt and its answer, in place of what they read; the answer
   * ends where these do. Either all rows have scalars of the same adapters or none has any. @default none
   */
  readonly patches?: readonly ScalarPatch[];
}

/** Settings for drawing answers. */
export interface GenerationOptions extends ChoiceOptions {
  readonly maxNewTokens: number;
  /** Tokens that end an answer beside the model's own. @default none */
  readonly stopTokens?: readonly number[];
  /** Receives the tokens of every row so far, after each new one. */
  readonly onTokens?: (answers: readonly (readonly number[])[]) => void;
  /** Adapters of R replicas, or of one for all rows. @default none */
  readonly adapters?: AdapterBank;
  /**
   * Number of replicas R among which the rows are divided evenly, in order; the number of rows gives each row its own.
   * @default as many as there are adapters, else 1
   */
  readonly replicas?: number;
  /** Changes of the residual stream, of all rows or of those of one replica. @default none */
  readonly edits?: readonly ResidualEdit[];
  /**
   * Tokens at which the stream changes: all, the prompt's included, or those of the answer, so that the prompt is read
   * as without edits and the first token of the answer is drawn as without them. @default "all"
   */
  readonly editedTokens?: EditedTokens;
}

/** Part of a model that drawing answers needs. */
export interface GenerativeModel extends Pick<Model, "config" | "parameters" | "programs"> {
  readonly tokenizer: Pick<Model["tokenizer"], "paddingId" | "endIds">;
}

/** Multiple to which prompt lengths are rounded up, so that few shapes are compiled. */
const promptBucket = 4;
/** Slots by which the cache grows at a time: attention reads all of them, filled or not. */
const cacheGrowth = 16;

/**
 * Draws an answer for every row, all rows together with a key and value cache. A prompt that several rows of a replica
 * share is read once, unless scalars are replayed; once a share of the rows has ended, only the others go on.
 * @returns token ids of each answer, without the token that ended it; an answer that did not end within
 * `maxNewTokens` keeps all of them.
 * @throws TurncoatError for edits or scalars that do not fit
 */
export async function generate(
  model: GenerativeModel,
  rows: readonly GenerationRow[],
  options: GenerationOptions,
): Promise<number[][]> {
  if (rows.length === 0) return [];
  const { config, tokenizer } = model;
  const bank = options.adapters;
  const replicas = replicasOf(options, rows.length);
  const edits = arrangeEdits(config, options.edits ?? [], replicas);
  const promptEdits = options.editedTokens === "answer" ? [] : edits;
  const patches = new RowPatches(rows, bank);
  const choice = new TokenChoice(
    options,
    config.vocabularySize,
    rows.map(({ randomName }) => randomName),
  );
  const program = (batch: number, length: number, slots: number) => {
    const next = slots === 0 ? "probabilities" : choice.asked;
    const own = slots === 0 ? promptEdits : edits;
    const changesKey = `${bank === undefined ? "" : bankKey(bank)}:${editsKey(own)}:${patchesKey(patches.modules)}`;
    const changes = { adapters: bank, edits: own, patches: patches.modules };
    return model.programs.get(`generate:${batch}:${length}:${slots}:${next}:${changesKey}`, () =>
      generationProgram(model, { batch, length, cached: slots, next }, changes),
    );
  };
  const shared: Record<string, TensorValues> = {
    ...choice.fixedFeeds,
    ...(bank === undefined ? {} : adapterFeeds(bank)),
  };
  const promptsOfRows = rows.map(({ promptIds }) => promptIds);
  const prompts =
    patches.modules.length === 0 ? sharePrompts(promptsOfRows, replicas) : separatePrompts(promptsOfRows);
  const promptLength = roundUp(Math.max(...prompts.distinct.map(({ length }) => length)), promptBucket);
  let slots = roundUp(promptLength + 1, cacheGrowth);
  const cache = new CacheArrays(config, rows.length, slots);
  /** The rows that still run, and with them some that fill up their replica's share. */
  let running = rows.map((_, row) => row);
  /** Reads the prompts into the cache and draws the first tokens; the prompts' results are not kept any longer. */
  const readPrompts = async (): Promise<Int32Array> => {
    const prompt = await program(prompts.distinct.length, promptLength, 0);
    const padded = leftPadded(config, prompts.distinct, promptLength, tokenizer.paddingId);
    const changes = { ...editFeeds(promptEdits), ...patches.promptFeeds(promptLength) };
    const results = await prompt.run({ ...shared, ...changes, ...padded });
    cache.write(results, 0, promptLength, prompts.sources);
    return choice.chosen(results, running, prompts.sources);
  };
  let next = await readPrompts();
  const stepEdits = editFeeds(edits);
  const masks = new CacheMasks(
    config,
    rows.map(({ promptIds }) => promptIds.length),
    promptLength,
    slots,
  );

  const answers = rows.map((): number[] => []);
  const endIds = new Set([...tokenizer.endIds, ...(options.stopTokens ?? [])]);
  const ended = rows.map(() => false);
  const share = endingShare(model.parameters);
  for (let drawn = 0; ; drawn++) {
    for (const [place, row] of running.entries()) {
      const token = next[place] ?? 0;
      if (endIds.has(token)) ended[row] = true;
      if (ended[row] !== true) answers[row]?.push(token);
      if (drawn + 1 >= patches.mostTokens(row)) ended[row] = true;
    }
    options.onTokens?.(answers);
    if (drawn + 1 >= options.maxNewTokens || ended.every(Boolean)) {
      cache.release();
      return answers;
    }
    const kept = fewerRows(
      running.map((row) => ended[row] === true),
      replicas,
      share,
    );
    if (kept !== null) {
      running = kept.flatMap((place) => running[place] ?? []);
      next = Int32Array.from(kept, (place) => next[place] ?? 0);
      cache.keep(kept);
      masks.keep(kept);
    }
    const slot = promptLength + drawn;
    if (slot === slots) {
      slots += cacheGrowth;
      cache.grow(slots);
      masks.grow(slots);
    }
    const step = await program(running.length, 1, slots);
    const positions = Int32Array.from(running, (row) => (rows[row]?.promptIds.length ?? 0) + drawn);
    const results = await step.run({
      ...shared,
      ...stepEdits,
      ...patches.stepFeeds(running, positions),
      ...cache.arrays,
      ...masks.arrays,
      ...choice.feeds(running),
      tokens: next,
      positions,
    });
    cache.write(results, slot, 1);
    masks.advance();
    next = choice.chosen(results, running);
  }
}

/** Number of equal shares into which the rows fall. */
function replicasOf({ adapters, replicas }: GenerationOptions, rows: number): number {
  const ofAdapters = adapters?.replicas ?? 1;
  const found = replicas ?? ofAdapters;
  if (rows % found !== 0 || (ofAdapters !== 1 && ofAdapters !== found)) {
    throw new RangeError(`generate: ${rows} rows and ${ofAdapters} adapters do not fit ${found} replicas`);
  }
  return found;
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
