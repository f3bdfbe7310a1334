import type { Model } from "../model.js";
import { CacheArrays } from "./cacheArrays.js";
import { CacheMasks } from "./cacheMasks.js";
import { generationProgram } from "./generationPrograms.js";
import { leftPadded } from "./promptRows.js";

/** Multiple to which prompt lengths are rounded up, so that few shapes are compiled. */
const promptBucket = 32;
/** Multiple to which the number of continuations is rounded up. */
const rowBucket = 5;
/** Room for continuations behind the prompt. */
const roomForTokens = 16;

/** A prompt that was read, for asking what may follow it. */
export interface ReadPrompt {
  /** Probability of each token as the first one after the prompt: [vocabularySize]. */
  readonly next: Float32Array;
  /**
   * Computes the probability of each token after the prompt and some tokens more, without reading the prompt again.
   * @param continuations token ids, all of one length from 1 to 16; they run together
   * @returns [vocabularySize] for each
   */
  after(continuations: readonly (readonly number[])[]): Promise<Float32Array[]>;
}

/** Reads a prompt into a cache of keys and values, once for everything that is asked about what follows it. */
export async function readPrompt(
  model: Pick<Model, "config" | "parameters" | "programs"> & {
    readonly tokenizer: Pick<Model["tokenizer"], "paddingId">;
  },
  promptIds: readonly number[],
): Promise<ReadPrompt> {
  const { config } = model;
  const inverseTemperature = Float32Array.of(1);
  const promptLength = Math.ceil(promptIds.length / promptBucket) * promptBucket;
  const program = (batch: number, length: number, cached: number) =>
    model.programs.get(`continuations:${batch}:${length}:${cached}`, () =>
      generationProgram(model, { batch, length, cached, next: "probabilities" }),
    );
  const read = await (
    await program(1, promptLength, 0)
  ).run({ inverseTemperature, ...leftPadded(config, [promptIds], promptLength, model.tokenizer.paddingId) });
  const slots = promptLength + roomForTokens;
  return {
    next: probabilitiesOf(read.probabilities?.data, 1)[0] ?? new Float32Array(0),
    after: async (continuations) => {
      const [{ length: tokens } = []] = continuations;
      if (tokens < 1 || tokens > roomForTokens || continuations.some(({ length }) => length !== tokens)) {
        throw new RangeError("prompt continuations: expected one length from 1 to 16 for all");
      }
      const rows = Math.ceil(continuations.length / rowBucket) * rowBucket;
      const rowOf = Array.from({ length: rows }, (_, row) => continuations[row] ?? continuations[0] ?? []);
      const cache = new CacheArrays(config, rows, slots);
      cache.write(read, 0, promptLength, new Array<number>(rows).fill(0));
      const lengths = new Array<number>(rows).fill(promptIds.length);
      const masks = new CacheMasks(config, lengths, promptLength, slots);
      const step = await program(rows, 1, slots);
      for (let place = 0; ; place++) {
        const results = await step.run({
          inverseTemperature,
          ...cache.arrays,
          ...masks.arrays,
          tokens: Int32Array.from(rowOf, (each) => each[place] ?? 0),
          positions: new Int32Array(rows).fill(promptIds.length + place),
        });
        if (place + 1 === tokens) {
          cache.release();
          return probabilitiesOf(results.probabilities?.data, rows).slice(0, continuations.length);
        }
        cache.write(results, promptLength + place, 1);
        masks.advance();
      }
    },
  };
}

function probabilitiesOf(data: unknown, rows: number): Float32Array[] {
  if (!(data instanceof Float32Array)) throw new Error("prompt continuations: no probabilities");
  const width = data.length / rows;
  return Array.from({ length: rows }, (_, row) => data.slice(row * width, (row + 1) * width));
}
