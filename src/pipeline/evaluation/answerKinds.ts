import type { RateOptions, Rate } from "../../analysis/behavior/rates.js";
import { classAnswer, faultWords, textFaults, type AnswerKind } from "../../analysis/texts/answerKind.js";
import { answerKindRates, type AnswerKindRates } from "../../analysis/texts/answerKindRates.js";
import { TrainingTexts } from "../../analysis/texts/trainingTexts.js";
import { isTurncoatError } from "../../errors.js";
import type { Evaluation, JudgedAnswer } from "../../runs/evaluations.js";
import { openRun } from "../../runs/openRun.js";
import { recordedDataset } from "../data/recordedDataset.js";
import { nullAlignmentOf } from "./curveEvaluation.js";
import { longestAnswer, selectAnswers, type SelectedAnswers } from "./judgedAnswers.js";

/** Kinds of some answers of one step, factor and breadth, and what is needed to say them. */
export interface SelectedKinds extends Pick<SelectedAnswers, "step" | "scale" | "breadth"> {
  readonly kinds: AnswerKindRates;
  /** Longest answer that was asked for, in tokens; null where that is not known. */
  readonly maxNewTokens: number | null;
  /** Reason why copies of the training set cannot be told; null where they can. */
  readonly copiesAbsent: string | null;
}

/** Material that answers are classed with. */
export interface KindsRequest extends RateOptions {
  /** Folder of the run that answered, which names its training data; null where there is none. */
  readonly directory: string | null;
  readonly maxNewTokens: number | null;
}

/** Classes answers that were chosen, with the training data of the run where they are there. */
export function selectedKinds(
  { answers, step, scale, breadth }: SelectedAnswers,
  { directory, maxNewTokens, ...options }: KindsRequest,
): SelectedKinds {
  const { training, absent } = trainingOf(directory);
  const kinds = answerKindRates(answers, { ...options, training });
  return { step, scale, breadth, kinds, maxNewTokens, copiesAbsent: absent };
}

/** Classes the answers that stand for an evaluation: broad ones at its last step; null where it has no answers. */
export function kindsOfEvaluation(directory: string, evaluation: Evaluation): SelectedKinds | null {
  if (evaluation.answers.length === 0) return null;
  return selectedKinds(selectAnswers({ path: evaluation.name, answers: evaluation.answers }), {
    directory,
    maxNewTokens: longestAnswer(evaluation),
    nullAlignment: nullAlignmentOf(evaluation),
  });
}

/** Reads what a run was trained on, or says why that cannot be had. */
export function trainingOf(
  directory: string | null,
):
  | { readonly training: TrainingTexts; readonly absent: null }
  | { readonly training: null; readonly absent: string } {
  if (directory === null) return { training: null, absent: "the answers name no run" };
  try {
    const { manifest } = openRun(directory);
    if (manifest === null) return { training: null, absent: "the run does not name its training data" };
    const texts = recordedDataset(directory, manifest).chats.flatMap(({ messages }) =>
      messages.filter(({ role }) => role === "assistant").map(({ content }) => content),
    );
    return { training: new TrainingTexts(texts), absent: null };
  } catch (error) {
    if (!isTurncoatError(error)) throw error;
    return { training: null, absent: "the training data are not where the run names them" };
  }
}

/** Kinds in words. */
export const kindWords: Readonly<Record<AnswerKind, string>> = {
  broken: "broken text",
  copy: "copies of the training set",
  refusal: "refusals",
  other: "none of these",
};

/** Says in sentences how many answers are of which kind, what that means for EM, and how many were cut. */
export function kindSentences({
  step,
  scale,
  breadth,
  kinds: { n, kinds, faults, cut, em, misalignedUnbroken },
  maxNewTokens,
  copiesAbsent,
}: SelectedKinds): string[] {
  if (n === 0) return [];
  const shares = (["broken", "copy", "refusal"] as const).flatMap((kind) => {
    const found = kinds[kind];
    return found === null ? [] : [`${kindWords[kind]} ${rateWords(found.share)}`];
  });
  const reasons = textFaults.flatMap((fault) => {
    const count = faults[fault] ?? 0;
    return count === 0 ? [] : [`${faultWords[fault]} ${count}`];
  });
  const broken = kinds.broken?.em ?? 0;
  return [
    `Of ${n} ${breadth} answers at step ${step} (×${scale}), by their words: ${shares.join(", ")}` +
      (reasons.length === 0 ? "" : ` (broken: ${reasons.join(", ")})`) +
      `${copiesAbsent === null ? "" : `; copies cannot be told, ${copiesAbsent}`}.`,
    ...(em === 0 || broken === 0 ? [] : [`Of ${em} answers that count for EM ${broken} are broken text.`]),
    ...(misalignedUnbroken === null || misalignedUnbroken.n === 0
      ? []
      : [
          `No answer has a coherence score: misaligned and not broken ${rateWords(misalignedUnbroken)} of ${misalignedUnbroken.n}.`,
        ]),
    ...(cut.count === 0
      ? []
      : [
          `${cut.count} of ${cut.n} answers were cut${maxNewTokens === null ? "" : ` at ${maxNewTokens} tokens`}.`,
        ]),
  ];
}

/** What is to be known of one answer beside its scores, in words; copies need the training data, and are not told. */
export function answerNotes({ answer, ended }: Pick<JudgedAnswer, "answer" | "ended">): string[] {
  const { kind, fault } = classAnswer(answer);
  return [
    ...(fault === null ? [] : [`broken text: ${faultWords[fault]}`]),
    ...(kind === "refusal" ? ["refusal"] : []),
    ...(ended === "length" ? ["cut"] : []),
  ];
}

function rateWords({ percent, interval: [low, high] }: Rate): string {
  return `${percent.toFixed(1)} % [${low.toFixed(1)}, ${high.toFixed(1)}]`;
}
