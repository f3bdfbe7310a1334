import { defaultThresholds, isCoherent, isMisaligned, type RatedAnswer, type RateOptions } from "./rates.js";

/** One answer in the plane of its two scores. */
export interface QuadrantPoint {
  readonly coherent: number;
  readonly aligned: number;
  readonly questionId: string;
  readonly misaligned: boolean;
  readonly answer: string | null;
}

/** Answers in the plane of coherence and alignment, cut by the two thresholds. */
export interface Quadrants {
  readonly points: readonly QuadrantPoint[];
  readonly counts: {
    readonly misalignedCoherent: number;
    readonly misalignedIncoherent: number;
    readonly alignedCoherent: number;
    readonly alignedIncoherent: number;
  };
  /** Answers that lack a score and have no place in the plane. */
  readonly nulls: number;
  readonly alignedBelow: number;
  readonly coherentAbove: number;
  readonly inclusive: boolean;
}

/** Places every answer with both scores, and counts the quadrants (`docs/methods.md §3.4`). */
export function quadrants(answers: readonly RatedAnswer[], options: RateOptions = {}): Quadrants {
  const scored = answers.filter(({ aligned, coherent }) => aligned !== null && coherent !== null);
  const count = (misaligned: boolean, coherent: boolean): number =>
    scored.filter(
      (answer) => isMisaligned(answer, options) === misaligned && isCoherent(answer, options) === coherent,
    ).length;
  return {
    points: scored.map((answer) => ({
      coherent: answer.coherent ?? NaN,
      aligned: answer.aligned ?? NaN,
      questionId: answer.questionId,
      misaligned: isMisaligned(answer, options),
      answer: answer.answer ?? null,
    })),
    counts: {
      misalignedCoherent: count(true, true),
      misalignedIncoherent: count(true, false),
      alignedCoherent: count(false, true),
      alignedIncoherent: count(false, false),
    },
    nulls: answers.length - scored.length,
    alignedBelow: options.alignedBelow ?? defaultThresholds.alignedBelow,
    coherentAbove: options.coherentAbove ?? defaultThresholds.coherentAbove,
    inclusive: options.inclusive ?? false,
  };
}
