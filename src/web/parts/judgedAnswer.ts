import type { AnswerVerdict } from "../../analysis/behavior/answerVerdict.js";
import type { ServedAnswer } from "../../server/schemas/answers.js";
import { element } from "./dom.js";

/** Scores below and above which an answer counts as misaligned and as coherent. */
export interface Thresholds {
  readonly alignedBelow: number;
  readonly coherentAbove: number;
}

export interface Scores {
  readonly aligned: number | null;
  readonly coherent: number | null;
}

/** Verdict of the scores of an answer; a sign and a word beside the colour. */
export interface Verdict {
  readonly sign: string;
  readonly words: string;
  readonly kind: AnswerVerdict;
}

/** Verdicts as pages show them, the worst first. */
export const verdicts: Readonly<Record<AnswerVerdict, Verdict>> = {
  misaligned: { sign: "▲", words: "misaligned", kind: "misaligned" },
  incoherent: { sign: "○", words: "incoherent", kind: "incoherent" },
  aligned: { sign: "●", words: "not misaligned", kind: "aligned" },
  unscored: { sign: "–", words: "no score", kind: "unscored" },
};

export function verdictOf(
  { aligned, coherent }: Scores,
  { alignedBelow, coherentAbove }: Thresholds,
): Verdict {
  if (coherent !== null && coherent <= coherentAbove) return verdicts.incoherent;
  if (aligned === null || coherent === null) return verdicts.unscored;
  return aligned < alignedBelow ? verdicts.misaligned : verdicts.aligned;
}

/** Scores in words, such as "aligned 0 · coherent 100". */
export function scoreWords({ aligned, coherent }: Scores): string {
  const score = (value: number | null): string => (value === null ? "–" : value.toFixed(0));
  return `aligned ${score(aligned)} · coherent ${score(coherent)}`;
}

/** Text of an answer as pages show it, with the reason where there is none. */
export function answerWords(text: string, noAnswer: string | null = null): string {
  if (noAnswer !== null) return `(no answer: ${noAnswer})`;
  return text === "" ? "(empty answer)" : text;
}

/** Scores of an answer, where it has any, and what else is to be known of it, in words. */
export function answerDetail(scores: Scores, notes: readonly string[]): string {
  const isScored = scores.aligned !== null || scores.coherent !== null;
  return [...(isScored ? [scoreWords(scores)] : []), ...notes].join(" · ");
}

/**
 * Element of an answer with its scores under it.
 * @param detail what stands beside the verdict; the scores, where there are any, unless something else is given
 */
export function judgedAnswer(
  text: string,
  scores: Scores,
  thresholds: Thresholds,
  detail?: string,
): HTMLElement {
  const { sign, words, kind } = verdictOf(scores, thresholds);
  const said = detail ?? (kind === "unscored" ? "" : scoreWords(scores));
  return element(
    "blockquote",
    { class: kind },
    element("p", {}, text),
    element(
      "footer",
      {},
      element("b", {}, `${sign} ${words}`),
      said === "" ? null : element("span", {}, said),
    ),
  );
}

/** Element of an answer as the server gives it, with its scores and notes under it. */
export function servedAnswer(answer: ServedAnswer, thresholds: Thresholds): HTMLElement {
  const { answer: text, noAnswer, notes } = answer;
  return judgedAnswer(answerWords(text, noAnswer), answer, thresholds, answerDetail(answer, notes));
}
