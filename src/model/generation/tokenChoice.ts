import { Random } from "../../tensor/random.js";
import type { TensorData, TensorValues } from "../../tensor/tensorData.js";
import type { NextTokens } from "./generationPrograms.js";
import { bestTokens, drawTokens, keepLikely, type TokenLimits } from "./sampling.js";
import { mostBelowOne } from "./tokenDraws.js";

/** Settings for choosing tokens. */
export interface ChoiceOptions extends TokenLimits {
  /** Sampling temperature; 0 takes the most probable token each time. @default 1 */
  readonly temperature?: number;
  readonly seed: number;
}

/**
 * Chooser of the next tokens of rows, each with random numbers of its own.
 *
 * Programs choose where they can: ONNX Runtime's Node binding copies what comes out of a program into new arrays, and
 * probabilities of all tokens are most of it. Here it is done where some tokens are ruled out, and after the prompt,
 * whose probabilities several rows may share.
 */
export class TokenChoice {
  /** Result that the program of one more token has to give. */
  readonly asked: NextTokens;
  readonly #options: ChoiceOptions;
  readonly #vocabularySize: number;
  readonly #streams: readonly Random[];

  /** @param randomNames the name of each row's random stream */
  constructor(options: ChoiceOptions, vocabularySize: number, randomNames: readonly string[]) {
    const { topK = Infinity, topP = 1, temperature = 1 } = options;
    const limited = topK < vocabularySize || topP < 1;
    this.asked = temperature === 0 ? "best" : limited ? "probabilities" : "drawn";
    this.#options = options;
    this.#vocabularySize = vocabularySize;
    const seeds = new Random(options.seed);
    this.#streams = randomNames.map((name) => seeds.fork(name));
  }

  /** Inputs of programs that stay equal for every token. */
  get fixedFeeds(): Record<string, TensorValues> {
    const { temperature = 1 } = this.#options;
    return { inverseTemperature: Float32Array.of(temperature === 0 ? 1 : 1 / temperature) };
  }

  /** Makes the inputs of the program of one more token of some rows. */
  feeds(rows: readonly number[]): Record<string, TensorValues> {
    if (this.asked !== "drawn") return {};
    // A number has 32 random bits, of which float32 would round the largest to 1.
    return {
      uniform: Float32Array.from(this.#uniform(rows), (value) => Math.min(value, mostBelowOne)),
    };
  }

  /**
   * Chooses the next token of each of some rows.
   * @param results of a program
   * @param sources for each of the rows, the row of the probabilities that it takes. @default its place
   */
  chosen(
    { tokens, probabilities }: Readonly<Record<string, TensorData>>,
    rows: readonly number[],
    sources: readonly number[] = rows.map((_, place) => place),
  ): Int32Array {
    if (tokens?.data instanceof Int32Array) return tokens.data;
    if (!(probabilities?.data instanceof Float32Array)) throw new TypeError("generate: no probabilities");
    const rowCount = probabilities.data.length / this.#vocabularySize;
    if (this.#options.temperature === 0) {
      const best = bestTokens(probabilities.data, rowCount);
      return Int32Array.from(sources, (source) => best[source] ?? 0);
    }
    keepLikely(probabilities.data, rowCount, this.#options);
    return drawTokens(probabilities.data, {
      sources,
      uniform: this.#uniform(rows),
      vocabularySize: this.#vocabularySize,
    });
  }

  #uniform(rows: readonly number[]): number[] {
    return rows.map((row) => this.#streams[row]?.uniform() ?? 0);
  }
}
