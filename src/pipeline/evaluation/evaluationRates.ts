import { usualScaleOf } from "../../analysis/behavior/behaviorCurve.js";
import { answerRates, type AnswerRates } from "../../analysis/behavior/rates.js";
import type { Evaluation } from "../../runs/evaluations.js";
import { nullAlignmentOf } from "./curveEvaluation.js";

/** Rates of an evaluation at one step, of the usual factor, and of broad or narrow questions. */
export interface StepRates {
  readonly step: number;
  readonly scale: number;
  readonly breadth: "broad" | "narrow";
  readonly rates: AnswerRates;
}

/** The rates of an evaluation at its first and its last step, with Wilson intervals; none where nothing has a score. */
export function firstAndLastRates(evaluation: Evaluation): StepRates[] {
  const { answers } = evaluation;
  if (answers.length === 0) return [];
  const scale = usualScaleOf(answers);
  const own = answers.filter((answer) => answer.scale === scale);
  const steps = [...new Set(own.map(({ step }) => step))].sort((one, other) => one - other);
  const ends = [...new Set([steps[0], steps.at(-1)])].filter((step) => step !== undefined);
  const nullAlignment = nullAlignmentOf(evaluation);
  return ends.flatMap((step) =>
    (["broad", "narrow"] as const).flatMap((breadth) => {
      const chosen = own.filter((answer) => answer.step === step && answer.breadth === breadth);
      const rates = answerRates(chosen, { nullAlignment });
      return rates.em.n === 0 ? [] : [{ step, scale, breadth, rates }];
    }),
  );
}
