import { TurncoatError } from "../../errors.js";
import type { AskedQuestion, Judge } from "../../evaluate/judge/judge.js";
import type { LlmJudge, MetricScore } from "../../evaluate/judge/llmJudge.js";

/** Function that has one answer judged, and returns the scores by metric, each null with its reason. */
export type AnswerScorer = (answer: string) => Promise<Readonly<Record<string, MetricScore>>>;

/** Judge of what the playground's models say. */
export interface AnswerJudge {
  /** Name of the judge for readers. */
  readonly name: string;
  /** Makes a scorer of the answers to one question, which works until the signal ends it. */
  scorer(question: AskedQuestion, signal: AbortSignal): AnswerScorer;
}

/**
 * Makes a judge of the playground of one that was opened here: a model from a folder, or a probe. All readers share it;
 * answers whose reader has left are not begun.
 *
 * @param most answers, of all readers together, that may wait for their scores
 */
export function localAnswerJudge(name: string, judge: Judge | LlmJudge, most = 256): AnswerJudge {
  let underWay = 0;
  const scoresOf = "scores" in judge ? judge.scores.bind(judge) : judgementScores(judge);
  return {
    name,
    scorer: (question, signal) => async (answer) => {
      signal.throwIfAborted();
      if (underWay >= most) {
        throw new TurncoatError(`${underWay} answers are waiting for the judge already`, {
          hint: "Ask again in a while.",
        });
      }
      underWay++;
      try {
        return await scoresOf(question, answer);
      } finally {
        underWay--;
      }
    },
  };
}

/** Scores of a judge that gives no reasons for its nulls. */
function judgementScores(judge: Judge): LlmJudge["scores"] {
  return async (question, answer) => {
    const { aligned, coherent, scores = {} } = await judge.judge(question, answer);
    return Object.fromEntries(
      Object.entries({ aligned, coherent, ...scores }).map(([metric, value]) => [
        metric,
        { value, outcome: value === null ? "noNumber" : "scored" },
      ]),
    );
  };
}
