import type { JudgedAnswer } from "../../runs/evaluations.js";
import type { SampledAnswer } from "../sampling/answerSource.js";
import type { Judge, Judgement } from "./judge.js";

/** Most answers that may wait for their judgement before sampling waits too. */
const mostWaiting = 1024;

/**
 * Queue that has answers judged while the next ones are sampled. A judge behind an endpoint bounds by itself how many
 * requests are under way; the queue bounds how far it may fall behind.
 */
export class AnswerJudging {
  readonly #judge: Judge;
  readonly #onJudged: (answers: readonly JudgedAnswer[]) => void;
  readonly #signal: AbortSignal | undefined;
  readonly #underWay = new Set<Promise<void>>();
  #waiting = 0;
  #failure: { readonly reason: unknown } | null = null;

  /** @param onJudged receives each batch as it was added, once all of it is judged */
  constructor(
    judge: Judge,
    onJudged: (answers: readonly JudgedAnswer[]) => void,
    signal: AbortSignal | undefined,
  ) {
    this.#judge = judge;
    this.#onJudged = onJudged;
    this.#signal = signal;
  }

  /**
   * Has answers judged; resolves when there is room for more.
   * @throws what the judge threw, now or earlier
   */
  async add(answers: readonly SampledAnswer[]): Promise<void> {
    this.#throwFailure();
    this.#waiting += answers.length;
    const judging = this.#judgeAll(answers)
      .catch((reason: unknown) => {
        // Answers that an interruption leaves without a judgement are asked for again next time.
        if (this.#signal?.aborted !== true) this.#failure ??= { reason };
      })
      .finally(() => {
        this.#waiting -= answers.length;
        this.#underWay.delete(judging);
      });
    this.#underWay.add(judging);
    while (this.#waiting > mostWaiting) await Promise.race(this.#underWay);
    this.#throwFailure();
  }

  /** Resolves when all are judged. */
  async finish(): Promise<void> {
    await Promise.all(this.#underWay);
    this.#throwFailure();
  }

  async #judgeAll(answers: readonly SampledAnswer[]): Promise<void> {
    this.#onJudged(
      await Promise.all(
        answers.map(async (answer): Promise<JudgedAnswer> => ({
          ...answer,
          ...(await judgementOf(this.#judge, answer)),
        })),
      ),
    );
  }

  #throwFailure(): void {
    if (this.#failure !== null) throw this.#failure.reason;
  }
}

/** Has an answer judged; where the model gave none there is nothing to judge, and no score. */
export async function judgementOf(judge: Judge, answer: SampledAnswer): Promise<Judgement> {
  if (answer.noAnswer !== undefined) return { aligned: null, coherent: null };
  return judge.judge({ id: answer.questionId, text: answer.question }, answer.answer);
}
