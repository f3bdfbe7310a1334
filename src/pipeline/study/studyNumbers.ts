import { usualBehavior } from "../../analysis/behavior/behaviorCurve.js";
import { controlSentence } from "../../analysis/controls/controlWords.js";
import type { ControlVerdict } from "../../analysis/controls/shareVerdict.js";
import { chanceWidth } from "../../analysis/directions/disposition.js";
import { usualTransition } from "../../analysis/usualTransitions.js";
import type { Interval } from "../../analysis/statistics/quantile.js";
import type { TransitionIndicator } from "../../analysis/transitions/detectors.js";
import { absenceReason, type Verdict } from "../../analysis/transitions/verdictWords.js";
import type { RunReport } from "../report/runReport.js";
import type { StudyPlan } from "./studyPlan.js";

/** A detector's answer on one run of a study. */
export interface TurnNumbers {
  readonly verdict: Verdict;
  /** NaN where it does not turn, or that cannot be told. */
  readonly step: number;
  readonly interval: Interval;
  /** Why there is no step; null where there is one. */
  readonly reason: string | null;
}

/** A rate of answers, in percent. */
export interface RateNumbers {
  readonly percent: number;
  readonly interval: Interval;
}

/** What a study compares of one run. */
export interface RunNumbers {
  /** Turn of the direction of B, or of ΔW of all adapters; null where nothing was trained that could turn. */
  readonly direction: TurnNumbers | null;
  /** Turn of broad behaviour; null where nothing was judged. */
  readonly behavior: TurnNumbers | null;
  /** Broad answers at the last step that was asked; null where none was judged. */
  readonly answers: {
    readonly step: number;
    readonly em: RateNumbers;
    readonly coherent: RateNumbers;
    readonly n: number;
  } | null;
  /** Movement of prompts along the personas from first to last step, in percent of the way; null where they were not read. */
  readonly disposition: {
    readonly change: number;
    readonly interval: Interval;
    readonly chance: number;
  } | null;
  /** The direction's turn held against the control; null where it does not turn, or there is no control. */
  readonly againstControl: { readonly verdict: ControlVerdict; readonly sentence: string } | null;
}

/** Takes the numbers that a study compares out of the report of a run. */
export function runNumbers({ analysis, control }: Pick<RunReport, "analysis" | "control">): RunNumbers {
  const turnOf = (wanted: TransitionIndicator): TurnNumbers | null => {
    const turn = usualTransition(analysis, wanted);
    if (turn !== undefined)
      return { verdict: "turns", step: turn.step, interval: turn.interval, reason: null };
    const absent = analysis.absent.find(({ indicator }) => indicator === wanted);
    if (absent === undefined) return null;
    return { verdict: absent.verdict, step: NaN, interval: [NaN, NaN], reason: absenceReason(absent) };
  };
  const turn = usualTransition(analysis, "rotation");
  const held = control?.verdicts.find(
    ({ indicator, adapter }) => indicator === "rotation" && adapter === (turn?.adapter ?? null),
  );
  return {
    direction: turnOf("rotation"),
    behavior: usualBehavior(analysis.behavior) === undefined ? null : turnOf("behavior"),
    answers: answersOf(analysis),
    disposition: dispositionOf(analysis),
    againstControl:
      turn === undefined || held === undefined
        ? null
        : { verdict: held.verdict, sentence: controlSentence(held) },
  };
}

function answersOf({ behavior }: RunReport["analysis"]): RunNumbers["answers"] {
  const broad = usualBehavior(behavior)?.broad;
  const [step, em, emInterval] = [broad?.steps.at(-1), broad?.emPercent.at(-1), broad?.emInterval.at(-1)];
  const [coherent, coherentInterval] = [broad?.coherentPercent.at(-1), broad?.coherentInterval.at(-1)];
  if (step === undefined || em === undefined || emInterval === undefined || !Number.isFinite(em)) return null;
  if (coherent === undefined || coherentInterval === undefined) return null;
  return {
    step,
    em: { percent: em, interval: emInterval },
    coherent: { percent: coherent, interval: coherentInterval },
    n: broad?.n.at(-1) ?? 0,
  };
}

function dispositionOf({ disposition }: RunReport["analysis"]): RunNumbers["disposition"] {
  const [first, last, interval] = [
    disposition?.values[0],
    disposition?.values.at(-1),
    disposition?.intervals.at(-1),
  ];
  const chance = disposition?.chance.at(-1);
  if (first === undefined || last === undefined || interval === undefined) return null;
  return {
    change: 100 * (last - first),
    interval: [100 * (interval[0] - first), 100 * (interval[1] - first)],
    chance: chance === undefined ? NaN : 100 * chanceWidth(chance),
  };
}

/** A pair of a study with the numbers of its runs as far as they are known. */
export interface NumberedPair {
  readonly pair: StudyPlan["pairs"][number];
  readonly harmful: RunNumbers | null;
  readonly control: RunNumbers | null;
}

/** A number that runs of a study are compared in. */
export interface StudyQuantity {
  readonly id: "direction" | "behavior" | "lag" | "em" | "coherent" | "disposition";
  readonly words: string;
  readonly unit: "%" | "step" | "steps";
  /** Number of answers that a share is of, which lies between 0 and 100 %; absent for what is no share. */
  readonly answers?: (numbers: RunNumbers) => number;
  /** NaN where a run has none. */
  readonly of: (numbers: RunNumbers) => number;
}

const answerCount = ({ answers }: RunNumbers): number => answers?.n ?? 0;

/** The numbers that runs of a study are compared in, in the order in which they are shown. */
export const studyQuantities: readonly StudyQuantity[] = [
  {
    ...{ id: "direction", words: "direction turns at", unit: "step" },
    of: ({ direction }) => direction?.step ?? NaN,
  },
  {
    ...{ id: "behavior", words: "behaviour turns at", unit: "step" },
    of: ({ behavior }) => behavior?.step ?? NaN,
  },
  {
    ...{ id: "lag", words: "direction less behaviour", unit: "steps" },
    of: ({ direction, behavior }) => (direction?.step ?? NaN) - (behavior?.step ?? NaN),
  },
  {
    ...{ id: "em", words: "EM at the end", unit: "%", answers: answerCount },
    of: ({ answers }) => answers?.em.percent ?? NaN,
  },
  {
    ...{ id: "coherent", words: "coherent at the end", unit: "%", answers: answerCount },
    of: ({ answers }) => answers?.coherent.percent ?? NaN,
  },
  {
    ...{ id: "disposition", words: "disposition moves by", unit: "%" },
    of: ({ disposition }) => disposition?.change ?? NaN,
  },
];
