import pLimit from "p-limit";
import { TurncoatError } from "../../errors.js";
import { KeyRefused } from "../../endpoint/httpEndpoint.js";
import type { AskedQuestion } from "../../evaluate/judge/judge.js";
import { JudgeCache } from "../../evaluate/judge/judgeCache.js";
import { openLlmJudge, type LlmJudge, type LlmJudgeOptions } from "../../evaluate/judge/llmJudge.js";
import type { Readout } from "../../evaluate/judge/readouts.js";
import type { AnswerJudge, AnswerScorer } from "./answerJudge.js";

export interface PlaygroundJudgeOptions extends Omit<LlmJudgeOptions, "signal" | "shared"> {
  /** Most answers, of all readers together, that may wait for their scores. @default 256 */
  readonly waiting?: number;
}

/** Most replies held in memory: a long-lived server must not grow with what its readers ask. */
const repliesKept = 20_000;

/**
 * A language model behind an endpoint that judges what the playground's models say. All readers share its cache and
 * the requests that may be under way at once. Each question has a judge of its own, so that a failure or a reader who
 * leaves ends the requests of that question alone; only a refused key ends all that come later.
 */
export class PlaygroundJudge implements AnswerJudge {
  /** Name of the judge's model at the endpoint. */
  readonly name: string;
  readonly #options: LlmJudgeOptions;
  readonly #waiting: number;
  /** Way of reading scores, found out by the first question. */
  #readout: Readout | undefined;
  #refused: KeyRefused | null = null;
  /** Answers that have no scores yet. */
  #underWay = 0;

  private constructor({ waiting = 256, ...options }: PlaygroundJudgeOptions) {
    const { cachePath = null, concurrency = 8 } = options;
    this.name = options.model;
    this.#waiting = waiting;
    this.#readout = options.readout;
    this.#options = {
      laterHint: "The answers stand; ask again in a while.",
      ...options,
      shared: { cache: JudgeCache.open(cachePath, repliesKept), limit: pLimit(concurrency) },
    };
  }

  /**
   * Opens a judge, and checks what can be checked without a request: the endpoint may be started later.
   *
   * @throws TurncoatError for an address, a key, a metric or a cache that cannot be used
   */
  static async open(options: PlaygroundJudgeOptions): Promise<PlaygroundJudge> {
    const judge = new PlaygroundJudge(options);
    // Where the way of reading scores is given, nothing is asked.
    await openLlmJudge({ ...judge.#options, readout: options.readout ?? "number" });
    return judge;
  }

  /**
   * Makes a scorer of the answers to one question, which works until the signal ends it. The scorer rejects with a
   * TurncoatError where the endpoint fails or too many answers wait.
   */
  scorer(question: AskedQuestion, signal: AbortSignal): AnswerScorer {
    let opening: Promise<LlmJudge> | undefined;
    return async (answer) => {
      signal.throwIfAborted();
      if (this.#refused !== null) throw this.#refused;
      if (this.#underWay >= this.#waiting) {
        throw new TurncoatError(`${this.#underWay} answers are waiting for the judge already`, {
          hint: "Ask again in a while.",
        });
      }
      const leave = this.#enter(signal);
      try {
        opening ??= this.#open(signal);
        return await (await opening).scores(question, answer);
      } catch (error) {
        if (!(error instanceof KeyRefused)) throw error;
        throw (this.#refused ??= untilRestart(error));
      } finally {
        leave();
      }
    };
  }

  async #open(signal: AbortSignal): Promise<LlmJudge> {
    const judge = await openLlmJudge({ ...this.#options, readout: this.#readout, signal });
    this.#readout = judge.readout;
    return judge;
  }

  /** Counts an answer until it is told to leave, or its reader is gone: then it waits in name only. */
  #enter(signal: AbortSignal): () => void {
    let isCounted = true;
    const leave = (): void => {
      if (isCounted) this.#underWay--;
      isCounted = false;
      signal.removeEventListener("abort", leave);
    };
    this.#underWay++;
    signal.addEventListener("abort", leave);
    return leave;
  }
}

function untilRestart(refused: KeyRefused): KeyRefused {
  return new KeyRefused(refused.message, {
    hint: `${refused.hint ?? ""} Then start the server anew.`.trim(),
  });
}
