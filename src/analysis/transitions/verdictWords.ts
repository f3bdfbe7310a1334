import type { Sensitivity } from "./phaseTransition.js";

/** The three verdicts of a detector, in the words of tables and pages. */
export const verdictWords = {
  turns: "turns",
  doesNotTurn: "does not turn",
  cannotTell: "cannot be told",
} as const;

/** One of the three verdicts. */
export type Verdict = keyof typeof verdictWords;

/** A verdict with its words, for those who cannot look them up. */
export interface NamedVerdict {
  readonly name: Verdict;
  readonly words: string;
}

/** A verdict and its words. */
export function namedVerdict(name: Verdict): NamedVerdict {
  return { name, words: verdictWords[name] };
}

/** A verdict without a turn, as far as its words go. */
export type WordedAbsence =
  | { readonly verdict: "doesNotTurn"; readonly reason: string; readonly sensitivity: Sensitivity }
  | { readonly verdict: "cannotTell"; readonly reason: string; readonly remedy: string };

/**
 * Says why there is no turn: what was tested and how much it would have found, or what is missing and what to do. Goes
 * after a colon or in brackets, and has no full stop.
 */
export function absenceReason(absent: WordedAbsence): string {
  if (absent.verdict === "cannotTell") return `${absent.reason}; to tell, ${absent.remedy}`;
  return `${absent.reason}; ${sensitivityWords(absent.sensitivity)}`;
}

/** Says how large an event a test would have found, and how often. */
export function sensitivityWords({ event, percent }: Sensitivity): string {
  const often = percent === null ? "" : ` in ${percent}\u202f% of such runs`;
  return `${event} would be found${often}`;
}

/** A sentence about an indicator that does not turn, or of which it cannot be told. */
export function absenceSentence(
  absent: WordedAbsence,
  words: {
    /** "The gradient norm has no peak". */
    readonly isNot: string;
    /** "the gradient norm peaks". */
    readonly event: string;
  },
): string {
  const start = absent.verdict === "cannotTell" ? `Whether ${words.event} cannot be told` : words.isNot;
  return `${start}: ${absenceReason(absent)}.`;
}
