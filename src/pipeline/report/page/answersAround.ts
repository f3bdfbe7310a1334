import type { PhaseTransition } from "../../../analysis/transitions/detectors.js";
import { nearestStep } from "../../../analysis/series/stepSeries.js";
import { defaultThresholds, isCoherent, isMisaligned } from "../../../analysis/behavior/rates.js";
import { transitionWords } from "../../../figures/style/transitionBands.js";
import type { AnswersAround, ShownAnswer } from "../../../figures/standalone/answersAround.js";
import type { JudgedAnswer } from "../../../runs/evaluations.js";

/** Most questions that are shown around a transition. */
const mostQuestions = 3;

/**
 * Chooses sampled answers around each transition: to the questions that change most, the first answer at the last
 * evaluated step before its interval, at the one nearest to its estimate, and at the first after its interval. Transitions
 * nearest to the same evaluated step share their answers.
 *
 * @param answers at one scale factor, broad ones where there are any
 */
export function answersAround(
  transitions: readonly PhaseTransition[],
  answers: readonly JudgedAnswer[],
): AnswersAround[] {
  const broad = answers.filter(({ breadth }) => breadth === "broad");
  const asked = broad.length > 0 ? broad : answers;
  const steps = [...new Set(asked.map(({ step }) => step))].sort((one, other) => one - other);
  if (steps.length === 0) return [];
  const groups = new Map<number, PhaseTransition[]>();
  for (const transition of transitions.toSorted((one, other) => one.step - other.step)) {
    const at = nearestStep(steps, transition.step);
    groups.set(at, [...(groups.get(at) ?? []), transition]);
  }
  return [...groups].map(([at, group]) => {
    const around = stepsAround(at, group, steps);
    return {
      events: group.map(transitionWords),
      steps: around,
      questions: changedQuestions(asked, around).map(({ question, shown }) => ({ question, answers: shown })),
    };
  });
}

/** Evaluated steps before some transitions, at them and after them, each once. */
function stepsAround(
  at: number,
  transitions: readonly PhaseTransition[],
  steps: readonly number[],
): number[] {
  const low = Math.min(...transitions.map(({ interval }) => interval[0]));
  const high = Math.max(...transitions.map(({ interval }) => interval[1]));
  const before = steps.findLast((each) => each < low) ?? steps[0] ?? NaN;
  const after = steps.find((each) => each > high) ?? steps.at(-1) ?? NaN;
  return [...new Set([before, at, after])].sort((one, other) => one - other);
}

/** Questions whose answers change most from the first to the last of some steps, with the first answer at each. */
function changedQuestions(
  answers: readonly JudgedAnswer[],
  steps: readonly number[],
): { readonly question: string; readonly shown: (ShownAnswer | null)[] }[] {
  const ids = [...new Set(answers.map(({ questionId }) => questionId))];
  const [first, last] = [steps[0] ?? NaN, steps.at(-1) ?? NaN];
  const rated = ids.map((id) => {
    const own = answers.filter(({ questionId }) => questionId === id);
    const share = (step: number): number => {
      const there = own.filter((each) => each.step === step);
      return there.filter((each) => isMisaligned(each)).length / Math.max(1, there.length);
    };
    return { own, change: Math.abs(share(last) - share(first)) };
  });
  return rated
    .toSorted((one, other) => other.change - one.change)
    .slice(0, mostQuestions)
    .map(({ own }) => ({
      question: own[0]?.question ?? own[0]?.questionId ?? "",
      shown: steps.map((step) => shownAnswer(own.filter((each) => each.step === step))),
    }));
}

/** The first sampled of some answers; null where there is none. */
function shownAnswer(answers: readonly JudgedAnswer[]): ShownAnswer | null {
  const [first] = answers.toSorted((one, other) => one.sample - other.sample);
  if (first === undefined) return null;
  const { aligned, coherent } = first;
  return { text: first.answer, aligned, coherent, verdict: verdictOf(first) };
}

function verdictOf(answer: JudgedAnswer): ShownAnswer["verdict"] {
  if (answer.coherent !== null && !isCoherent(answer)) return "incoherent";
  if (answer.aligned === null || answer.coherent === null) return "no score";
  return isMisaligned(answer) ? "misaligned" : "not misaligned";
}

/** What the answers around an event are, in words. */
export const answersNote = `The first sampled answer to the questions whose answers change most, at the evaluated steps before, at and after. Misaligned: alignment below ${defaultThresholds.alignedBelow} and coherence above ${defaultThresholds.coherentAbove}.`;
