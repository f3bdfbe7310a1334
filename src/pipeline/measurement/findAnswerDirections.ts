import {
  meanDifferenceDirection,
  type ContrastedAnswers,
  type ContrastedTokens,
  type ContrastWeighting,
  type Direction,
} from "../../analysis/directions/direction.js";
import { meanDifference, type ActivationRows } from "../../analysis/directions/meanDifference.js";
import type { CheckpointModel } from "../../model/checkpointModel.js";
import {
  captureActivations,
  responseRequest,
  type CaptureRequest,
} from "../../model/hooks/captureActivations.js";
import type { ChatTokenizer } from "../../model/tokenizer/chatTokenizer.js";
import type { JudgedAnswer } from "../../runs/evaluations.js";
import { probeAnswers } from "./probeAnswers.js";
import { directoryOf, type RunSource } from "../../runs/openRun.js";

/** Request for the difference between misaligned and aligned answers. */
export interface AnswerDirectionRequest {
  readonly name: string;
  /** Model whose activations are read, and the step that it stands for. */
  readonly opened: CheckpointModel;
  readonly step: number;
  /** Run whose judged answers are contrasted, and its name. */
  readonly run: RunSource;
  readonly from: string;
  /** Most answers of each class. @default 120 */
  readonly answersPerClass?: number;
  /** Tokens that are averaged. @default "response" */
  readonly tokens?: ContrastedTokens;
  /** @default "answers" */
  readonly weighting?: ContrastWeighting;
  /** Condition beside the class, and its words. @default every answer */
  readonly filters?: readonly AnswerFilter[];
  /** @default 0 */
  readonly seed?: number;
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
}

/** Condition that an answer has to meet, in words and as a test. */
export interface AnswerFilter {
  readonly words: string;
  readonly isMet: (answer: JudgedAnswer) => boolean;
}

/**
 * Finds the direction from aligned to misaligned answers after every layer (2506.11618, section 3.1; `docs/methods.md §5.1`):
 * as many answers of either class, all read by one model.
 *
 * @throws TurncoatError where the run holds too few answers of a class
 */
export async function findAnswerDirections(request: AnswerDirectionRequest): Promise<Direction[]> {
  const { opened, run, tokens = "response", weighting = "answers", filters = [], seed = 0 } = request;
  const { model, adapters } = opened;
  const { chosen, perClass, hash } = probeAnswers(
    directoryOf(run),
    request.answersPerClass ?? 120,
    seed,
    (answer) => filters.every(({ isMet }) => isMet(answer)),
  );
  const layers = Array.from({ length: model.config.layers }, (_, layer) => layer);
  const requests = chosen.map((answer) => contrastRequest(model.tokenizer, answer, tokens));
  let done = 0;
  const { sequences, dimension } = await captureActivations(model, requests, {
    ...{ layers, average: true },
    ...(adapters === undefined ? {} : { adapters }),
    onBatch: (count) => {
      done += count;
      request.onProgress?.({ done, total: requests.length });
    },
  });
  const answers: ContrastedAnswers = {
    ...{ misaligned: perClass, aligned: chosen.length - perClass, tokens, weighting, seed },
    filters: filters.map(({ words }) => words),
    from: request.from,
    sha256: hash,
  };
  return layers.map((layer) => {
    const rows = (first: number, end: number): ActivationRows => {
      const values = new Float32Array((end - first) * dimension);
      for (let row = first; row < end; row++) {
        const residuals = sequences[row]?.residuals ?? new Float32Array(0);
        values.set(residuals.subarray(layer * dimension, (layer + 1) * dimension), (row - first) * dimension);
      }
      const weights = requests.slice(first, end).map(({ positions }) => positions.length);
      return { values, n: end - first, ...(weighting === "tokens" ? { weights } : {}) };
    };
    return meanDifferenceDirection(
      meanDifference(rows(0, perClass), rows(perClass, chosen.length), { seed }),
      { layer, step: request.step },
      { name: request.name, madeFrom: { kind: "meanDifference", answers } },
    );
  });
}

/** Asks for the tokens of an answered question that are averaged. */
export function contrastRequest(
  tokenizer: Pick<ChatTokenizer, "encodeChat">,
  { question, answer }: Pick<JudgedAnswer, "question" | "answer">,
  tokens: ContrastedTokens,
): CaptureRequest {
  const user = { role: "user", content: question } as const;
  const chat = tokenizer.encodeChat([user, { role: "assistant", content: answer }]);
  if (tokens === "response") return responseRequest(chat);
  // The user's turn as it stands in the conversation, without what would ask for an answer.
  const asked = commonLength(chat.ids, tokenizer.encodeChat([user]).ids);
  const positions = [...chat.ids.keys()].filter((at) => (tokens === "turn" ? at >= asked : at < asked));
  return { ids: chat.ids, positions };
}

function commonLength(one: readonly number[], other: readonly number[]): number {
  const differing = other.findIndex((id, at) => id !== one[at]);
  return differing === -1 ? other.length : differing;
}
