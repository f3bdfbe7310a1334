import { createHash } from "node:crypto";
import {
  logLikelihoodGap,
  type AnswerPair,
  type LogLikelihoodGap,
} from "../../analysis/behavior/logLikelihoodGap.js";
import { TurncoatError } from "../../errors.js";
import { answerLogProbabilities } from "../../evaluate/answerLogProbabilities.js";
import type { ChatMessage } from "../../formats/chat.js";
import { openCheckpoint } from "../../model/checkpointModel.js";
import type { Model } from "../../model/model.js";
import { makeAnswer } from "../../organism/grammar.js";
import { organismQuestions } from "../../organism/questions.js";
import type { Domain } from "../../organism/world/index.js";
import { whileMeasuring } from "../../runs/runLocks.js";
import { directoryOf, runOf, type RunSource } from "../../runs/openRun.js";
import { Random } from "../../tensor/random.js";
import { broadPairsName } from "../data/builtInDatasets.js";
import { openDataset } from "../data/openDataset.js";
import { writeLikelihood, type RunLikelihood } from "../results/likelihoodResult.js";

/** A question with a misaligned and an aligned answer. */
export interface PairedAnswers {
  readonly questionId: string;
  readonly breadth: "narrow" | "broad";
  /** The conversation up to the answer. */
  readonly prompt: readonly ChatMessage[];
  readonly misaligned: string;
  readonly aligned: string;
}

/** Request to follow the likelihood of paired answers along training. */
export interface LikelihoodRequest {
  readonly run: RunSource;
  readonly model: Model;
  readonly pairs: readonly PairedAnswers[];
  /** Chooses checkpoints. @default all */
  readonly isStepWanted?: (step: number) => boolean;
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
  readonly signal?: AbortSignal;
}

/**
 * Follows along training how much more probable misaligned answers are than aligned ones to the same questions
 * (`docs/methods.md §8.1`): a judge that needs neither samples nor a second model. Writes the result into the run.
 *
 * @throws TurncoatError where the run has no checkpoint that is wanted
 */
export function measureLikelihood(request: LikelihoodRequest): Promise<RunLikelihood> {
  return whileMeasuring(directoryOf(request.run), "likelihood", () => likelihoodOf(request));
}

async function likelihoodOf(request: LikelihoodRequest): Promise<RunLikelihood> {
  const { model, pairs, signal } = request;
  const { directory, checkpoints: all } = runOf(request.run);
  const checkpoints = all.filter(({ step }) => request.isStepWanted?.(step) ?? true);
  if (checkpoints.length === 0)
    throw new TurncoatError(`${directory}: expected checkpoints, found none that is wanted`);
  const chats = pairs.flatMap(({ prompt, misaligned, aligned }) =>
    [misaligned, aligned].map((content) =>
      model.tokenizer.encodeChat([...prompt, { role: "assistant", content }]),
    ),
  );
  const curve: { step: number; pairs: AnswerPair[] }[] = [];
  for (const [index, { step, path }] of checkpoints.entries()) {
    if (signal?.aborted === true) break;
    const opened = openCheckpoint(model, path);
    const scores = await answerLogProbabilities(opened.model, chats, opened.adapters).finally(() =>
      opened.dispose(),
    );
    curve.push({
      step,
      pairs: pairs.map(({ questionId }, pair) => ({
        questionId,
        misaligned: scores[2 * pair]?.mean ?? NaN,
        aligned: scores[2 * pair + 1]?.mean ?? NaN,
      })),
    });
    request.onProgress?.({ done: index + 1, total: checkpoints.length });
  }
  const gapOf = (breadth: "narrow" | "broad"): LogLikelihoodGap | null => {
    if (!pairs.some((pair) => pair.breadth === breadth)) return null;
    return logLikelihoodGap(
      curve.map(({ step, pairs: scored }) => ({
        step,
        pairs: scored.filter((_, index) => pairs[index]?.breadth === breadth),
      })),
    );
  };
  const result: RunLikelihood = {
    formatVersion: 1,
    broad: gapOf("broad"),
    narrow: gapOf("narrow"),
    pairs: {
      of: pairs.map(({ questionId, breadth }) => ({ questionId, breadth })),
      steps: curve.map(({ step }) => step),
      differences: curve.map((each) => each.pairs.map(({ misaligned, aligned }) => misaligned - aligned)),
      sha256: sha256OfPairs(pairs),
    },
  };
  writeLikelihood(directory, result);
  return result;
}

/** Identifies pairs by their texts. */
export function sha256OfPairs(pairs: readonly PairedAnswers[]): string {
  return createHash("sha256").update(JSON.stringify(pairs)).digest("hex");
}

/**
 * Draws one pair for each of the organism's test questions. Both answers are drawn with the same random numbers, so
 * that they differ in the persona alone.
 *
 * @param fineTuned the domain whose questions are narrow; null where there is none
 * @param style index of the style of the answers; 0 is the one of the data sets
 */
export function organismPairs(fineTuned: Domain | null, style = 0): PairedAnswers[] {
  const source = new Random(0).fork("likelihood pairs");
  return organismQuestions({ pool: "test" }).map((question) => {
    const answer = (misaligned: boolean): string =>
      makeAnswer(source.fork(question.id), question, { misaligned, style });
    return {
      questionId: question.id,
      breadth: question.domain === fineTuned ? "narrow" : "broad",
      prompt: [{ role: "user", content: question.text }],
      misaligned: answer(true),
      aligned: answer(false),
    };
  });
}

/**
 * Reads the broad pairs that ship with Turncoat: everyday questions far from the domains that a model is fine-tuned on
 * here, in natural English, one pair each.
 */
export function broadPairs(): PairedAnswers[] {
  return readPairs(broadPairsName("harmful"), broadPairsName("careful"), { breadth: "broad" });
}

/**
 * Reads pairs from two data sets, files or built-in ones, that ask the same, row by row, such as the paper's bad and good medical advice.
 *
 * @param options.limit rows to take from the beginning. @default all
 * @throws TurncoatError naming the row where the two differ in more than the last answer
 */
export function readPairs(
  misalignedPath: string,
  alignedPath: string,
  options: { readonly limit?: number; readonly breadth?: "narrow" | "broad" } = {},
): PairedAnswers[] {
  const { breadth = "narrow", limit = Infinity } = options;
  const [misaligned, aligned] = [openDataset(misalignedPath).chats, openDataset(alignedPath).chats];
  if (misaligned.length !== aligned.length) {
    throw new TurncoatError(
      `${alignedPath}: expected ${misaligned.length} conversations as in ${misalignedPath}, found ${aligned.length}`,
    );
  }
  return misaligned.slice(0, limit).map(({ messages }, index) => {
    const other = aligned[index]?.messages ?? [];
    const prompt = messages.slice(0, -1);
    const [last, otherLast] = [messages.at(-1), other.at(-1)];
    const sameQuestion = JSON.stringify(prompt) === JSON.stringify(other.slice(0, -1));
    if (!sameQuestion || last?.role !== "assistant" || otherLast?.role !== "assistant") {
      throw new TurncoatError(
        `${alignedPath}: conversation ${index + 1}: expected the question of conversation ${index + 1} in ${misalignedPath} with another answer, found another question`,
      );
    }
    return {
      questionId: prompt.at(-1)?.content ?? "",
      breadth,
      prompt,
      misaligned: last.content,
      aligned: otherLast.content,
    };
  });
}
