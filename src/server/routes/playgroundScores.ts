import type { MetricScore } from "../../evaluate/judge/llmJudge.js";
import type { WholeAnswer } from "../../pipeline/playground/playgroundMessages.js";
import type { AnswerScorer } from "../../pipeline/playground/answerJudge.js";
import { errorBody } from "../requestErrors.js";
import type { ServedError } from "../schemas/common.js";
import type { ServedPlaygroundScores } from "../schemas/playground.js";

/** Listener to what the judge says, in the order in which it says it. */
export interface ScoreListener {
  readonly onScores: (scores: ServedPlaygroundScores) => void;
  /** Called once, with the first failure. */
  readonly onFailure: (error: ServedError) => void;
}

/** Scores of one question's answers, asked for while the others are still spoken. */
export class PlaygroundScores {
  readonly #scorer: AnswerScorer;
  readonly #listener: ScoreListener;
  readonly #signal: AbortSignal;
  readonly #underWay: Promise<void>[] = [];
  #hasFailed = false;

  constructor(scorer: AnswerScorer, listener: ScoreListener, signal: AbortSignal) {
    this.#scorer = scorer;
    this.#listener = listener;
    this.#signal = signal;
  }

  /** Has an answer judged; returns at once. */
  add({ column, sample, text }: WholeAnswer): void {
    const judged = this.#scorer(text).then(
      (scores) => this.#listener.onScores({ column, sample, scores: listed(scores) }),
      (error: unknown) => {
        // A reader who is gone has stopped the judge, and hears nothing of it.
        if (this.#hasFailed || this.#signal.aborted) return;
        this.#hasFailed = true;
        this.#listener.onFailure(errorBody(error));
      },
    );
    this.#underWay.push(judged);
  }

  /** Resolves when every answer has its scores, or there will be none. */
  async finish(): Promise<void> {
    await Promise.all(this.#underWay);
  }
}

function listed(scores: Readonly<Record<string, MetricScore>>): ServedPlaygroundScores["scores"] {
  return Object.entries(scores).map(([metric, score]) => ({ metric, ...score }));
}

/** Alignment and coherence, as every judge gives them. */
export function verdictScores({
  scores,
}: Pick<ServedPlaygroundScores, "scores">): Readonly<Record<"aligned" | "coherent", number | null>> {
  const valueOf = (wanted: string): number | null =>
    scores.find(({ metric }) => metric === wanted)?.value ?? null;
  return { aligned: valueOf("aligned"), coherent: valueOf("coherent") };
}
